"""The order in which questions are met: shuffled, with questions on one picture kept together as far as asked."""

from collections.abc import Iterator, Sequence

import numpy as np
from torch.utils.data import Sampler

from lensmith.families.encoded import Encoded


class PictureSampler(Sampler[int]):
    """Yields every example once an epoch; the same seed and epoch give the same order.

    Args:
        items: the training examples.
        together: how many questions on one picture follow each other at most; 1 shuffles questions freely.
        seed: of the shuffling.
    """

    def __init__(self, items: Sequence[Encoded], together: int, seed: int) -> None:
        pictures: dict[object, list[int]] = {}
        for at, item in enumerate(items):
            pictures.setdefault(item.images or at, []).append(at)
        self.pictures = list(pictures.values())
        self.count = len(items)
        self.together = together
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch whose order is yielded next."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        chance = np.random.default_rng([self.seed, self.epoch])
        chunks: list[list[int]] = []
        for questions in self.pictures:
            mixed = chance.permutation(questions).tolist()
            chunks += [mixed[start : start + self.together] for start in range(0, len(mixed), self.together)]
        for at in chance.permutation(len(chunks)):
            yield from chunks[at]
