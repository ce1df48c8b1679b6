"""Slices: which predictions belong together because the data say so in a column."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from lensmith.errors import DataError, Problem, suggest


class HasMetadata(Protocol):
    """An example or a prediction."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The data's own columns."""
        ...


def slice_value(row: HasMetadata, column: str) -> str:
    """What the data say in a column, as text; empty where they say nothing, which is in no slice."""
    value = row.metadata.get(column)
    return "" if value is None else str(value)


def group_places(names: Iterable[str]) -> list[tuple[str, tuple[int, ...]]]:
    """Each name that is not empty with the places that have it, largest first.

    >>> group_places(["wet", "", "dark", "wet"])
    [('wet', (0, 3)), ('dark', (2,))]
    """
    places: dict[str, list[int]] = {}
    for at, name in enumerate(names):
        if name:
            places.setdefault(name, []).append(at)
    return [(name, tuple(rows)) for name, rows in sorted(places.items(), key=lambda item: (-len(item[1]), item[0]))]


def check_slices(columns: Sequence[str], rows: Sequence[HasMetadata]) -> None:
    """Makes sure that there is something to slice by.

    Args:
        columns: of `evaluate.slices`.
        rows: those to be sliced; where there are none, nothing is said.

    Raises:
        DataError: no row says anything in a column; all such columns together.
    """
    silent = [name for name in columns if rows and not any(slice_value(row, name) for row in rows)]
    if silent:
        known = sorted({name for row in rows for name in row.metadata})
        found = "no test example has a value in the column `{}`"
        raise DataError(
            [
                Problem("data/unknown-column", "evaluate.slices", found.format(name), fix=suggest(name, known))
                for name in silent
            ]
        )
