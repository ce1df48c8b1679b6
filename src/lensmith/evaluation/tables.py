"""Rows of a text file made anywhere: JSON lines, a JSON list, CSV or TSV, each row with its place."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.errors import DataError, Problem

ACCEPTED = "JSON lines, a JSON list of objects, CSV or TSV, in UTF-8"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        number: counted from 1 over all rows of the file, unusable ones included.
        where: file and line, or file and element of the list.
        cells: column to value.
    """

    number: int
    where: str
    cells: dict[str, Any]


def read_rows(path: Path) -> list[Row | Problem]:
    """The rows of a file in order, with a problem in the place of each that could not be read.

    Raises:
        DataError: the file cannot be read at all, or is none of the accepted kinds.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror or error}", "give a file that exists") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unreadable(f"{path}:{line}", "is not UTF-8 text", "save it as UTF-8") from error
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return list(_csv_rows(path, text, "\t" if suffix == ".tsv" else None))
    if text.lstrip().startswith("["):
        return list(_list_rows(path, text))
    if text.lstrip().startswith("{") or not text.strip():
        return list(_line_rows(path, text))
    raise _unreadable(path, "is none of the kinds of file that can be read", f"give {ACCEPTED}")


def _line_rows(path: Path, text: str) -> Iterator[Row | Problem]:
    """One JSON object a line; blank lines are not rows."""
    lines = [(at, line) for at, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if len(lines) > 1 and lines[0][1].strip() == "{":
        raise _unreadable(path, "is one JSON object over many lines", f"give {ACCEPTED}")
    for number, (at, line) in enumerate(lines, start=1):
        where = f"{path}:{at}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield _bad_row(where, f"is not JSON: {error}")
        else:
            yield _object_row(number, where, value)


def _list_rows(path: Path, text: str) -> Iterator[Row | Problem]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, f"is not JSON: {error}", f"give {ACCEPTED}") from error
    for number, value in enumerate(values, start=1):
        yield _object_row(number, f"{path}[{number - 1}]", value)


def _object_row(number: int, where: str, value: Any) -> Row | Problem:
    if isinstance(value, dict):
        return Row(number, where, value)
    return _bad_row(where, f"is a JSON {type(value).__name__}, not an object")


def _csv_rows(path: Path, text: str, delimiter: str | None) -> Iterator[Row | Problem]:
    """Rows under the header line; a CSV's delimiter is the one of `, ; tab` that the header has most of."""
    header_line = text.split("\n", 1)[0]
    delimiter = delimiter or max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = _next_cells(reader)
    if isinstance(header, csv.Error):
        raise _unreadable(path, f"has a header line that cannot be read: {header}", f"give {ACCEPTED}")
    repeated = sorted({name for name in header or [] if (header or []).count(name) > 1})
    if repeated:
        raise _unreadable(path, f"has columns of one name: {', '.join(repeated)}", "give each column its own name")
    number = 0
    while header:
        first_line = reader.line_num + 1
        cells = _next_cells(reader)
        if cells is None:
            return
        if cells == []:
            continue
        number += 1
        where = f"{path}:{first_line}"
        if isinstance(cells, csv.Error):
            yield _bad_row(where, f"cannot be read as a row: {cells}")
        elif len(cells) != len(header):
            yield _bad_row(where, f"has {len(cells)} cells under {len(header)} columns")
        else:
            yield Row(number, where, dict(zip(header, cells, strict=True)))


def _next_cells(reader: Iterator[list[str]]) -> list[str] | csv.Error | None:
    """The next row's cells, what is wrong with it, or None at the end."""
    try:
        return next(reader, None)
    except csv.Error as error:
        return error


def _bad_row(where: str, found: str) -> Problem:
    return Problem("predictions/row", where, found, fix="correct or remove the row")


def _unreadable(where: Path | str, found: str, fix: str) -> DataError:
    return DataError(Problem("predictions/unreadable", str(where), found, fix=fix))
