"""Tiny checkpoints with what published ones are odd in and the lab's are not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    CLIPImageProcessorPil,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

from lensmith.lab.models import Variant, build_llava
from lensmith.lab.tokenizer import corpus

# Vicuna's turns: no token ends a question, `</s>` ends an answer, no system role, no padding token.
VICUNA = (
    "{% for message in messages %}"
    "{% if message['role'] == 'system' %}{{ message['content'][0]['text'] + ' ' }}"
    "{% elif message['role'] == 'user' %}{{ 'USER: ' }}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<image>\n' }}{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{{ ' ASSISTANT:' }}"
    "{% else %}{{ ' ' + message['content'][0]['text'] + '</s>' }}{% endif %}"
    "{% endfor %}"
)


def build_sentencepiece(folder: Path) -> Path:
    """A LLaVA with a tokenizer like Llama's: `▁` opens a text, but not what follows a control token."""
    return build_vicuna(folder, VICUNA)


def build_vicuna(folder: Path, template: str) -> Path:
    """The same, with any chat template."""
    tokenizer = _sentencepiece_tokenizer()
    image_id = tokenizer.convert_tokens_to_ids("<image>")
    shape: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(intermediate_size=64, image_size=32, patch_size=8, **shape),
        text_config=LlamaConfig(intermediate_size=64, vocab_size=len(tokenizer), initializer_range=0.2, **shape),
        image_token_index=image_id,
        image_seq_length=16,
        vision_feature_layer=-2,
        vision_feature_select_strategy="default",
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = LlavaForConditionalGeneration(config)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    LlavaProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
        tokenizer=tokenizer,
        patch_size=8,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template,
    ).save_pretrained(folder)
    return folder


def build_doubled_bos(folder: Path) -> Path:
    """A LLaVA whose chat template writes `<bos>` and whose tokenizer adds it too, as Llama's and Gemma's do."""
    build_llava(folder, seed=7, size="test", variant=Variant("llama", "clip"))

    def add_bos(settings: dict[str, Any]) -> None:
        bos = next(token["id"] for token in settings["added_tokens"] if token["content"] == "<bos>")
        settings["post_processor"] = {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<bos>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<bos>": {"id": "<bos>", "ids": [bos], "tokens": ["<bos>"]}},
        }

    edit_json(folder / "tokenizer.json", add_bos)
    return folder


def edit_json(path: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Rewrites a JSON file after `edit` has changed its object in place; a missing file counts as an empty object."""
    settings = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    edit(settings)
    path.write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")


def _sentencepiece_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=True)
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    reserved = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=900, special_tokens=reserved, show_progress=False)
    tokenizer.train_from_iterator([*corpus(), *["USER: ASSISTANT:"] * 50], trainer)
    # training lists the bytes as control tokens; in published tokenizers they are plain vocabulary
    settings = json.loads(tokenizer.to_str())
    settings["added_tokens"] = [token for token in settings["added_tokens"] if not token["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(settings))
    tokenizer.add_special_tokens(["<image>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
        extra_special_tokens=["<image>"],
    )
