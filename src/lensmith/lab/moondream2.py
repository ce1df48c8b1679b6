"""Tiny Moondream2 models with random weights, laid out as the releases are: no processor file, no chat template."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lensmith.errors import Problem, UnknownNameError, suggest
from lensmith.lab.models import SIZES as LLAVA_SIZES
from lensmith.lab.models import Size
from lensmith.lab.tokenizer import VOCABULARY_TOKENS, train_vocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

END = "<|endoftext|>"
"""Begins, ends and pads every text of every release."""

# Views of the smallest are so small that pictures of 40 px are cut up.
SIZES: dict[str, Size] = {**LLAVA_SIZES, "test": replace(LLAVA_SIZES["test"], picture_px=24, patch_px=6)}

# The first ids of the later tokenizer, and the id under which it knows the word that asks a question.
RESERVED = [END, *(f"<|md_reserved_{at}|>" for at in range(3)), *(f"<|spare_{at}|>" for at in range(6))]
QUERY, QUERY_WORD = 15381, "query"

EARLY, LATE = "2024-08-26", "2025-06-21"
RELEASES = (EARLY, "2025-01-09", "2025-03-27", "2025-04-14", LATE)


def build_moondream2(
    out: Path,
    *,
    seed: int,
    size: str = "test",
    release: str = EARLY,
    tokenizer: "PreTrainedTokenizerFast | None" = None,
) -> Path:
    """Writes a Moondream2 with random weights, named as the release names them, and returns its folder.

    The same arguments give the same bytes. Nothing is downloaded. As at home, the releases of spring 2025 are only told
    apart by their revision: open them with it.

    Args:
        out: made when missing.
        seed: the weights derive from it.
        size: "test" (16 image tokens, views of 24 px), "demo" (36, 48 px) or "base" (64, 144 px).
        release: one of `RELEASES`.
        tokenizer: made by `plain_tokenizer` or `reserved_tokenizer`; None: for the smallest worlds.

    Raises:
        UnknownNameError: there is no such size or release.
    """
    import torch

    from lensmith.families.moondream2.first import Moondream
    from lensmith.families.moondream2.second import HfMoondream

    for kind, name, available in (("size", size, SIZES), ("release", release, RELEASES)):
        if name not in available:
            raise UnknownNameError(
                Problem(
                    f"lab/unknown-{kind}",
                    "lab model",
                    f"there is no {kind} called `{name}`",
                    fix=suggest(name, available),
                )
            )
    tokenizer = tokenizer or (reserved_tokenizer() if release == LATE else plain_tokenizer())
    config = _config(SIZES[size], len(tokenizer), second=release != EARLY)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = (Moondream if release == EARLY else HfMoondream)(config)
    model.save_pretrained(out)
    (out / "generation_config.json").unlink()  # no release has a stop rule in a file
    tokenizer.save_pretrained(out)
    return out


def plain_tokenizer(
    *, sentences: Sequence[str] | None = None, vocabulary_tokens: int = VOCABULARY_TOKENS
) -> "PreTrainedTokenizerFast":
    """A byte-level tokenizer as small GPT-2s have it: one control token, the last.

    Args:
        sentences: what it will read and write; None: what the two smallest worlds say.
        vocabulary_tokens: 256 bytes and the control token included.
    """
    vocabulary = train_vocabulary([], vocabulary_tokens - 1, sentences)
    vocabulary.add_special_tokens([END])
    return _wrap(vocabulary)


def reserved_tokenizer() -> "PreTrainedTokenizerFast":
    """A tokenizer with the ids that the later releases' prompts are written in; most of its tokens are fillers."""
    import json

    from tokenizers import Tokenizer

    trained = json.loads(train_vocabulary(RESERVED, VOCABULARY_TOKENS).to_str())
    vocabulary: dict[str, int] = trained["model"]["vocab"]
    for length in range(2, len(QUERY_WORD)):
        vocabulary.setdefault(QUERY_WORD[:length], len(vocabulary))
    for at in range(len(vocabulary), QUERY):
        vocabulary[f"filler-{at}"] = at
    vocabulary[QUERY_WORD] = QUERY
    merges = [[QUERY_WORD[:length], QUERY_WORD[length]] for length in range(1, len(QUERY_WORD))]
    # first, so that nothing else takes the word's letters apart
    trained["model"]["merges"] = merges + [pair for pair in trained["model"]["merges"] if pair not in merges]
    return _wrap(Tokenizer.from_str(json.dumps(trained)))


def _wrap(vocabulary: Any) -> "PreTrainedTokenizerFast":
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(
        tokenizer_object=vocabulary,
        bos_token=END,
        eos_token=END,
        unk_token=END,
        clean_up_tokenization_spaces=False,
        model_max_length=2048,
    )


def _config(size: Size, n_tokens: int, *, second: bool) -> Any:
    """The model's config: everything small, one row of embeddings more than there are tokens, at least."""
    from lensmith.families.moondream2.configuration import FIRST, SECOND, MoondreamConfig

    vision = {
        "hidden_size": size.vision_width,
        "intermediate_size": 2 * size.vision_width,
        "num_hidden_layers": size.vision_layers,
        "num_attention_heads": size.heads,
        "patch_size": size.patch_px,
        "crop_px": size.picture_px,
        "projection_size": 2 * size.text_width,
        "whole_below_px": round(512 / 378 * size.picture_px),
        "overlap_patches": 1,
    }
    text = {
        "vocab_size": (n_tokens // 64 + 1) * 64,
        "hidden_size": size.text_width,
        "intermediate_size": 3 * size.text_width,
        "num_hidden_layers": size.text_layers,
        "num_attention_heads": size.heads,
        "max_position_embeddings": 1024,
    }
    region = {"position_features": 32, "size_features": 64, "position_bins": 64, "size_bins": 128, "inner_size": 64}
    # as in released configs: code that would be fetched, were it trusted
    file, name = ("hf_moondream", SECOND) if second else ("moondream", FIRST)
    return MoondreamConfig(
        architectures=[SECOND if second else FIRST],
        auto_map={"AutoConfig": f"{file}.{name}Config", "AutoModelForCausalLM": f"{file}.{name}"},
        text_config=text,
        vision_config=vision,
        region_config=region,
        initializer_range=size.text_width**-0.5,
    )
