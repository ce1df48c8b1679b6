"""Encodes many examples; what cannot be encoded, or does not fit, is reported and counted, never cut."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lensmith.data.images import read_size
from lensmith.errors import DataError, Problem
from lensmith.families.contract import Family, SizePx
from lensmith.families.encoded import Encoded
from lensmith.types import Example


@dataclass(frozen=True, slots=True)
class EncodedSet:
    """The examples that can be trained on, in their order, and why the others cannot.

    Attributes:
        encoded: what is left.
        problems: one for each example left out.
    """

    encoded: tuple[Encoded, ...]
    problems: tuple[Problem, ...]

    def token_counts(self) -> dict[str, dict[str, float]]:
        """Prompt, image, answer and all tokens of an example: mean, median, 95th percentile, maximum, sum."""
        columns = {
            "prompt": [item.n_prompt_tokens for item in self.encoded],
            "image": [item.n_image_tokens for item in self.encoded],
            "answer": [item.n_answer_tokens for item in self.encoded],
            "all": [len(item) for item in self.encoded],
        }
        return {name: _describe(values) for name, values in columns.items()}


def encode_examples(family: Family, examples: Sequence[Example], max_length_tokens: int | None) -> EncodedSet:
    """Encodes each example for training.

    Args:
        family: the seam.
        examples: to encode.
        max_length_tokens: longer examples are left out with a problem; None: no limit.
    """
    encoded: list[Encoded] = []
    problems: list[Problem] = []
    for example in examples:
        try:
            item = family.encode(example, image_sizes(family, example))
        except DataError as error:
            problems.extend(error.problems)
            continue
        if max_length_tokens is not None and len(item) > max_length_tokens:
            problems.append(_too_long(item, max_length_tokens))
        else:
            encoded.append(item)
    return EncodedSet(tuple(encoded), tuple(problems))


def image_sizes(family: Family, example: Example) -> list[SizePx | None]:
    """The sizes that `Family.encode` asks for: read from the pictures' headers, only where they matter."""
    if not family.needs_image_sizes:
        return [None] * len(example.images)
    return [read_size(image) for image in example.images]


def _too_long(item: Encoded, limit: int) -> Problem:
    parts = f"{item.n_image_tokens} image, {item.n_prompt_tokens} prompt, {item.n_answer_tokens} answer"
    return Problem(
        "data/too-long",
        f"example {item.example_id}",
        f"{len(item)} tokens: {parts}",
        expected=f"at most {limit}",
        consequence="it is left out; cutting it would cut the picture or the answer",
        fix="raise train.max_length, or shorten the text",
    )


def _describe(values: Sequence[int]) -> dict[str, float]:
    if not values:
        return {"mean": 0.0, "median": 0.0, "p95": 0.0, "max": 0.0, "sum": 0.0}
    array = np.asarray(values)
    return {
        "mean": round(float(array.mean()), 2),
        "median": float(np.median(array)),
        "p95": float(np.percentile(array, 95)),
        "max": float(array.max()),
        "sum": float(array.sum()),
    }
