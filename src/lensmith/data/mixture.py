"""Mixtures: how often an epoch of training meets the examples of each source.

A source of weight w is met w times in an epoch, each of its examples once for every whole in w. For what is left
over, epochs take turns: with 0.5 the first meets one half of the examples, the second the other, the third the
first again. The same number of examples is met in every epoch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from lensmith.config.sections import SourceSection


@dataclass(frozen=True, slots=True)
class SourceCount:
    """What one source gives to training.

    Attributes:
        path: as the recipe names it.
        weight: of the source.
        examples: that are trained on.
        an_epoch: how many of an epoch's examples are this source's.
    """

    path: str
    weight: float
    examples: int
    an_epoch: int


@dataclass(frozen=True, slots=True)
class Mixture:
    """The sources that training learns from.

    Attributes:
        paths: of the sources.
        weights: of the sources.
        source_of: the place of each example's source, by the example's id.
    """

    paths: tuple[str, ...]
    weights: tuple[float, ...]
    source_of: Mapping[str, int]

    @classmethod
    def of(cls, sections: Sequence[SourceSection], source_of: Mapping[str, int]) -> "Mixture":
        """The mixture that these sections ask for."""
        return cls(
            tuple(section.path for section in sections), tuple(section.weight for section in sections), source_of
        )

    @property
    def is_even(self) -> bool:
        """True when an epoch meets every example once."""
        return set(self.weights) <= {1.0}

    def places(self, ids: Iterable[str]) -> list[list[int]]:
        """For each source, the places of its examples among `ids`."""
        places: list[list[int]] = [[] for _ in self.paths]
        for at, example_id in enumerate(ids):
            places[self.source_of[example_id]].append(at)
        return places

    def count(self, ids: Iterable[str]) -> tuple[SourceCount, ...]:
        """What each source gives to an epoch over the examples with these ids."""
        sizes = [len(places) for places in self.places(ids)]
        counts = []
        for path, weight, size in zip(self.paths, self.weights, sizes, strict=True):
            rounds, extra = count_rounds(weight, size)
            counts.append(SourceCount(path, weight, size, rounds * size + extra))
        return tuple(counts)


def count_rounds(weight: float, examples: int) -> tuple[int, int]:
    """How often an epoch meets each of a source's examples, and how many of them it meets once more.

    A source with examples gives at least one.

    >>> count_rounds(2.5, 10), count_rounds(1.0, 10), count_rounds(0.01, 10), count_rounds(0.5, 0)
    ((2, 5), (1, 0), (0, 1), (0, 0))
    """
    rounds = floor(weight)
    extra = floor((weight - rounds) * examples + 0.5)
    return rounds, extra if rounds or not examples else max(1, extra)
