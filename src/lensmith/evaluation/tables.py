"""Rows of a text file made anywhere: JSON lines, a JSON list, CSV or TSV, each row with its place."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.data.sources.rows import Record, no_such_path, read_records
from lensmith.errors import DataError, Problem


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table.

    Attributes:
        number: counted from 1 over all rows of the file, unusable ones included, blank lines not.
        where: file and line, or file and place in the list.
        cells: column to value.
    """

    number: int
    where: str
    cells: dict[str, Any]


def read_table(path: Path) -> Iterator[TableRow | Problem]:
    """The rows of a file in order, with a problem in the place of each that could not be read.

    `.csv` and `.tsv` files are tables with a header line; all others are JSON lines or a JSON list of objects.

    Raises:
        DataError: the file cannot be read at all, or is none of these.
    """
    if not path.exists():
        raise DataError(no_such_path(str(path)))
    if path.suffix.lower() in (".csv", ".tsv"):
        yield from _csv_rows(path)
        return
    number = 0
    for record in read_records(path):
        if isinstance(record, Record):
            number += 1
            yield TableRow(number, record.where, record.value)
        elif record.problems:
            number += 1
            yield from record.problems


def _csv_rows(path: Path) -> Iterator[TableRow | Problem]:
    """Rows under the header line; a CSV's delimiter is the one of `,` `;` tab that the header has most of."""
    text = _read_text(path)
    header_line = text.split("\n", 1)[0]
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = _next_cells(reader)
    if isinstance(header, csv.Error):
        raise _unreadable(str(path), f"the header line cannot be read: {header}", "mend its quotes")
    repeated = sorted({name for name in header or () if header and header.count(name) > 1})
    if repeated:
        raise _unreadable(str(path), f"several columns have one name: {', '.join(repeated)}", "give each its own name")
    number = 0
    while header:
        where = f"{path}:{reader.line_num + 1}"
        cells = _next_cells(reader)
        if cells is None:
            return
        if cells == []:
            continue
        number += 1
        if isinstance(cells, csv.Error):
            yield _bad_row(where, f"cannot be read as a row: {cells}")
        elif len(cells) != len(header):
            yield _bad_row(where, f"has {len(cells)} cells under {len(header)} columns")
        else:
            yield TableRow(number, where, dict(zip(header, cells, strict=True)))


def _read_text(path: Path) -> str:
    """The file's text, without a byte-order mark."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(str(path), f"cannot be read: {error.strerror or error}", "check the file") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unreadable(f"{path}:{line}", "is not UTF-8 text", "save the file as UTF-8") from error


def _next_cells(reader: Iterator[list[str]]) -> list[str] | csv.Error | None:
    """The next row's cells, what is wrong with it, or None at the end."""
    try:
        return next(reader, None)
    except csv.Error as error:
        return error


def _bad_row(where: str, found: str) -> Problem:
    return Problem("predictions/row", where, found, consequence="this row is left out", fix="correct the row")


def _unreadable(where: str, found: str, fix: str) -> DataError:
    return DataError(Problem("predictions/unreadable", where, found, fix=fix))
