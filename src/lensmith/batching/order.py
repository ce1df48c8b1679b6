"""The order in which questions are met: shuffled, with questions on one picture kept together as far as asked.

Axis: I training examples.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

from lensmith.data.mixture import Mixture, count_rounds
from lensmith.families.encoded import Encoded


@dataclass(frozen=True, slots=True, eq=False)
class Circle:
    """The examples of one source as epochs go around them.

    Attributes:
        places: of the examples; those on one picture lie side by side.
        rounds: how often an epoch meets each of them.
        extra: how many an epoch meets once more, going on where the last one ended.
    """

    places: NDArray[np.int64]
    rounds: int
    extra: int

    def meet(self, epoch: int, times_I: NDArray[np.int64]) -> None:
        """Adds to `times_I` how often this epoch meets each example."""
        times_I[self.places] += self.rounds
        start = epoch * self.extra
        times_I[self.places[np.arange(start, start + self.extra) % max(1, len(self.places))]] += 1


class PictureSampler(Sampler[int]):
    """Yields an epoch's examples, each as often as its source's weight says; the same seed and epoch, the same order.

    Args:
        items: the training examples.
        together: how many questions on one picture follow each other at most; 1 shuffles questions freely.
        seed: of the shuffling.
        mixture: the sources and their weights; None: an epoch meets every example once.
    """

    def __init__(self, items: Sequence[Encoded], together: int, seed: int, mixture: Mixture | None = None) -> None:
        pictures: dict[object, list[int]] = {}
        for at, item in enumerate(items):
            pictures.setdefault(item.images or at, []).append(at)
        self.pictures = list(pictures.values())
        ids = [item.example_id for item in items]
        blocks = (
            [(block.weight, block.places) for block in mixture.blocks(ids)] if mixture else [(1.0, [*range(len(ids))])]
        )
        picture_of = {at: index for index, questions in enumerate(self.pictures) for at in questions}
        self.picture_I = np.asarray([picture_of[at] for at in range(len(ids))], dtype=np.int64)
        self.circles = [self._lay_circle(*block, (seed, at)) for at, block in enumerate(blocks)]
        self.size = len(items)
        self.together = together
        self.seed = seed
        self.epoch = 0

    def _lay_circle(self, weight: float, places: Sequence[int], seed: tuple[int, int]) -> Circle:
        # a third number: numpy reads [seed, epoch] and [seed, epoch, 0] as the same seed
        chance, own = np.random.default_rng([*seed, 1]), np.asarray(places, dtype=np.int64)
        rank = np.argsort(chance.permutation(len(self.pictures)))
        return Circle(own[np.lexsort((own, rank[self.picture_I[own]]))], *count_rounds(weight, len(places)))

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch whose order is yielded next."""
        self.epoch = epoch

    def __len__(self) -> int:
        return sum(len(circle.places) * circle.rounds + circle.extra for circle in self.circles)

    def __iter__(self) -> Iterator[int]:
        chance = np.random.default_rng([self.seed, self.epoch])
        times_I = np.zeros(self.size, dtype=np.int64)
        for circle in self.circles:
            circle.meet(self.epoch, times_I)
        chunks: list[list[int]] = []
        for already in range(times_I.max(initial=0)):
            for questions in self.pictures:
                met = [at for at in questions if times_I[at] > already]
                if met:
                    mixed = chance.permutation(met).tolist()
                    chunks += [mixed[start : start + self.together] for start in range(0, len(mixed), self.together)]
        for at in chance.permutation(len(chunks)):
            yield from chunks[at]
