"""Tiny Qwen-VL models with random weights and real processors, in folders that transformers loads by itself."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lensmith.errors import Problem, UnknownNameError, suggest
from lensmith.lab import templates
from lensmith.lab.tokenizer import VOCABULARY_TOKENS, train_vocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

EOS, START_OF_TURN, END_OF_TURN = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
IMAGE_START, IMAGE, IMAGE_END, VIDEO = "<|vision_start|>", "<|image_pad|>", "<|vision_end|>", "<|video_pad|>"

# As published: no beginning of text, and nothing is trimmed.
TEMPLATE = templates.CHATML.replace("<image>", IMAGE_START + IMAGE + IMAGE_END).replace(" | trim", "")

# Patches a token's side has.
MERGE = 2
PATCH_FRAMES = 2


@dataclass(frozen=True, slots=True)
class QwenSize:
    """How large a lab model is. Pictures are scaled to between `min_image_tokens` and `max_image_tokens`."""

    patch_px: int
    min_image_tokens: int
    max_image_tokens: int
    window_tokens: int
    vision_width: int
    vision_layers: int
    text_width: int
    text_layers: int
    heads: int

    @property
    def token_px(self) -> int:
        """The side of what one token stands for."""
        return MERGE * self.patch_px


SIZES: dict[str, QwenSize] = {
    "test": QwenSize(4, 4, 32, 2, 32, 2, 32, 2, 2),
    "base": QwenSize(6, 16, 64, 4, 128, 4, 128, 4, 4),
}


@dataclass(frozen=True, slots=True)
class QwenVariant:
    """Which of the real world's differences a lab model has.

    Attributes:
        kind: "qwen2_vl", "qwen2_5_vl" (a tower that looks through windows) or "qwen3_vl" (a tower of which several
            layers reach the language model).
        legacy: laid out like checkpoints of 2024 and 2025: the text model's settings at the top of the config, the
            picture's in a file of their own as `min_pixels` and `max_pixels`, the chat template as JSON. Not for
            "qwen3_vl".
    """

    kind: str = "qwen2_5_vl"
    legacy: bool = False


def build_qwen_vl(
    out: Path,
    *,
    seed: int,
    size: str = "base",
    variant: QwenVariant = QwenVariant(),
    tokenizer: "PreTrainedTokenizerFast | None" = None,
) -> Path:
    """Writes a Qwen-VL with random weights that `from_pretrained` and `AutoProcessor` load, and returns its folder.

    The same arguments give the same bytes. Nothing is downloaded. Where torchvision is missing, `AutoProcessor` needs
    `lensmith.families.qwen_vl.family` to be imported first.

    Args:
        out: made when missing.
        seed: the weights derive from it.
        size: "test" (about 100 thousand parameters, pictures in 4 to 32 tokens of 8 px) or "base" (2.0 to 2.7 million,
            16 to 64 tokens of 12 px).
        variant: architecture and layout.
        tokenizer: made by `train_qwen_tokenizer`; None: for the smallest worlds.

    Raises:
        UnknownNameError: there is no such size or kind.
    """
    import torch
    from transformers import AutoModelForImageTextToText

    for what, name, available in (("size", size, SIZES), ("kind", variant.kind, _CONFIGS)):
        if name not in available:
            found = f"there is no {what} called `{name}`"
            raise UnknownNameError(Problem(f"lab/unknown-{what}", "lab model", found, fix=suggest(name, available)))
    tokenizer = tokenizer or train_qwen_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForImageTextToText.from_config(_config(SIZES[size], variant, tokenizer))
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(parameter, std=0.1)  # transformers starts them at zero, where nobody misses them
    model.generation_config.eos_token_id = [tokenizer.eos_token_id, tokenizer.pad_token_id]
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(out)
    _save_processor(out, SIZES[size], variant, tokenizer)
    return out


def train_qwen_tokenizer(
    *, sentences: Sequence[str] | None = None, vocabulary_tokens: int = VOCABULARY_TOKENS
) -> "PreTrainedTokenizerFast":
    """A vocabulary as of `lensmith.lab.tokenizer`, with the control tokens of this model; no token begins a text.

    Args:
        sentences: what it will read and write; None: what the two smallest worlds say.
        vocabulary_tokens: 256 bytes included; the control tokens come on top.
    """
    from transformers import PreTrainedTokenizerFast

    reserved = [EOS, START_OF_TURN, END_OF_TURN, IMAGE_START, IMAGE_END, IMAGE, VIDEO]
    return PreTrainedTokenizerFast(
        tokenizer_object=train_vocabulary(reserved, vocabulary_tokens + len(reserved), sentences),
        pad_token=EOS,
        eos_token=END_OF_TURN,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        extra_special_tokens=[START_OF_TURN, IMAGE_START, IMAGE_END, IMAGE, VIDEO],
    )


def _config(size: QwenSize, variant: QwenVariant, tokenizer: "PreTrainedTokenizerFast") -> Any:
    """The model's config. Weights start as wide as a small model needs to learn from nothing, not at 0.02."""
    import transformers

    config_class, tower = _CONFIGS[variant.kind]
    spread = size.text_width**-0.5
    vision = {
        "depth": size.vision_layers,
        "num_heads": size.heads,
        "patch_size": size.patch_px,
        "spatial_merge_size": MERGE,
        "temporal_patch_size": PATCH_FRAMES,
        "initializer_range": spread,
    }
    return getattr(transformers, config_class)(
        vision_config=vision | tower(size),
        text_config=_text_config(size, variant, tokenizer) | {"initializer_range": spread},
        image_token_id=tokenizer.convert_tokens_to_ids(IMAGE),
        video_token_id=tokenizer.convert_tokens_to_ids(VIDEO),
        vision_start_token_id=tokenizer.convert_tokens_to_ids(IMAGE_START),
        vision_end_token_id=tokenizer.convert_tokens_to_ids(IMAGE_END),
        tie_word_embeddings=not variant.legacy,
        initializer_range=spread,
    )


def _text_config(size: QwenSize, variant: QwenVariant, tokenizer: "PreTrainedTokenizerFast") -> dict[str, Any]:
    half = size.text_width // size.heads // 2
    shares = [half - 2 * (3 * half // 8), 3 * half // 8, 3 * half // 8]  # time, row, column: 16, 24, 24 as published
    rope: dict[str, Any] = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": shares}
    shape: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": size.text_width,
        "intermediate_size": 3 * size.text_width,
        "num_hidden_layers": size.text_layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.heads // 2,
        "max_position_embeddings": 2048,
        "rope_parameters": rope,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }
    if variant.kind != "qwen3_vl":
        return shape
    rope["mrope_interleaved"] = True
    return shape | {"head_dim": size.text_width // size.heads}


def _tower_2(size: QwenSize) -> dict[str, Any]:
    return {"embed_dim": size.vision_width, "hidden_size": size.text_width}


def _tower_2_5(size: QwenSize) -> dict[str, Any]:
    return {
        "hidden_size": size.vision_width,
        "intermediate_size": 3 * size.vision_width,
        "out_hidden_size": size.text_width,
        "window_size": size.window_tokens * size.token_px,
        "fullatt_block_indexes": [size.vision_layers - 1],
    }


def _tower_3(size: QwenSize) -> dict[str, Any]:
    return {
        "hidden_size": size.vision_width,
        "intermediate_size": 4 * size.vision_width,
        "out_hidden_size": size.text_width,
        "num_position_embeddings": MERGE**2 * size.max_image_tokens // 2,
        "deepstack_visual_indexes": list(range(size.vision_layers // 2)),
    }


_CONFIGS = {
    "qwen2_vl": ("Qwen2VLConfig", _tower_2),
    "qwen2_5_vl": ("Qwen2_5_VLConfig", _tower_2_5),
    "qwen3_vl": ("Qwen3VLConfig", _tower_3),
}
_PROCESSORS = {
    "qwen2_vl": ("Qwen2VLProcessor", "Qwen2VLVideoProcessor"),
    "qwen2_5_vl": ("Qwen2_5_VLProcessor", "Qwen2VLVideoProcessor"),
    "qwen3_vl": ("Qwen3VLProcessor", "Qwen3VLVideoProcessor"),
}


def _save_processor(out: Path, size: QwenSize, variant: QwenVariant, tokenizer: "PreTrainedTokenizerFast") -> None:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    from lensmith.families.processors import without_videos

    published, videos = _PROCESSORS[variant.kind]
    images = Qwen2VLImageProcessorPil(
        patch_size=size.patch_px,
        merge_size=MERGE,
        temporal_patch_size=PATCH_FRAMES,
        min_pixels=size.min_image_tokens * size.token_px**2,
        max_pixels=size.max_image_tokens * size.token_px**2,
    )
    processor = without_videos(published)(image_processor=images, tokenizer=tokenizer, chat_template=TEMPLATE)
    processor.video_settings = {
        "video_processor_type": videos,
        **{name: getattr(images, name) for name in ("patch_size", "merge_size", "temporal_patch_size")},
    }
    processor.save_pretrained(out)
    if variant.legacy:
        _lay_as_of_old(out)


def _lay_as_of_old(out: Path) -> None:
    """One config without sections for the text model; settings and template in files of their own, as JSON."""
    config = _read(out / "config.json")
    text = config.pop("text_config")
    rope = text.pop("rope_parameters")
    del text["model_type"]
    config |= {
        **text,
        "rope_theta": rope["rope_theta"],
        "rope_scaling": {"type": "mrope", "mrope_section": rope["mrope_section"]},
    }
    config["vision_config"]["model_type"] = config["model_type"]
    _write(out / "config.json", config)
    settings = _read(out / "processor_config.json")
    images, edges = settings["image_processor"], settings["image_processor"].pop("size")
    images |= {
        "image_processor_type": images["image_processor_type"].removesuffix("Pil"),
        "processor_class": settings["processor_class"],
        "min_pixels": edges["shortest_edge"],
        "max_pixels": edges["longest_edge"],
    }
    _write(out / "preprocessor_config.json", images)
    template = out / "chat_template.jinja"
    _write(out / "chat_template.json", {"chat_template": template.read_text(encoding="utf-8")})
    (out / "processor_config.json").unlink()
    template.unlink()


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _write(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
