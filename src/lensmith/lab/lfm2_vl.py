"""Tiny LFM2-VL models with random weights and real processors, in folders that transformers loads by itself."""

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

PAD, BOS, EOS, START_OF_TURN, END_OF_TURN = "<|pad|>", "<|startoftext|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"
IMAGE, IMAGE_START, IMAGE_END, THUMBNAIL = "<image>", "<|image_start|>", "<|image_end|>", "<|img_thumbnail|>"
MAX_TILES = 10
TILES = tuple(
    f"<|img_row_{row}_col_{column}|>"
    for row in range(1, MAX_TILES + 1)
    for column in range(1, MAX_TILES + 1)
    if row * column <= MAX_TILES
)


@dataclass(frozen=True, slots=True)
class Lfm2Size:
    """How large a lab model is. A token stands for two patches a side."""

    patch_px: int
    min_image_tokens: int
    max_image_tokens: int
    vision_width: int
    vision_layers: int
    text_width: int
    text_layers: tuple[str, ...]
    heads: int


CONV, ATTENTION = "conv", "full_attention"

SIZES: dict[str, Lfm2Size] = {
    "test": Lfm2Size(8, 4, 16, 32, 2, 32, (CONV, ATTENTION, CONV, CONV), 2),
    "base": Lfm2Size(9, 16, 64, 96, 4, 128, (CONV, CONV, ATTENTION, CONV, ATTENTION), 4),
}


@dataclass(frozen=True, slots=True)
class Lfm2Variant:
    """Which of the real world's differences a lab model has.

    Attributes:
        splits: pictures of more than a fifth of the pixels that `max_image_tokens` stand for are cut into tiles of a
            quarter of them, so that small pictures show what large ones do in published models.
        legacy: laid out like checkpoints of 2025, the picture's settings in a file of their own under the name that
            they had then; and with what a config allows and published models do not use: a longer convolution, and
            biases in it.
    """

    splits: bool = False
    legacy: bool = False


def build_lfm2_vl(
    out: Path,
    *,
    seed: int,
    size: str = "base",
    variant: Lfm2Variant = Lfm2Variant(),
    tokenizer: "PreTrainedTokenizerFast | None" = None,
) -> Path:
    """Writes an LFM2-VL with random weights that `from_pretrained` and `AutoProcessor` load, and returns its folder.

    The same arguments give the same bytes. Nothing is downloaded. Where torchvision is missing, `AutoProcessor` needs
    `lensmith.families.lfm2_vl.pictures` to be imported first, as opening a family does.

    Args:
        out: made when missing.
        seed: the weights derive from it.
        size: "test" (130 thousand parameters, pictures of up to 64 px in 4 to 16 tokens) or "base" (1.9 million, up to
            144 px, 16 to 64 tokens).
        variant: architecture and layout.
        tokenizer: made by `train_chat_tokenizer`; None: for the smallest worlds.

    Raises:
        UnknownNameError: there is no such size.
    """
    import torch
    from transformers import Lfm2VlForConditionalGeneration

    if size not in SIZES:
        fix = suggest(size, SIZES)
        raise UnknownNameError(Problem("lab/unknown-size", "lab model", f"there is no size called `{size}`", fix=fix))
    tokenizer = tokenizer or train_chat_tokenizer()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Lfm2VlForConditionalGeneration(_config(SIZES[size], variant, tokenizer))
        for name, parameter in model.named_parameters():
            if variant.legacy and ".conv." in name and name.endswith("bias"):
                torch.nn.init.normal_(parameter)  # transformers starts them at zero, where nobody would miss them
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.bos_token_id = tokenizer.bos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(out)
    _save_processor(out, SIZES[size], variant, tokenizer)
    return out


def train_chat_tokenizer(
    *, sentences: Sequence[str] | None = None, vocabulary_tokens: int = VOCABULARY_TOKENS
) -> "PreTrainedTokenizerFast":
    """A vocabulary as of `lensmith.lab.tokenizer`, with the control tokens of this model; a turn's end ends a text.

    Args:
        sentences: what it will read and write; None: what the two smallest worlds say.
        vocabulary_tokens: 256 bytes included; the marks of pictures and tiles come on top.
    """
    from transformers import PreTrainedTokenizerFast

    pictures = [IMAGE, IMAGE_START, IMAGE_END, THUMBNAIL, *TILES]
    reserved = [PAD, BOS, EOS, START_OF_TURN, END_OF_TURN, *pictures]
    return PreTrainedTokenizerFast(
        tokenizer_object=train_vocabulary(reserved, vocabulary_tokens + len(pictures), sentences),
        pad_token=PAD,
        bos_token=BOS,
        eos_token=END_OF_TURN,
        padding_side="left",
        clean_up_tokenization_spaces=False,
        extra_special_tokens=[EOS, START_OF_TURN, *pictures],
    )


def _config(size: Lfm2Size, variant: Lfm2Variant, tokenizer: "PreTrainedTokenizerFast") -> Any:
    """The model's config. Weights start as wide as a small model needs to learn from nothing, not at 0.02."""
    from transformers import Lfm2VlConfig

    return Lfm2VlConfig(
        vision_config={
            "model_type": "siglip2_vision_model",
            "hidden_size": size.vision_width,
            "intermediate_size": 4 * size.vision_width,
            "num_hidden_layers": size.vision_layers,
            "num_attention_heads": size.heads,
            "patch_size": size.patch_px,
            "num_patches": 4 * size.max_image_tokens,
            "vision_use_head": False,
        },
        text_config={
            "model_type": "lfm2",
            "vocab_size": len(tokenizer),
            "hidden_size": size.text_width,
            "intermediate_size": 3 * size.text_width,
            "block_auto_adjust_ff_dim": False,
            "num_hidden_layers": len(size.text_layers),
            "layer_types": list(size.text_layers),
            "num_attention_heads": size.heads,
            "num_key_value_heads": size.heads // 2,
            "max_position_embeddings": 2048,
            "initializer_range": size.text_width**-0.5,
            "conv_L_cache": 4 if variant.legacy else 3,
            "conv_bias": variant.legacy,
            "pad_token_id": tokenizer.pad_token_id,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
        },
        image_token_id=tokenizer.convert_tokens_to_ids(IMAGE),
        projector_hidden_size=2 * size.text_width,
        initializer_range=size.text_width**-0.5,
    )


def _save_processor(out: Path, size: Lfm2Size, variant: Lfm2Variant, tokenizer: "PreTrainedTokenizerFast") -> None:
    from transformers import Lfm2VlProcessor

    from lensmith.families.lfm2_vl.pictures import Lfm2VlImageProcessor

    side_px = int(size.max_image_tokens**0.5) * 2 * size.patch_px
    images = Lfm2VlImageProcessor(
        encoder_patch_size=size.patch_px,
        min_image_tokens=size.min_image_tokens,
        max_image_tokens=size.max_image_tokens,
        tile_size=side_px // 2,
        do_image_splitting=variant.splits,
        max_pixels_tolerance=0.2,
    )
    processor = Lfm2VlProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        chat_template=templates.CHATML,
    )
    processor.save_pretrained(out)
    if variant.legacy:
        _split_settings(out)


def _split_settings(out: Path) -> None:
    """Moves the picture's settings out of the processor's file into one of their own."""
    path = out / "processor_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    images = settings.pop("image_processor")
    images |= {"image_processor_type": "Lfm2VlImageProcessorFast", "processor_class": "Lfm2VlProcessor"}
    for name, values in (("processor_config.json", settings), ("preprocessor_config.json", images)):
        (out / name).write_text(json.dumps(values, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
