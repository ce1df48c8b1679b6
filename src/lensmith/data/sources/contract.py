"""What a file format must be able to do. One format is one file beside this one and one line in `SOURCES`.

A source turns records into `Row`s, one after the other, so that a file of any size streams. A record that cannot
be used becomes a row of problems and never stops the ones after it; only what spoils a whole source (no such
file, no such column, no such split) is raised as a `DataError`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

from lensmith.config.sections import SourceSection
from lensmith.data.sources.columns import Roles
from lensmith.errors import DataError, Problem
from lensmith.types import Example


class Detection(NamedTuple):
    """How sure a source is that a path is in its format, and why or why not.

    Attributes:
        sure: 0.0 is no, 1.0 is certain. 0.9 means that the format's own marks were found, 0.3 that the file
            could be read this way if columns are named.
        reason: ends the sentence "it is not/it is this format because …".
    """

    sure: float
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a source is asked to read.

    Attributes:
        section: the path, and how the user wants it read. `limit` is not the source's concern.
        answers_required: False lets examples through that have no answer (asking a model about unlabelled data).
    """

    section: SourceSection
    answers_required: bool = True


# Settings of a section that only some formats know. Such a format names its own in an attribute `settings`.
_SPECIAL = ("config", "question", "ask", "negatives", "classes", "wording")


def refuse_settings(section: SourceSection, source: "Source") -> None:
    """Makes sure that the format knows what it is told, so that no setting goes unheard.

    Raises:
        DataError: with one problem for each setting that it does not know.
    """
    unknown = [name for name in _SPECIAL if name not in getattr(source, "settings", ())]
    problems = [
        Problem(
            "data/unused-setting",
            section.path,
            f"`{name}` is set, which the format {source.name} does not use",
            fix=f"leave `{name}` out, or name another format",
        )
        for name in unknown
        if getattr(section, name) != SourceSection.model_fields[name].get_default(call_default_factory=True)
    ]
    if problems:
        raise DataError(problems)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns a source holds, and which of them plays which part."""

    columns: tuple[str, ...]
    roles: Roles


@dataclass(frozen=True, slots=True)
class Row:
    """What one record became: examples, or the problems that left it out; never both. Notes alone are no record.

    Attributes:
        where: the file and row, as a person would look it up.
        examples: usually one; a conversation may give several.
        problems: why there is no example.
        notes: what a person may want to know though nothing was lost.
    """

    where: str
    examples: tuple[Example, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()

    @property
    def is_record(self) -> bool:
        """False for a row that only carries notes, such as a blank line."""
        return bool(self.examples or self.problems)


@dataclass(slots=True)
class Place:
    """Where a record stands, and all that is found about it while it is read."""

    where: str
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def reject(self, code: str, found: str, *, expected: str = "", fix: str = "") -> None:
        """Records a reason for which this record is left out."""
        self.problems.append(Problem(code, self.where, found, expected, "this row is left out", fix))

    def note(self, code: str, found: str, *, fix: str = "") -> None:
        """Records something worth knowing that costs no example."""
        self.notes.append(Problem(code, self.where, found, fix=fix))

    def row(self, *examples: Example) -> Row:
        """The finished row: `examples`, unless something was rejected."""
        return Row(self.where, () if self.problems else examples, tuple(self.problems), tuple(self.notes))


@runtime_checkable
class Source(Protocol):
    """One format. Stateless, so that one instance serves everywhere.

    Every `ImageRef` that a source yields is a frozen dataclass with a field `name` that takes no part in equality:
    two references are equal exactly when they are the same picture. An attribute `reads_its_path_only` that is true
    promises that nothing but what lies at the path, and pictures, is read; a check of it is then remembered.
    """

    name: str
    describe: str

    def detect(self, path: str) -> Detection:
        """Whether `path` is in this format, from its beginning only. Never raises for a path that is not."""
        ...

    def splits(self, path: str) -> tuple[str, ...]:
        """The names that `split` may have for this path; empty where it holds one undivided set."""
        ...

    def layout(self, request: Request) -> Layout:
        """The columns, from the beginning of the data, and the part each plays.

        Raises:
            DataError: the source as a whole cannot be read, or a column that the user named is not there.
        """
        ...

    def read(self, request: Request) -> Iterator[Row]:
        """All records in order, one `Row` each; the same rows with the same ids every time.

        Raises:
            DataError: as `layout`.
        """
        ...


@runtime_checkable
class Configured(Protocol):
    """A source whose path may hold several configs, each with splits of its own."""

    def config_splits(self, path: str, config: str | None) -> tuple[str, ...]:
        """The names that `split` may have in one config.

        Raises:
            DataError: there is no such config, or there are several and none was named; names those that exist.
        """
        ...


def splits_of_section(source: Source, section: SourceSection) -> tuple[str, ...]:
    """The names that `split` may have for a section; empty where it holds one undivided set.

    Raises:
        DataError: the source cannot be read, or has no such config.
    """
    if isinstance(source, Configured):
        return source.config_splits(section.path, section.config)
    return source.splits(section.path)
