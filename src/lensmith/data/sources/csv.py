"""Flat rows in CSV or TSV (RFC 4180, with the delimiters that spreadsheets write): a header line, then a row a line.

    image_path,question,answer
    cats/1.png,"How many cats, in all?",2

Every value is text as it stands in the file, numbers too. An empty cell holds nothing.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from lensmith.data.sources.columns import Roles
from lensmith.data.sources.contract import Detection, Layout, Place, Request, Row
from lensmith.data.sources.flat import FlatRows, flat_roles, usual_columns
from lensmith.data.sources.parts import Part, parts_of
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.rows import no_such_path
from lensmith.data.sources.splits import choose_split
from lensmith.data.sources.text_lines import Lines, open_lines
from lensmith.errors import DataError, Problem

SUFFIXES = (".csv", ".tsv")
_DELIMITERS = ",;\t"
# What json says of a cell that should hold a list, and does not.
_JSON_ERRORS = (ValueError, RecursionError)


class Header(NamedTuple):
    """The first row of a file, and what stands between its cells."""

    columns: tuple[str, ...]
    delimiter: str


class CsvSource:
    """Questions, answers and picture paths in columns of their own, in CSV or TSV."""

    name = "csv"
    describe = "CSV or TSV with a header: image_path (or image, images), question and answer (or answers)"
    settings = ("question",)
    reads_its_path_only = True

    def detect(self, path: str) -> Detection:
        """Sure where a header of several columns has a `question`."""
        try:
            parts = parts_of(path, SUFFIXES)
            if not parts:
                return Detection(0.0, "there is no CSV or TSV file")
            file = next(iter(parts.values())).files[0]
            columns = read_header(file).columns
        except DataError as error:
            return Detection(0.0, error.problems[0].found)
        named = file.suffix.lower() in SUFFIXES
        if not named and (len(columns) < 2 or any(not name.isprintable() for name in columns)):
            return Detection(0.0, "its first line is no header of several columns")
        if "file_name" in columns:
            return Detection(0.3, "its rows name pictures in `file_name`, as the metadata of a picture folder does")
        if {"question", "A", "B"} <= set(columns):
            return Detection(0.3, "its columns `A` and `B` are options to choose from")
        if "question" in columns:
            return Detection(0.9, "its header has a `question`")
        if named:
            return Detection(0.3, "it ends like a table, though none of its columns is called `question`")
        return Detection(0.0, "its first line has no `question`")

    def splits(self, path: str) -> tuple[str, ...]:
        """In a folder, the names of its files."""
        return tuple(name for name in parts_of(path, SUFFIXES) if name)

    def layout(self, request: Request) -> Layout:
        """The columns of the header."""
        part = _part(request)
        columns = read_header(part.files[0]).columns
        return Layout(
            columns, flat_roles(request, usual_columns(columns), columns, str(part.files[0]), request.section.question)
        )

    def read(self, request: Request) -> Iterator[Row]:
        """One example a row. Files of one split may differ in the order of their columns."""
        part = _part(request)
        for file in part.files:
            columns = read_header(file).columns
            roles = flat_roles(request, usual_columns(columns), columns, str(file), request.section.question)
            pictures = ImageRoot.of(request.section, file.parent)
            prefix = part.prefix if len(part.files) == 1 else file.stem
            flat = FlatRows(roles, pictures.find, request.answers_required, prefix, request.section.question)
            yield from _read_file(file, flat)


CSV = CsvSource()


def read_header(file: Path) -> Header:
    """The columns of a file, split at the delimiter that gives most of them. A column without a name gets a number.

    Raises:
        DataError: the file cannot be read as text, is empty, or two columns have one name.
    """
    found = max((_first_row(file, delimiter) for delimiter in _DELIMITERS), key=lambda header: len(header.columns))
    twice = sorted({name for name in found.columns if found.columns.count(name) > 1})
    if twice:
        said = f"several columns are called {', '.join(f'`{name}`' for name in twice)}"
        raise DataError(Problem("data/duplicate-column", str(file), said, fix="give every column a name of its own"))
    return found


def read_table(file: Path) -> Iterator[tuple[dict[str, str], int, str] | Row]:
    """Every row as (column to text, line, where), or a `Row` that says why it cannot be used.

    Raises:
        DataError: as `read_header`.
    """
    header = read_header(file)
    with _opened(file) as lines:
        rows = csv.reader(lines, delimiter=header.delimiter, strict=True)
        next(rows)
        while True:
            place = Place(f"{file}:{lines.begin()}")
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                # The line is at fault; those that a quote without an end swallowed are read again on their own.
                lines.give_back()
                fix = 'write a quote in a text as "", and keep pictures in files of their own'
                place.reject("data/bad-quoting", f"the row is not CSV: {error}", fix=fix)
                yield place.row()
                continue
            if not cells:
                place.note("data/blank-line", "the line is blank", fix="remove it")
            elif not (lines.told(place) or _misfits(cells, header, place)):
                yield dict(zip(header.columns, cells, strict=True)), lines.started, place.where
                continue
            yield place.row()


def _read_file(file: Path, flat: FlatRows) -> Iterator[Row]:
    for entry in read_table(file):
        if isinstance(entry, Row):
            yield entry
            continue
        cells, number, where = entry
        place = Place(where)
        record = typed(cells, flat.roles, place)
        yield place.row() if place.problems else flat.row(record, number, where)


def typed(cells: Mapping[str, str], roles: Roles, place: Place) -> dict[str, Any]:
    """Cells as a record: an empty one that plays a part is null, and `images` and `answers` may be JSON lists.

    A JSON list is the only way to put several texts into one cell; a cell that begins with `[` must be one.
    """
    record: dict[str, Any] = dict(cells)
    for field, names in roles.columns.items():
        for name in names:
            text = cells.get(name)
            if text is not None and not text:
                record[name] = None
            elif text and field in ("images", "answers") and text.lstrip().startswith("["):
                record[name] = _json_list(text, name, place)
    return record


def _json_list(text: str, name: str, place: Place) -> list[Any] | None:
    try:
        value = json.loads(text)
    except _JSON_ERRORS:
        value = None
    if isinstance(value, list):
        return value
    fix = 'write the list as ["a", "b"]'
    place.reject("data/bad-list", f"`{name}` begins with [ and is no JSON list: {text[:60]}", fix=fix)
    return None


def _misfits(cells: list[str], header: Header, place: Place) -> bool:
    if len(cells) == len(header.columns):
        return False
    code, fix = (
        ("data/short-row", "write every cell, empty ones too")
        if len(cells) < len(header.columns)
        else ("data/long-row", f'put texts with {header.delimiter!r} in them into quotes: "…"')
    )
    place.reject(code, f"cells in the row: {len(cells)}; in the header: {len(header.columns)}", fix=fix)
    return True


def _first_row(file: Path, delimiter: str) -> Header:
    with _opened(file) as lines:
        lines.begin()
        try:
            cells = next(csv.reader(islice(lines, 20), delimiter=delimiter), [])
        except csv.Error as error:
            found = f"its header is not CSV: {error}"
            raise DataError(Problem("data/bad-header", str(file), found, fix="mend the first line")) from error
        place = Place(f"{file}:1")
        if lines.told(place):
            raise DataError(replace(place.problems[0], consequence="no row can be read"))
    if not any(cell.strip() for cell in cells):
        raise DataError(Problem("data/empty-file", str(file), "the first line is empty", fix="begin with a header"))
    return Header(tuple(cell.strip() or f"column {k}" for k, cell in enumerate(cells, start=1)), delimiter)


@contextmanager
def _opened(file: Path) -> Iterator[Lines]:
    try:
        with open_lines(file) as lines:
            yield lines
    except OSError as error:
        found = f"cannot be read: {error.strerror or error}"
        raise DataError(Problem("data/unreadable-file", str(file), found, fix="check the file")) from error


def _part(request: Request) -> Part:
    parts = parts_of(request.section.path, SUFFIXES)
    if not parts and not Path(request.section.path).expanduser().exists():
        raise DataError(no_such_path(request.section.path))
    return choose_split(request.section, parts)
