"""Mixtures: how often an epoch of training meets the examples of each source.

A source of weight w is met w times in an epoch, each of its examples once for every whole in w. For what is left
over, epochs take turns: with 0.5 the first meets one half of the examples, the second the other, the third the
first again. The same number of examples is met in every epoch.

Where classes are balanced, the examples of one class in one source are met so, by the product of both weights.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from lensmith.config.sections import SourceSection
from lensmith.data.balance import Balance, ClassCount


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
class Block:
    """Examples that an epoch meets equally often.

    Attributes:
        source: the place of their source.
        value: their class; None where they have none.
        weight: how often an epoch meets each.
        places: of the examples.
    """

    source: int
    value: str | None
    weight: float
    places: list[int]

    @property
    def an_epoch(self) -> int:
        """How many an epoch meets."""
        rounds, extra = count_rounds(self.weight, len(self.places))
        return rounds * len(self.places) + extra


@dataclass(frozen=True, slots=True)
class Mixture:
    """The sources that training learns from.

    Attributes:
        paths: of the sources.
        weights: of the sources.
        source_of: the place of each example's source, by the example's id.
        balance: classes that are met more or less often than that; None: there are none.
    """

    paths: tuple[str, ...]
    weights: tuple[float, ...]
    source_of: Mapping[str, int]
    balance: Balance | None = None

    @classmethod
    def of(cls, sections: Sequence[SourceSection], source_of: Mapping[str, int]) -> "Mixture":
        """The mixture that these sections ask for."""
        return cls(
            tuple(section.path for section in sections), tuple(section.weight for section in sections), source_of
        )

    @property
    def is_even(self) -> bool:
        """True when an epoch meets every example once."""
        return set(self.weights) <= {1.0} and self.balance is None

    def blocks(self, ids: Iterable[str]) -> list[Block]:
        """The examples that are met alike: those of each source, or of each class in it, empty ones included."""
        classes: list[str | None] = [None, *(self.balance.factors if self.balance else ())]
        blocks = {
            (source, value): Block(source, value, weight * self._factor(value), [])
            for source, weight in enumerate(self.weights)
            for value in classes
        }
        class_of = self.balance.class_of if self.balance else {}
        for at, example_id in enumerate(ids):
            blocks[self.source_of[example_id], class_of.get(example_id)].places.append(at)
        return list(blocks.values())

    def count(self, ids: Iterable[str]) -> tuple[SourceCount, ...]:
        """What each source gives to an epoch over the examples with these ids."""
        blocks = self.blocks(ids)
        counts = []
        for source, (path, weight) in enumerate(zip(self.paths, self.weights, strict=True)):
            own = [block for block in blocks if block.source == source]
            counts.append(SourceCount(path, weight, *_add_up(own)))
        return tuple(counts)

    def count_classes(self, ids: Iterable[str]) -> tuple[ClassCount, ...]:
        """What each class gives to an epoch over the examples with these ids; none where nothing is balanced."""
        if self.balance is None:
            return ()
        own: dict[str | None, list[Block]] = {}
        for block in self.blocks(ids):
            own.setdefault(block.value, []).append(block)
        return tuple(ClassCount(value, factor, *_add_up(own[value])) for value, factor in self.balance.factors.items())

    def _factor(self, value: str | None) -> float:
        return 1.0 if self.balance is None or value is None else self.balance.factors[value]


def _add_up(blocks: Iterable[Block]) -> tuple[int, int]:
    """Examples, and how many of them an epoch meets."""
    blocks = list(blocks)
    return sum(len(block.places) for block in blocks), sum(block.an_epoch for block in blocks)


def count_rounds(weight: float, examples: int) -> tuple[int, int]:
    """How often an epoch meets each of a source's examples, and how many of them it meets once more.

    A source with examples gives at least one.

    >>> count_rounds(2.5, 10), count_rounds(1.0, 10), count_rounds(0.01, 10), count_rounds(0.5, 0)
    ((2, 5), (1, 0), (0, 1), (0, 0))
    """
    rounds = floor(weight)
    extra = floor((weight - rounds) * examples + 0.5)
    return rounds, extra if rounds or not examples else max(1, extra)
