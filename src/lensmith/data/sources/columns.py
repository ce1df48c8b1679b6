"""Which column of a file plays which part of an example. The only place that reads `SourceSection.columns`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lensmith.errors import DataError, Problem, suggest

FIELDS = ("image", "images", "question", "answer", "answers", "conversation", "turns", "id", "group")

# Naming a column for one of a pair means the other one's usual column is not meant.
_RIVALS = {"image": "images", "images": "image", "answer": "answers", "answers": "answer"}


@dataclass(frozen=True, slots=True)
class Roles:
    """Field of an example to the columns that may hold it, the first that has a value counts.

    Attributes:
        columns: only fields that the format takes from a column.
        named: the fields whose column the user named.
    """

    columns: Mapping[str, tuple[str, ...]]
    named: frozenset[str] = frozenset()

    def take(self, record: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """A record's values by field, and all its other columns untouched. A null counts as not there.

        >>> Roles({"question": ("question",), "image": ("image_path", "image")}).take(
        ...     {"question": "Where?", "image": "a.png", "year": 1999})
        ({'question': 'Where?', 'image': 'a.png'}, {'year': 1999})
        """
        rest = dict(record)
        values = {}
        for field, names in self.columns.items():
            for name in names:
                value = rest.pop(name, None)
                if value is not None:
                    values[field] = value
                    break
        return values, rest

    def matched(self, present: Iterable[str]) -> dict[str, str]:
        """Field to the first of its columns that is present."""
        there = set(present)
        found = {field: [name for name in names if name in there] for field, names in self.columns.items()}
        return {field: names[0] for field, names in found.items() if names}


def resolve_roles(
    mapping: Mapping[str, str], usual: Mapping[str, tuple[str, ...]], present: Iterable[str], where: str
) -> Roles:
    """The user's mapping laid over a format's usual columns.

    Args:
        mapping: field to column, from the user.
        usual: the fields this format takes from columns, and the columns it expects them in.
        present: the columns that exist.
        where: the file, for messages.

    Raises:
        DataError: with one problem for each field that does not exist and each column that is not there.
    """
    columns = list(present)
    problems = [
        *(_unknown_field(field, usual, where) for field in mapping if field not in usual),
        *(
            _unknown_column(field, column, columns, where)
            for field, column in mapping.items()
            if field in usual and column not in columns
        ),
    ]
    if problems:
        raise DataError(problems)
    unmeant = {_RIVALS[field] for field in mapping if field in _RIVALS} - set(mapping)
    taken = set(mapping.values())
    roles = {
        field: (mapping[field],) if field in mapping else tuple(name for name in names if name not in taken)
        for field, names in usual.items()
        if field not in unmeant
    }
    return Roles(roles, frozenset(mapping))


def require(roles: Roles, fields: tuple[str, ...], present: Iterable[str], where: str, *, instead: str = "") -> None:
    """Makes sure that at least one of `fields` has a column; `instead` says what else would do.

    Raises:
        DataError: none has; lists the columns that exist.
    """
    columns = list(present)
    if any(field in roles.matched(columns) for field in fields):
        return
    wanted = " or ".join(f"`{name}`" for field in fields for name in roles.columns.get(field, ()))
    raise DataError(
        Problem(
            f"data/no-{fields[0]}-column",
            where,
            f"no column {wanted}",
            consequence=f"no row has {'an' if fields[0][0] in 'aeiou' else 'a'} {fields[0]}",
            fix=f"name the column: columns {fields[0]}=…; {suggest(fields[0], columns)}{instead}",
        )
    )


def _unknown_field(field: str, usual: Mapping[str, tuple[str, ...]], where: str) -> Problem:
    found = (
        f"this format does not take `{field}` from a column"
        if field in FIELDS
        else f"an example has no part called `{field}`"
    )
    return Problem("data/unknown-field", where, found, fix=suggest(field, usual))


def _unknown_column(field: str, column: str, present: list[str], where: str) -> Problem:
    return Problem(
        "data/unknown-column",
        where,
        f"there is no column `{column}`, which is named for `{field}`",
        fix=suggest(column, present),
    )
