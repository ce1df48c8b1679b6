"""The base models before they have learned anything."""

from pathlib import Path

from lensmith.lab.models import Variant, build_llava
from lensmith.lab.pretraining import Base
from lensmith.lab.tokenizer import train_tokenizer
from lensmith.lab.worlds.everyday import maps
from lensmith.lab.worlds.everyday import world as everyday

VOCABULARY_TOKENS = 1536


def build_blank_llava(out: Path, seed: int) -> Path:
    """A LLaVA with random weights that reads and writes the broad world's words in few tokens."""
    tokenizer = train_tokenizer(
        sentences=[*everyday.sentences(), *maps.sentences()], vocabulary_tokens=VOCABULARY_TOKENS
    )
    return build_llava(out, seed=seed, size="base", variant=Variant("llama", "siglip"), tokenizer=tokenizer)


LLAVA = Base(
    build_blank_llava,
    "a LLaVA of 1.9 million parameters, pictures of 96 px, 64 image tokens",
    pictures=24_000,
    seeing_epochs=2,
    epochs=1.5,
)
