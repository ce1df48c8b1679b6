"""Rows of several sources as one list of examples, in which every id is used once and a name means one picture."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.data.check import Progress, silent
from lensmith.data.report import Tally
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.contract import Request, Row, refuse_settings
from lensmith.errors import LensmithError, Problem
from lensmith.types import Example, ImageRef

_REPORT_EVERY = 1000


@dataclass(slots=True)
class Names:
    """Makes a name mean one picture, over all the sources of a run.

    Folders of two sources may both hold a `1.png`. The second gets the name `1.png~2`: batches are built by name,
    and must not show one picture for the other.
    """

    _by_name: dict[str, ImageRef] = field(default_factory=dict)
    _by_image: dict[ImageRef, ImageRef] = field(default_factory=dict)

    def unique(self, image: ImageRef) -> ImageRef:
        """The reference to use for this picture, the same one every time."""
        known = self._by_image.get(image)
        if known is None:
            known = _renamed(image, _free(image.name, self._by_name))
            self._by_name[known.name] = self._by_image[image] = known
        return known


@dataclass(slots=True)
class Reading:
    """Reads sources one after the other, keeping count.

    Attributes:
        names: shared by all parts of a run.
        tally: shared by all parts of a run.
        first_seen: for each picture, the row that names it first.
        places: for each example of the latest `read`, by id, the row that it stands in.
        sources: for each example of the latest `read`, by id, the place of its section among those read.
        failed: what kept a whole source from being read.
    """

    answers_required: bool = True
    on_progress: Progress = silent
    names: Names = field(default_factory=Names)
    tally: Tally = field(default_factory=Tally)
    first_seen: dict[ImageRef, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    failed: list[Problem] = field(default_factory=list)

    def read(self, sections: Sequence[SourceSection]) -> list[Example]:
        """All examples of `sections`, in order. What spoils a whole section goes to `failed`, and the next is read."""
        examples: list[Example] = []
        self.places, self.sources = {}, {}
        for at, section in enumerate(sections):
            try:
                for row in self._rows(section):
                    examples.extend(self._accept(example, row) for example in row.examples)
            except LensmithError as error:
                self.failed.extend(error.problems)
            self.sources |= {example.id: at for example in examples[len(self.sources) :]}
        return examples

    def _rows(self, section: SourceSection) -> Iterator[Row]:
        read = 0
        stage = f"reading {Path(section.path).name}"
        for row in read_rows(section, answers_required=self.answers_required):
            self.tally.note(row.notes)
            if row.problems:
                self.tally.leave_out_row(row.problems)
            if row.is_record:
                read += 1
                self.tally.rows += 1
                if read % _REPORT_EVERY == 0:
                    self.on_progress(stage, read, None)
            yield row
        self.on_progress(stage, read, read)

    def _accept(self, example: Example, row: Row) -> Example:
        changes: dict[str, Any] = {}
        if example.id in self.places:
            changes["id"] = _free(example.id, self.places)
            found = f"the id {example.id!r} was used before; this one is {changes['id']!r}"
            self.tally.note([Problem("data/duplicate-id", row.where, found, fix="give every row an id of its own")])
        images = tuple(self.names.unique(image) for image in example.images)
        if any(new.name != old.name for new, old in zip(images, example.images, strict=True)):
            changes["images"] = images
            if example.group == example.images[0].name:
                changes["group"] = images[0].name
        for image in images:
            self.first_seen.setdefault(image, row.where)
        accepted = replace(example, **changes) if changes else example
        self.places[accepted.id] = row.where
        return accepted


def read_rows(section: SourceSection, *, answers_required: bool = True) -> Iterator[Row]:
    """The rows of one section in its format, at most `section.limit` records.

    Raises:
        DataError: the source as a whole cannot be read.
        UnknownNameError: there is no such format.
    """
    name = recognise(section.path)[0] if section.format == "auto" else section.format
    refuse_settings(section, SOURCES[name])
    records = 0
    for row in SOURCES[name].read(Request(section, answers_required)):
        if row.is_record:
            if records == section.limit:
                return
            records += 1
        yield row


def _free(name: str, taken: Container[str]) -> str:
    number, free = 2, name
    while free in taken:
        free = f"{name}~{number}"
        number += 1
    return free


def _renamed(image: ImageRef, name: str) -> ImageRef:
    # Sources promise dataclasses with a field `name`; the protocol alone cannot say so.
    return image if image.name == name else replace(image, name=name)  # type: ignore[type-var]
