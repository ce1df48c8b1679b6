"""Every example teaches something, to its end, and the batch loses none of it."""

from collections.abc import Iterator, Sequence

import numpy as np

from lensmith.families.encoded import Encoded
from lensmith.training.preflight.contract import Batch, Case, Finding


class Supervision:
    """Examples without supervised tokens, answers without an end, loss on pictures; batches that lose answers."""

    name = "supervision"
    describe = "supervised tokens of every example"

    def find(self, case: Case) -> Iterator[Finding]:
        """An error for each kind, with how many examples it is true of."""
        for part in ("train", "validation"):
            items = case.parts.encoded[part].encoded if part in case.parts.encoded else ()
            yield from _find_in(items, part, frozenset(case.family.stop_ids))
        for at, batch in enumerate(case.batches, 1):
            if _taught(batch) != _supervised(batch.items):
                yield Finding(
                    "preflight/answers-lost",
                    "error",
                    f"batch {at} of training",
                    f"its {len(_taught(batch))} targets are not the {len(_supervised(batch.items))} supervised tokens "
                    "of its examples",
                    "report it: the family lays its batches wrongly",
                )


def _find_in(items: Sequence[Encoded], part: str, stop_ids: frozenset[int]) -> Iterator[Finding]:
    without = [item for item in items if not item.n_answer_tokens]
    cut = [item for item in items if item.n_answer_tokens and _last_taught(item) not in stop_ids]
    on_pictures = [item for item in items if _teaches_picture(item)]
    kinds = (
        ("no-supervision", without, "have no supervised token", "give them answers, or take them out"),
        ("answer-cut", cut, "teach an answer that does not end", "see whether the chat template ends an answer"),
        ("loss-on-picture", on_pictures, "put the loss on a picture's tokens", "report it: the family encodes wrongly"),
    )
    for code, wrong, found, fix in kinds:
        if wrong:
            first = f"{len(wrong)} of {len(items)} {found}, the first is {wrong[0].example_id}"
            yield Finding(f"preflight/{code}", "error", f"data.{part}", first, fix)


def _last_taught(item: Encoded) -> int:
    return int(item.ids_T[np.flatnonzero(item.weights_T)[-1]])


def _teaches_picture(item: Encoded) -> bool:
    return any(item.weights_T[span.start : span.start + span.length].any() for span in item.spans)


def _taught(batch: Batch) -> list[int]:
    return sorted(batch.tensors["target_N"].tolist())


def _supervised(items: Sequence[Encoded]) -> list[int]:
    return sorted(int(token) for item in items for token in item.ids_T[item.weights_T > 0])


SUPERVISION = Supervision()
