"""How large each part of the data is, and how its questions spread over its pictures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lensmith.data.dataset import Data
from lensmith.types import Example, ImageRef


@dataclass(frozen=True, slots=True)
class PartSize:
    """One part of the data.

    Attributes:
        examples: in it.
        pictures: distinct ones.
        questions: over all turns.
        questions_per_picture: mean over the pictures; 0 where there is none.
        most_questions: on one picture.
    """

    examples: int
    pictures: int
    questions: int
    questions_per_picture: float
    most_questions: int


def measure_parts(data: Data) -> dict[str, PartSize]:
    """The size of train, validation and test."""
    return {"train": measure(data.train), "validation": measure(data.validation), "test": measure(data.test)}


def measure(examples: Sequence[Example]) -> PartSize:
    """Counts examples, pictures and questions; a question on two pictures counts for each of them."""
    asked: Counter[ImageRef] = Counter()
    for example in examples:
        for image in set(example.images):
            asked[image] += len(example.turns)
    return PartSize(
        examples=len(examples),
        pictures=len(asked),
        questions=sum(len(example.turns) for example in examples),
        questions_per_picture=round(asked.total() / len(asked), 2) if asked else 0.0,
        most_questions=max(asked.values(), default=0),
    )
