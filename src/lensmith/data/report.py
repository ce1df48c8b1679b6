"""What reading the data found: how many of everything, and every problem with its place."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lensmith.data.mixture import SourceCount
from lensmith.errors import Problem
from lensmith.types import Example, ImageRef

# Notes cost no example; after so many of one kind the count says the rest.
NOTES_LISTED = 20


@dataclass(frozen=True, slots=True)
class DataReport:
    """Counts and problems of what was read. The counts add up:

    rows = rows that became examples + rows left out; every example is kept, or left out for a picture.

    Attributes:
        fingerprint: changes when any id, question, answer, picture name or picture size that was kept changes;
            the same on every machine.
        rows: records read.
        rows_left_out: by problem code; a row with several problems counts under its first.
        examples_left_out: for a picture that cannot be used, by problem code.
        examples: kept, by part.
        without_picture: kept examples that have none.
        pictures: distinct ones in the kept examples.
        problems: everything that cost a row or an example, in the order of the data.
        noted: how often each thing occurred that costs nothing.
        notes: the first ones of each kind.
        sources: what each source of the training part gives to it; empty where the data were not divided into parts.
    """

    fingerprint: str
    rows: int
    rows_left_out: Mapping[str, int]
    examples_left_out: Mapping[str, int]
    examples: Mapping[str, int]
    without_picture: int
    pictures: int
    problems: tuple[Problem, ...]
    noted: Mapping[str, int]
    notes: tuple[Problem, ...]
    sources: tuple[SourceCount, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The report as plain JSON values."""
        return {
            **{name: getattr(self, name) for name in ("fingerprint", "rows", "without_picture", "pictures")},
            "rows_left_out": dict(self.rows_left_out),
            "examples_left_out": dict(self.examples_left_out),
            "examples": dict(self.examples),
            "sources": [asdict(source) for source in self.sources],
            "problems": [asdict(problem) for problem in self.problems],
            "noted": dict(self.noted),
            "notes": [asdict(problem) for problem in self.notes],
        }


@dataclass(slots=True)
class Tally:
    """Counts while the data is read."""

    rows: int = 0
    rows_left_out: Counter[str] = field(default_factory=Counter)
    examples_left_out: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    noted: Counter[str] = field(default_factory=Counter)
    notes: list[Problem] = field(default_factory=list)

    def leave_out_row(self, problems: Sequence[Problem]) -> None:
        """Counts a row that gives no example, and keeps all that is wrong with it."""
        self.rows_left_out[problems[0].code] += 1
        self.problems.extend(problems)

    def leave_out_examples(self, problem: Problem, count: int) -> None:
        """Counts the examples that one picture costs."""
        self.examples_left_out[problem.code] += count
        self.problems.append(problem)

    def note(self, notes: Iterable[Problem]) -> None:
        """Counts what costs nothing, and keeps the first of each kind."""
        for problem in notes:
            self.noted[problem.code] += 1
            if self.noted[problem.code] <= NOTES_LISTED:
                self.notes.append(problem)

    def report(
        self,
        parts: Mapping[str, Sequence[Example]],
        sizes_bytes: Mapping[ImageRef, int],
        sources: Sequence[SourceCount] = (),
    ) -> DataReport:
        """The finished report on what was kept."""
        kept = [example for examples in parts.values() for example in examples]
        return DataReport(
            fingerprint=fingerprint(parts, sizes_bytes),
            rows=self.rows,
            rows_left_out=dict(self.rows_left_out),
            examples_left_out=dict(self.examples_left_out),
            examples={part: len(examples) for part, examples in parts.items()},
            without_picture=sum(not example.images for example in kept),
            pictures=len({image for example in kept for image in example.images}),
            problems=tuple(self.problems),
            noted=dict(self.noted),
            notes=tuple(self.notes),
            sources=tuple(sources),
        )


def fingerprint(parts: Mapping[str, Sequence[Example]], sizes_bytes: Mapping[ImageRef, int]) -> str:
    """SHA-256 over part, id, questions, answers, picture names and their sizes in bytes, in order."""
    digest = hashlib.sha256()
    for part, examples in parts.items():
        for example in examples:
            turns = [[turn.question, *turn.answers] for turn in example.turns]
            images = [[image.name, sizes_bytes.get(image, -1)] for image in example.images]
            digest.update(json.dumps([part, example.id, turns, images]).encode())
    return digest.hexdigest()
