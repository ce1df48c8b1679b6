"""Which questions a process meets, and when: a recipe's step is the same one, however many processes share it.

An optimiser step is `train.batch_size × train.accumulate` questions, whoever computes them. It is dealt in rounds: in
each, every process takes its part of the next questions, at most `train.batch_size`. All processes have as many rounds,
because they add up their gradients together; one for which nothing is left sees a question it learns nothing from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from torch.utils.data import Sampler

from lensmith.batching.order import PictureSampler
from lensmith.families.encoded import Encoded
from lensmith.ranks import count_ranks, own_rank


def count_passes(batches: int, ranks: int) -> int:
    """How often each process computes, where a step has this many whole batches.

    >>> count_passes(4, 1), count_passes(4, 2), count_passes(3, 2), count_passes(1, 8)
    (4, 2, 2, 1)
    """
    return -(-batches // ranks)


def deal(places: Sequence[int], size: int, rank: int, ranks: int) -> list[list[int]]:
    """The rounds of one process.

    Args:
        places: of the questions of one step, in order.
        size: what a process takes at once, at most.
        rank: of the process.
        ranks: processes.

    Returns:
        places; where a process has none, the inverted (`~`) place of a question that it sees and does not learn from.

    >>> deal([0, 1, 2, 3, 4, 5, 6], 2, 0, 2), deal([0, 1, 2, 3, 4, 5, 6], 2, 1, 2)
    ([[0, 1], [4, 5]], [[2, 3], [6]])
    >>> deal([7], 2, 0, 2), deal([7], 2, 1, 2)
    ([[7]], [[-8]])
    """
    rounds = [places[start : start + size * ranks] for start in range(0, len(places), size * ranks)]
    shares = [list(each[-(-len(each) * rank // ranks) : -(-len(each) * (rank + 1) // ranks)]) for each in rounds]
    return [share or [~each[0]] for share, each in zip(shares, rounds, strict=True)]


def take(items: Sequence[Encoded], at: int) -> Encoded:
    """The example at a place, or at an inverted place the same with nothing to learn."""
    if at >= 0:
        return items[at]
    seen = items[~at]
    return replace(seen, weights_T=np.zeros_like(seen.weights_T))


class StepBatches(Sampler[list[int]]):
    """Yields this process's batches of an epoch, step by step.

    Args:
        order: of all questions; the same in every process.
        size: questions that a process puts through the model at once, at most.
        accumulate: times as many make a step.
    """

    def __init__(self, order: PictureSampler, size: int, accumulate: int) -> None:
        self.order = order
        self.size = size
        self.questions = size * accumulate
        self.rank, self.ranks = own_rank(), count_ranks()

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch whose batches are yielded next."""
        self.order.set_epoch(epoch)

    def __len__(self) -> int:
        whole, left = divmod(len(self.order), self.questions)
        rounds = self.size * self.ranks
        return whole * count_passes(self.questions, rounds) + count_passes(left, rounds)

    def __iter__(self) -> Iterator[list[int]]:
        places = list(self.order)
        for start in range(0, len(places), self.questions):
            yield from deal(places[start : start + self.questions], self.size, self.rank, self.ranks)
