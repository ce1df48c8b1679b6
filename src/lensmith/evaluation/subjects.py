"""Whom a question is about, whether that is to be learned or to be kept, and what it is called: columns of the data."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from lensmith.config.sections import EvaluateSection
from lensmith.errors import DataError, Problem, suggest
from lensmith.evaluation.slicing import HasMetadata, slice_value

TARGET = "target"
CONTROL = "control"
_SETTINGS = ("subject", "subject_group", "aliases")


@dataclass(frozen=True, slots=True)
class SubjectColumns:
    """Which columns say it; None where no column does.

    Attributes:
        subject: whom a question is about.
        subject_group: "target" is to be learned, "control" to be kept; other values are shown and not judged as either.
        aliases: a name, or a list of names.
    """

    subject: str
    subject_group: str | None
    aliases: str | None

    def subject_of(self, row: HasMetadata) -> str:
        """Whom the question is about; empty where the data do not say."""
        return slice_value(row, self.subject).strip()

    def group_of(self, row: HasMetadata) -> str:
        """The subject's group, in small letters; empty where the data do not say."""
        return slice_value(row, self.subject_group).strip().lower() if self.subject_group else ""

    def names_of(self, row: HasMetadata) -> list[str]:
        """All that the subject is called, the subject's own name first."""
        found: Any = row.metadata.get(self.aliases) if self.aliases else None
        listed = found if isinstance(found, list | tuple) else [] if found is None else [found]
        return [self.subject_of(row), *map(str, listed)]

    def to_json(self) -> dict[str, str | None]:
        """Role to column."""
        return asdict(self)


def find_subjects(section: EvaluateSection, rows: Sequence[HasMetadata]) -> SubjectColumns | None:
    """The columns that `section` names and these rows have; None: no row has a subject.

    Args:
        section: its `subject`, `subject_group` and `aliases`.
        rows: examples or predictions.
    """
    known = {name for row in rows for name, value in row.metadata.items() if value is not None}
    subject, group, aliases = (
        column if (column := getattr(section, setting)) in known else None for setting in _SETTINGS
    )
    columns = SubjectColumns(subject, group, aliases) if subject is not None else None
    return columns if columns and any(map(columns.subject_of, rows)) else None


def check_subjects(section: EvaluateSection, rows: Sequence[HasMetadata]) -> None:
    """Makes sure that the columns a recipe names, other than the usual ones, say something.

    Raises:
        DataError: no row has a value in one; all such columns together.
    """
    asked = {setting: getattr(section, setting) for setting in _SETTINGS}
    silent = {
        setting: column
        for setting, column in asked.items()
        if column not in (None, setting) and rows and not any(slice_value(row, column) for row in rows)
    }
    if silent:
        known = sorted({name for row in rows for name in row.metadata})
        found = "no test example has a value in the column `{}`"
        raise DataError(
            [
                Problem("data/unknown-column", f"evaluate.{setting}", found.format(name), fix=suggest(name, known))
                for setting, name in silent.items()
            ]
        )


def known_as(columns: SubjectColumns, rows: Iterable[HasMetadata]) -> dict[str, list[str]]:
    """Each subject with all its names, in the order in which they are met."""
    names: dict[str, dict[str, None]] = {}
    for row in rows:
        if subject := columns.subject_of(row):
            names.setdefault(subject, {}).update(dict.fromkeys(columns.names_of(row)))
    return {subject: list(each) for subject, each in names.items()}
