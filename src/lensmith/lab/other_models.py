"""Tiny models with random weights and real processors of the families that have no lab twin, one size each.

They exist to be held to the families' contract. What published models have in the large they have in the small: tiles,
windows over the last tokens, squeezed logits; a picture of 40 × 36 px is cut where its family cuts pictures.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lensmith.lab.templates import write_turns
from lensmith.lab.tokenizer import train_vocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

WIDTH, LAYERS, HEADS = 32, 2, 2
SPREAD = WIDTH**-0.5
VOCABULARY_TOKENS = 600

Reserved = Mapping[str, str]
"""Control tokens: the name that transformers has for each (`pad_token`, `boi_token`, …), and its text."""


def build_smolvlm(out: Path, *, seed: int, kind: str = "smolvlm") -> Path:
    """A SmolVLM (or, with `kind` "idefics3", an Idefics3) of tiles of 16 px, four tokens each."""
    import transformers
    from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
    from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

    from lensmith.families.processors import without_videos

    rows = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    small = kind == "smolvlm"
    reserved = {
        "bos_token": "<|im_start|>" if small else "<|begin_of_text|>",
        "eos_token": "<end_of_utterance>",
        "pad_token": "<|im_end|>",
    }
    tokenizer = _tokenizer(
        reserved, ["<image>", "<fake_token_around_image>", "<global-img>", *rows], adds_bos=not small
    )
    text: dict[str, Any] = {"model_type": "llama", **_text(tokenizer)}
    config: Any = (transformers.SmolVLMConfig if small else transformers.Idefics3Config)(
        vision_config=_vision(kind="smolvlm_vision" if small else "idefics3_vision", image_px=16),
        text_config=text,
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        tie_word_embeddings=small,
    )
    turns = write_turns(
        "{{ bos_token }}",
        "{{ message['role'] | capitalize + (':' if message['content'][0]['type'] == 'image' else ': ') }}",
        "<end_of_utterance>\n",
        "Assistant:",
    )
    pieces: Any = SmolVLMImageProcessorPil if small else Idefics3ImageProcessorPil
    images = pieces(size={"longest_edge": 32}, max_image_size={"longest_edge": 16})
    whole = without_videos("SmolVLMProcessor") if small else transformers.Idefics3Processor
    processor = whole(image_processor=images, tokenizer=tokenizer, image_seq_len=4, chat_template=turns)
    return _save(out, seed, config, processor)


def build_gemma3(out: Path, *, seed: int) -> Path:
    """A Gemma 3 whose first layer sees the last nine tokens, and pictures of four tokens."""
    from transformers import Gemma3Config, Gemma3ImageProcessorPil, Gemma3Processor

    reserved = {
        "bos_token": "<bos>",
        "eos_token": "<eos>",
        "pad_token": "<pad>",
        "boi_token": "<start_of_image>",
        "eoi_token": "<end_of_image>",
        "image_token": "<image_soft_token>",
    }
    tokenizer = _tokenizer(reserved, ["<start_of_turn>", "<end_of_turn>"], adds_bos=True)
    text = _text(tokenizer) | {
        "head_dim": WIDTH // HEADS,
        "query_pre_attn_scalar": WIDTH // HEADS,
        "sliding_window": 9,
        "layer_types": ["sliding_attention", "full_attention"],
    }
    config = Gemma3Config(
        vision_config=_vision(kind="siglip_vision_model", image_px=32) | {"vision_use_head": False},
        text_config=text,
        mm_tokens_per_image=4,
        image_token_index=tokenizer.convert_tokens_to_ids("<image_soft_token>"),
        boi_token_index=tokenizer.convert_tokens_to_ids("<start_of_image>"),
        eoi_token_index=tokenizer.convert_tokens_to_ids("<end_of_image>"),
    )
    turns = write_turns(
        "{{ bos_token }}",
        "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\n' }}",
        "<end_of_turn>\n",
        "<start_of_turn>model\n",
        image="<start_of_image>",
    )
    processor = Gemma3Processor(
        image_processor=Gemma3ImageProcessorPil(size={"height": 32, "width": 32}),
        tokenizer=tokenizer,
        image_seq_length=4,
        chat_template=turns,
    )
    return _save(out, seed, config, processor)


def build_paligemma(out: Path, *, seed: int, kind: str = "gemma") -> Path:
    """A PaliGemma, or with `kind` "gemma2" a PaliGemma 2, with pictures of 16 tokens and no chat template."""
    from transformers import PaliGemmaConfig, PaliGemmaProcessor, SiglipImageProcessorPil

    reserved = {"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "image_token": "<image>"}
    tokenizer = _tokenizer(reserved, [])
    images = SiglipImageProcessorPil(size={"height": 32, "width": 32})
    images.image_seq_length = 16
    processor = PaliGemmaProcessor(image_processor=images, tokenizer=tokenizer)  # adds tokens for places and segments
    text = _text(tokenizer) | {"model_type": kind, "head_dim": WIDTH // HEADS}
    if kind == "gemma2":
        text |= {"query_pre_attn_scalar": WIDTH // HEADS, "sliding_window": 9, "final_logit_softcapping": 5.0}
    config = PaliGemmaConfig(
        vision_config=_vision(kind="siglip_vision_model", image_px=32) | {"vision_use_head": False},
        text_config=text,
        projection_dim=WIDTH,
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
    )
    return _save(out, seed, config, processor)


def build_internvl(out: Path, *, seed: int) -> Path:
    """An InternVL of tiles of 16 px, four tokens each, at most four and a thumbnail a picture."""
    from transformers import InternVLConfig
    from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

    from lensmith.families.processors import without_videos

    reserved = {
        "eos_token": "<|im_end|>",
        "pad_token": "<|endoftext|>",
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    tokenizer = _tokenizer(reserved, ["<|im_start|>"])
    config = InternVLConfig(
        vision_config=_vision(kind="internvl_vision", image_px=16),
        text_config={"model_type": "qwen2", **_text(tokenizer)},
        image_seq_length=4,
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
    )
    turns = write_turns(
        "",
        "{{ '<|im_start|>' + message['role'] + '\n' }}",
        "<|im_end|>\n",
        "<|im_start|>assistant\n",
        image="<IMG_CONTEXT>\n",
    )
    processor = without_videos("InternVLProcessor")(
        image_processor=GotOcr2ImageProcessorPil(size={"height": 16, "width": 16}, max_patches=4),
        tokenizer=tokenizer,
        image_seq_length=4,
        chat_template=turns,
    )
    return _save(out, seed, config, processor)


def build_llava_next(out: Path, *, seed: int) -> Path:
    """A LLaVA-NeXT with a CLIP tower: up to two by two tiles of 16 px, 16 patches each."""
    from transformers import LlavaNextConfig, LlavaNextImageProcessorPil, LlavaNextProcessor

    grids = [[16, 32], [32, 16], [32, 32]]
    tokenizer = _tokenizer({"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}, ["<image>"], adds_bos=True)
    config = LlavaNextConfig(
        vision_config=_vision(kind="clip_vision_model", image_px=16),
        text_config={"model_type": "llama", **_text(tokenizer)},
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=grids,
    )
    turns = write_turns("", "{{ message['role'] | upper + ': ' }}", "</s>", "ASSISTANT:", image="<image>\n")
    images = LlavaNextImageProcessorPil(
        size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}, image_grid_pinpoints=grids
    )
    processor = LlavaNextProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=4,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=turns,
    )
    return _save(out, seed, config, processor)


def build_aya_vision(out: Path, *, seed: int, window: int | None = None) -> Path:
    """An Aya Vision, which no family of its own reads; `window`: its first layer sees the last so many tokens."""
    from transformers import AyaVisionConfig, AyaVisionProcessor
    from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

    reserved = {"bos_token": "<bos>", "eos_token": "<end>", "pad_token": "<pad>"}
    marks = ["<image>", "<start>", "<|START_OF_IMG|>", "<|END_OF_IMG|>", "<|IMG_PATCH|>", "<|IMG_LINE_BREAK|>"]
    tokenizer = _tokenizer(reserved, [*marks, "TILE_GLOBAL", *(f"TILE_{n}" for n in range(1, 13))], adds_bos=True)
    layers = ["full_attention" if window is None else "sliding_attention", "full_attention"]
    config = AyaVisionConfig(
        vision_config=_vision(kind="siglip_vision_model", image_px=16) | {"vision_use_head": False},
        text_config=_text(tokenizer) | {"model_type": "cohere2", "layer_types": layers, "sliding_window": window or 99},
        image_token_index=tokenizer.convert_tokens_to_ids("<|IMG_PATCH|>"),
        alignment_intermediate_size=WIDTH,
    )
    turns = write_turns("{{ bos_token }}", "{{ '<start>' + message['role'] + '\n' }}", "<end>", "<start>assistant\n")
    processor = AyaVisionProcessor(
        image_processor=GotOcr2ImageProcessorPil(size={"height": 16, "width": 16}, max_patches=4),
        tokenizer=tokenizer,
        patch_size=4,
        img_size=16,
        downsample_factor=2,
        chat_template=turns,
    )
    return _save(out, seed, config, processor)


def _tokenizer(named: Reserved, others: Sequence[str], *, adds_bos: bool = False) -> "PreTrainedTokenizerFast":
    """The lab's vocabulary, with these control tokens; `adds_bos`: the tokenizer itself writes the first one."""
    from tokenizers import processors
    from transformers import PreTrainedTokenizerFast

    reserved = [*named.values(), *others]
    vocabulary = train_vocabulary(reserved, VOCABULARY_TOKENS + len(reserved))
    if adds_bos:
        bos = named["bos_token"]
        vocabulary.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", pair=f"{bos} $A $B", special_tokens=[(bos, vocabulary.token_to_id(bos))]
        )
    plain = {name: text for name, text in named.items() if name in ("bos_token", "eos_token", "pad_token")}
    return PreTrainedTokenizerFast(
        tokenizer_object=vocabulary,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        extra_special_tokens={name: text for name, text in named.items() if name not in plain}
        | {f"mark_{at}": text for at, text in enumerate(others)},
        **plain,
    )


def _text(tokenizer: "PreTrainedTokenizerFast") -> dict[str, Any]:
    """Weights start as wide as makes every token count, not at 0.02."""
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": 1,
        "max_position_embeddings": 2048,
        "initializer_range": SPREAD,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }


def _vision(*, kind: str, image_px: int) -> dict[str, Any]:
    return {
        "model_type": kind,
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "image_size": image_px,
        "patch_size": image_px // 4,
        "initializer_range": SPREAD,
    }


def _save(out: Path, seed: int, config: Any, processor: Any) -> Path:
    import torch
    from transformers import AutoModelForImageTextToText

    tokenizer = processor.tokenizer
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: Any = AutoModelForImageTextToText.from_config(config)
        for parameter in model.parameters():
            if parameter.dim() < 2 or not parameter.any():
                # zeros and ones would hide a mistake
                torch.nn.init.normal_(parameter, mean=float(parameter.detach().mean()), std=0.1)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.bos_token_id = tokenizer.bos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(out)
    processor.save_pretrained(out)
    return out
