"""Tiny LLaVA models with random weights and real processors, in folders that transformers loads by itself."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from lensmith.errors import Problem, UnknownNameError, suggest
from lensmith.lab import templates
from lensmith.lab.tokenizer import END_OF_TURN, IMAGE, train_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

Text = Literal["gemma", "llama", "qwen2"]
Tower = Literal["clip", "siglip"]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a lab model is. Image tokens: (picture_px / patch_px) squared."""

    picture_px: int
    patch_px: int
    vision_width: int
    vision_layers: int
    text_width: int
    text_layers: int
    heads: int


# The demo's tower is deep rather than wide: so it tells shapes apart after few steps.
SIZES: dict[str, Size] = {
    "test": Size(picture_px=32, patch_px=8, vision_width=32, vision_layers=2, text_width=32, text_layers=2, heads=2),
    "demo": Size(picture_px=48, patch_px=8, vision_width=64, vision_layers=4, text_width=64, text_layers=2, heads=4),
    "base": Size(
        picture_px=144, patch_px=18, vision_width=128, vision_layers=4, text_width=128, text_layers=4, heads=4
    ),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """Which of the real world's differences a lab model has.

    Attributes:
        text: the text model's architecture.
        tower: `clip` has a class token, which is dropped ("default"); `siglip` has none ("full").
        legacy: laid out like LLaVA checkpoints saved by transformers 4.42 and older: the processor does not
            know patch size nor class token, the chat template is the tokenizer's, writes no `<bos>`, takes text
            only and refuses a system turn, the tokenizer adds `<bos>` itself, the pad id of the config is one
            that the tokenizer does not have, and generation ends at `<eos>` only.
    """

    text: Text = "gemma"
    tower: Tower = "clip"
    legacy: bool = False


def build_llava(
    out: Path,
    *,
    seed: int,
    size: str = "demo",
    variant: Variant = Variant(),
    tokenizer: "PreTrainedTokenizerFast | None" = None,
) -> Path:
    """Writes a LLaVA with random weights that `from_pretrained` and `AutoProcessor` load, and returns its folder.

    The same arguments give the same bytes. Nothing is downloaded.

    Args:
        out: made when missing.
        seed: the weights derive from it.
        size: "test" (80 thousand parameters, pictures of 32 px, 16 image tokens), "demo" (370 thousand, 48 px, 36) or
            "base" (1.9 million, 144 px, 64).
        variant: architecture and layout.
        tokenizer: made by `train_tokenizer`; None: for the smallest worlds.

    Raises:
        UnknownNameError: there is no such size, text model or tower.
    """
    import torch
    from transformers import LlavaForConditionalGeneration

    _check_name("size", size, SIZES)
    _check_name("text", variant.text, get_args(Text))
    _check_name("tower", variant.tower, get_args(Tower))
    tokenizer = tokenizer or train_tokenizer(adds_bos=variant.legacy)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlavaForConditionalGeneration(_config(SIZES[size], variant, tokenizer))
    ends = [tokenizer.eos_token_id]
    if not variant.legacy:
        ends.append(tokenizer.convert_tokens_to_ids(END_OF_TURN))
    model.generation_config.eos_token_id = ends if len(ends) > 1 else ends[0]
    model.generation_config.bos_token_id = tokenizer.bos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(out)
    _save_processor(out, SIZES[size], variant, tokenizer)
    return out


def _check_name(kind: str, name: str, available: Any) -> None:
    if name not in available:
        raise UnknownNameError(
            Problem(
                f"lab/unknown-{kind}", "lab model", f"there is no {kind} called `{name}`", fix=suggest(name, available)
            )
        )


def _config(size: Size, variant: Variant, tokenizer: "PreTrainedTokenizerFast") -> Any:
    """The model's config. Weights start as wide as a small model needs to learn from nothing, not at 0.02."""
    from transformers import LlavaConfig

    image_id = tokenizer.convert_tokens_to_ids(IMAGE)
    # Gemma's published vocabularies are padded to a multiple of 64, with room for a pad id beyond the tokenizer.
    vocabulary = -(-(len(tokenizer) + 1) // 64) * 64 if variant.legacy else len(tokenizer)
    pad_id = image_id + 1 if variant.legacy else tokenizer.pad_token_id
    return LlavaConfig(
        vision_config=_vision_config(size, variant.tower),
        text_config=_text_config(size, variant.text, vocabulary, pad_id, tokenizer),
        image_token_index=image_id,
        image_seq_length=(size.picture_px // size.patch_px) ** 2,
        pad_token_id=pad_id,
        vision_feature_layer=-2 if variant.legacy else -1,
        vision_feature_select_strategy="default" if variant.tower == "clip" else "full",
        initializer_range=size.text_width**-0.5,
        tie_word_embeddings=True,
    )


def _vision_config(size: Size, tower: Tower) -> Any:
    from transformers import CLIPVisionConfig, SiglipVisionConfig

    shape: dict[str, Any] = {
        "hidden_size": size.vision_width,
        "intermediate_size": 4 * size.vision_width,
        "num_hidden_layers": size.vision_layers,
        "num_attention_heads": size.heads,
        "image_size": size.picture_px,
        "patch_size": size.patch_px,
    }
    if tower == "clip":
        return CLIPVisionConfig(projection_dim=size.vision_width, **shape)
    return SiglipVisionConfig(vision_use_head=False, **shape)


def _text_config(size: Size, text: Text, vocabulary: int, pad_id: int, tokenizer: "PreTrainedTokenizerFast") -> Any:
    from transformers import GemmaConfig, LlamaConfig, Qwen2Config

    shape: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": size.text_width,
        "intermediate_size": 3 * size.text_width,
        "num_hidden_layers": size.text_layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.heads // 2,
        "max_position_embeddings": 1024,
        "initializer_range": size.text_width**-0.5,
        "tie_word_embeddings": True,
        "pad_token_id": pad_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    if text == "gemma":
        return GemmaConfig(head_dim=size.text_width // size.heads, **shape)
    return LlamaConfig(**shape) if text == "llama" else Qwen2Config(**shape)


def _save_processor(out: Path, size: Size, variant: Variant, tokenizer: "PreTrainedTokenizerFast") -> None:
    from transformers import CLIPImageProcessorPil, LlavaProcessor, SiglipImageProcessorPil

    side = {"height": size.picture_px, "width": size.picture_px}
    images: Any
    if variant.tower == "clip":
        images = CLIPImageProcessorPil(size={"shortest_edge": size.picture_px}, crop_size=side)
    else:
        images = SiglipImageProcessorPil(size=side)
    if variant.legacy:
        tokenizer.chat_template = templates.LEGACY
        _save_legacy(out, images, tokenizer)
        return
    LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=size.patch_px,
        vision_feature_select_strategy="default" if variant.tower == "clip" else "full",
        num_additional_image_tokens=1 if variant.tower == "clip" else 0,
        chat_template=templates.MODERN,
    ).save_pretrained(out)


def _save_legacy(out: Path, images: Any, tokenizer: "PreTrainedTokenizerFast") -> None:
    """Image settings and tokenizer beside each other, no processor file, the template inside the tokenizer's."""
    tokenizer.save_pretrained(out, save_jinja_files=False)
    images.save_pretrained(out)
    for name in ("preprocessor_config.json", "tokenizer_config.json"):
        settings = json.loads((out / name).read_text(encoding="utf-8"))
        settings["processor_class"] = "LlavaProcessor"
        if "image_processor_type" in settings:
            settings["image_processor_type"] = settings["image_processor_type"].removesuffix("Pil")
        (out / name).write_text(json.dumps(settings, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
