"""A control: the same questions with other pictures. What a model still learns then, it did not learn by looking."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from lensmith.types import Example, ImageRef


def shuffle_pictures(examples: Sequence[Example], seed: int) -> list[Example]:
    """Gives all questions about a picture to another picture of the same examples; order and answers stay.

    Questions on one picture stay on one picture. Examples with several pictures trade with such as have as many;
    where there is only one picture to be had, it stays.

    Args:
        examples: of one part, so that no part shows another's pictures.
        seed: decides who gets whose.
    """
    by_count: dict[int, list[tuple[ImageRef, ...]]] = defaultdict(list)
    for images in dict.fromkeys(example.images for example in examples):
        by_count[len(images)].append(images)
    random = Random(f"{seed} shuffled pictures")
    instead: dict[tuple[ImageRef, ...], tuple[ImageRef, ...]] = {}
    for group in by_count.values():
        random.shuffle(group)
        instead |= zip(group, [*group[1:], *group[:1]], strict=True)  # around the circle: nobody keeps their own
    return [replace(example, images=instead[example.images]) for example in examples]
