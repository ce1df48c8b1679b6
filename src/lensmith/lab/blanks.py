"""The base models before they have learned anything: each reads and writes the broad world's words in few tokens."""

from pathlib import Path

from lensmith.lab.lfm2_vl import build_lfm2_vl, train_chat_tokenizer
from lensmith.lab.models import Variant, build_llava
from lensmith.lab.moondream2 import build_moondream2, plain_tokenizer
from lensmith.lab.pretraining import Base
from lensmith.lab.tokenizer import train_tokenizer
from lensmith.lab.worlds.everyday import maps
from lensmith.lab.worlds.everyday import world as everyday

VOCABULARY_TOKENS = 1536


def _sentences() -> list[str]:
    return [*everyday.sentences(), *maps.sentences()]


def build_blank_llava(out: Path, seed: int) -> Path:
    """A LLaVA with random weights: Llama, SigLIP."""
    tokenizer = train_tokenizer(sentences=_sentences(), vocabulary_tokens=VOCABULARY_TOKENS)
    return build_llava(out, seed=seed, size="base", variant=Variant("llama", "siglip"), tokenizer=tokenizer)


def build_blank_lfm2_vl(out: Path, seed: int) -> Path:
    """An LFM2-VL with random weights: short convolutions and attention."""
    tokenizer = train_chat_tokenizer(sentences=_sentences(), vocabulary_tokens=VOCABULARY_TOKENS)
    return build_lfm2_vl(out, seed=seed, size="base", tokenizer=tokenizer)


def build_blank_moondream2(out: Path, seed: int) -> Path:
    """A Moondream2 of 2024 with random weights."""
    tokenizer = plain_tokenizer(sentences=_sentences(), vocabulary_tokens=VOCABULARY_TOKENS)
    return build_moondream2(out, seed=seed, size="base", tokenizer=tokenizer)


LLAVA = Base(
    build_blank_llava,
    "a LLaVA of 1.9 million parameters, pictures of 144 px, 64 image tokens",
    pictures=24_000,
    seeing_epochs=6,
    epochs=3,
)
LFM2_VL = Base(
    build_blank_lfm2_vl,
    "an LFM2-VL of 1.9 million parameters, pictures of up to 144 px, 16 to 64 image tokens",
    pictures=24_000,
    seeing_epochs=6,
    epochs=3,
)
MOONDREAM2 = Base(
    build_blank_moondream2,
    "a Moondream2 of 1.8 million parameters, views of 144 px, 64 image tokens",
    pictures=24_000,
    seeing_epochs=6,
    epochs=3,
)
