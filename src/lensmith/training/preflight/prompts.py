"""What training sees before an answer is what evaluation sends, token for token."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

from lensmith.batching.encode import image_sizes
from lensmith.families.encoded import Encoded
from lensmith.training.preflight.contract import Case, Finding
from lensmith.types import Example

# Prompts differ by a template, not by an example: a few of each part tell.
SAMPLE = 16

T = TypeVar("T")


class Prompts:
    """A prompt that evaluation would send differs from the one that training learns after."""

    name = "prompts"
    describe = "prompts of training and of evaluation"

    def find(self, case: Case) -> Iterator[Finding]:
        """An error a part, with the first token at which they part."""
        for part, encoded in case.parts.encoded.items():
            chosen = spread(encoded.encoded, SAMPLE)
            parting = [
                (item, at)
                for item in chosen
                if (at := _parts_at(case, case.parts.by_id[part][item.example_id], item)) is not None
            ]
            if parting:
                item, at = parting[0]
                text = case.family.tokenizer.decode(item.ids_T[max(0, at - 3) : at + 3])
                yield Finding(
                    "preflight/prompts-differ",
                    "error",
                    f"data.{part}",
                    f"{len(parting)} of {len(chosen)} prompts differ from what evaluation sends; example "
                    f"{item.example_id} from token {at} on, near {text!r}",
                    "use a chat template whose generation prompt begins the answer as training shows it",
                )


def _parts_at(case: Case, example: Example, item: Encoded) -> int | None:
    """The first token at which they part; None where evaluation sends what stands before the last answer."""
    sent_T = case.family.encode(example, image_sizes(case.family, example), answered=False).ids_T
    seen_T = item.ids_T[: len(sent_T)]
    different = np.flatnonzero(sent_T[: len(seen_T)] != seen_T)
    if len(different):
        return int(different[0])
    answers_here = len(item) > len(sent_T) and item.weights_T[len(sent_T)] > 0 and item.weights_T[len(sent_T) - 1] == 0
    return None if answers_here else len(seen_T)


def spread(items: Sequence[T], count: int) -> list[T]:
    """At most so many of them, evenly spaced.

    >>> spread(range(10), 3)
    [0, 3, 6]
    """
    return [items[at * len(items) // count] for at in range(count)] if len(items) > count else list(items)


PROMPTS = Prompts()
