"""The data under examination, with what several kinds of finding need, worked out once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from lensmith.data.doctor.text import fold
from lensmith.data.fingerprints import Fingerprint
from lensmith.types import Example, ImageRef

if TYPE_CHECKING:
    from lensmith.data.doctor.likeness import Pair

Contents = tuple[bytes, ...]


class Entry(NamedTuple):
    """An example, and the row that it stands in."""

    example: Example
    where: str


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long examples are for one model.

    Attributes:
        tokens: of each training example, in order; None where it cannot be encoded.
        problems: why some cannot be.
        limit: the most tokens that an example may have.
        reason: where that limit is written.
    """

    tokens: Sequence[int | None]
    problems: Mapping[int, str]
    limit: int
    reason: str


# Pairs of pictures that look alike, among those of the first list, or between the first and the second.
Compare = Callable[[Sequence[Fingerprint], Sequence[Fingerprint] | None], "list[Pair]"]


@dataclass(frozen=True)
class Case:
    """All that is examined together.

    Attributes:
        train: what a model would learn from.
        held_out: what it would be measured on; empty where nothing was named.
        pictures: of both, decoded.
        compare: finds pictures that look alike.
        lengths: None where no recipe says which model counts.
    """

    train: tuple[Entry, ...]
    held_out: tuple[Entry, ...]
    pictures: Mapping[ImageRef, Fingerprint]
    compare: Compare
    lengths: Lengths | None = None

    def contents(self, example: Example) -> Contents:
        """What its pictures show: the same for copies of a file."""
        return tuple(self.pictures[image].content for image in example.images)

    @cached_property
    def asked(self) -> dict[tuple[Contents, tuple[str, ...]], list[int]]:
        """Training examples that ask the same, by their places: the same pictures, and all questions alike."""
        groups: dict[tuple[Contents, tuple[str, ...]], list[int]] = defaultdict(list)
        for place, entry in enumerate(self.train):
            questions = tuple(fold(turn.question) for turn in entry.example.turns)
            groups[self.contents(entry.example), questions].append(place)
        return dict(groups)

    @cached_property
    def answers(self) -> Counter[str]:
        """How often each answer is taught, as it is written."""
        return Counter(turn.answers[0] for entry in self.train for turn in entry.example.turns if turn.answers)

    @cached_property
    def shown(self) -> dict[bytes, ImageRef]:
        """Each content of the training pictures, and the first picture that shows it."""
        return self._first_shown(self.train)

    @cached_property
    def shown_held_out(self) -> dict[bytes, ImageRef]:
        """As `shown`, of the held-out pictures."""
        return self._first_shown(self.held_out)

    @cached_property
    def uses(self) -> dict[bytes, list[int]]:
        """For each content, the training examples that show it."""
        return self._uses(self.train)

    @cached_property
    def uses_held_out(self) -> dict[bytes, list[int]]:
        """For each content, the held-out examples that show it."""
        return self._uses(self.held_out)

    @cached_property
    def alike(self) -> "list[tuple[bytes, bytes, float]]":
        """Contents of two training pictures that look alike, and how much, most alike first."""
        if len(self.shown) < 2:
            return []
        prints = [self.pictures[image] for image in self.shown.values()]
        pairs = self.compare(prints, None)
        return [(prints[pair.one].content, prints[pair.other].content, pair.likeness) for pair in pairs]

    @cached_property
    def alike_held_out(self) -> "list[tuple[bytes, bytes, float]]":
        """Contents of a training and a held-out picture that look alike and are not the same file."""
        if not (self.shown and self.shown_held_out):
            return []
        ours = [self.pictures[image] for image in self.shown.values()]
        theirs = [self.pictures[image] for image in self.shown_held_out.values()]
        pairs = self.compare(ours, theirs)
        named = [(ours[pair.one].content, theirs[pair.other].content, pair.likeness) for pair in pairs]
        return [found for found in named if found[0] != found[1]]

    def where(self, content: bytes) -> str:
        """The first row that shows a picture: of the training examples, else of the held-out ones."""
        if content in self.uses:
            return self.train[self.uses[content][0]].where
        return self.held_out[self.uses_held_out[content][0]].where

    def _first_shown(self, entries: Sequence[Entry]) -> dict[bytes, ImageRef]:
        shown: dict[bytes, ImageRef] = {}
        for entry in entries:
            for image in entry.example.images:
                shown.setdefault(self.pictures[image].content, image)
        return shown

    def _uses(self, entries: Sequence[Entry]) -> dict[bytes, list[int]]:
        uses: dict[bytes, list[int]] = defaultdict(list)
        for place, entry in enumerate(entries):
            for content in set(self.contents(entry.example)):
                uses[content].append(place)
        return dict(uses)
