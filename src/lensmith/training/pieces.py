"""Batches that can be cut: a batch carries its examples, so that what memory does not hold is done in halves.

The loss is a sum over supervised tokens, divided by the count of the whole optimiser step. So the losses and gradients
of the halves add up to those of the whole: the step is the same one, up to the rounding of sums and, where there is
dropout, up to which values are dropped.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from torch import Tensor

from lensmith.batching.rows import Collator
from lensmith.families.encoded import Encoded
from lensmith.training.faults import TRAINING_MEMORY, is_out_of_memory, no_memory, tell_lost_pictures

ITEMS = "items"

T = TypeVar("T")


class StepCollator:
    """Makes a batch and lays its examples beside it; picklable.

    Args:
        collate: makes the tensors.
    """

    def __init__(self, collate: Collator) -> None:
        self.collate = collate

    def __call__(self, items: Sequence[Encoded]) -> dict[str, Any]:
        """The collator's batch, and the examples as `items`.

        Raises:
            RunError: a picture cannot be read any more.
        """
        with tell_lost_pictures():
            return {**self.collate(items), ITEMS: tuple(items)}


def take_tensors(batch: Mapping[str, Any]) -> dict[str, Tensor]:
    """What the model reads of a batch."""
    return {name: value for name, value in batch.items() if name != ITEMS}


def cut(items: Sequence[Encoded]) -> tuple[Sequence[Encoded], Sequence[Encoded]]:
    """Two halves, questions on one picture side by side.

    Raises:
        RunError: there is but one example; it names the settings to change.
    """
    if len(items) < 2:
        only = items[0]
        found = f"not even example {only.example_id} fits by itself: {len(only)} tokens, "
        found += f"{only.n_image_tokens} of them for pictures"
        raise no_memory(found, f"{TRAINING_MEMORY}, or lower train.max_length")
    places = {item.images: at for at, item in reversed(list(enumerate(items)))}
    ordered = sorted(items, key=lambda item: places[item.images])
    middle = len(ordered) // 2
    return ordered[:middle], ordered[middle:]


def in_pieces(batch: Mapping[str, Any], collate: StepCollator, compute: Callable[[dict[str, Tensor]], T]) -> list[T]:
    """What `compute` answers for a batch: of the whole, or of such parts of it as fit the memory.

    Args:
        batch: with its examples.
        collate: makes a batch of a part.
        compute: reads a batch's tensors; keeps nothing where it fails.

    Raises:
        RunError: one example by itself does not fit.
    """
    try:
        return [compute(take_tensors(batch))]
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
    # outside the handler: the error holds what the failed attempt had allocated
    return [made for half in cut(batch[ITEMS]) for made in in_pieces(collate(half), collate, compute)]
