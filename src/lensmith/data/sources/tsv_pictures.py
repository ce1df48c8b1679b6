"""Tables in TSV whose rows carry their pictures in base64, read a row at a time; pictures are read again when seen."""

import base64
import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from lensmith.data.sources.contract import Place, Row
from lensmith.data.sources.rows import MAX_ROW_BYTES
from lensmith.errors import DataError, Problem

# A text in quotes that goes on for longer has lost its end.
MAX_ROW_LINES = 1000
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class CellImage:
    """A picture in a cell. Only where it stands is kept; two with one content are one picture.

    Attributes:
        digest: SHA-256 of the cell's text, in hexadecimal.
        file: the table.
        offset_bytes: where the row begins in it.
        size_bytes: how long the row is.
        column: of the picture, from 0.
        name: the file and the line.
    """

    digest: str
    file: str = field(compare=False)
    offset_bytes: int = field(compare=False)
    size_bytes: int = field(compare=False)
    column: int = field(compare=False)
    name: str = field(compare=False)

    def read_bytes(self) -> bytes:
        """The encoded picture, read from its row again.

        Raises:
            OSError: the file is gone, the row has changed, or the cell is not base64.
        """
        with Path(self.file).open("rb") as stream:
            stream.seek(self.offset_bytes)
            data = stream.read(self.size_bytes)
        cells = _cells(data.decode("utf-8", errors="replace"))
        text = cells[self.column] if self.column < len(cells) else ""
        if digest_of(text) != self.digest:
            raise OSError("its row has changed since it was read")
        try:
            return base64.b64decode(text, validate=True)
        except ValueError as error:  # binascii.Error, or letters beyond ASCII
            raise OSError(f"it is not base64: {error}") from error


class TsvRow(NamedTuple):
    """One row.

    Attributes:
        cells: by column.
        line: on which it begins, from 1.
        where: the file and that line.
        offset_bytes: where it begins in the file.
        size_bytes: how long it is.
    """

    cells: dict[str, str]
    line: int
    where: str
    offset_bytes: int
    size_bytes: int


def digest_of(text: str) -> str:
    """What tells pictures apart by their cells."""
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()


def read_columns(file: Path) -> tuple[str, ...]:
    """The header of a table; () for a file that has none. Never raises."""
    try:
        with file.open("rb") as stream:
            line = stream.readline(MAX_ROW_BYTES).removeprefix(_BOM)
        return tuple(_cells(line.decode("utf-8")))
    except (OSError, UnicodeDecodeError, csv.Error):
        return ()


def read_tsv(file: Path) -> Iterator[TsvRow | Row]:
    """Every row after the header, or a `Row` that says why it cannot be used. Texts in quotes may have line ends.

    Raises:
        DataError: the file cannot be opened.
    """
    columns = read_columns(file)
    try:
        stream = file.open("rb")
    except OSError as error:
        found = f"cannot be read: {error.strerror or error}"
        raise DataError(Problem("data/unreadable-file", str(file), found, fix="check the file")) from error
    with stream:
        line = 1
        offset = len(stream.readline(MAX_ROW_BYTES))
        while data := _take(stream):
            place = Place(f"{file}:{line + 1}")
            cells = _checked(data, columns, place)
            if place.problems and data.count(b"\n") > 1:
                # The line is at fault; those that a quote without an end swallowed are read on their own.
                data = data[: data.index(b"\n") + 1]
                stream.seek(offset + len(data))
            if place.problems or place.notes:
                yield place.row()
            else:
                yield TsvRow(dict(zip(columns, cells, strict=True)), line + 1, place.where, offset, len(data))
            line, offset = line + data.count(b"\n"), offset + len(data)


def _take(stream: BinaryIO) -> bytes:
    """The bytes of the next row: a line, and the following ones while a text in quotes is open."""
    data = stream.readline(MAX_ROW_BYTES)
    for _ in range(MAX_ROW_LINES):
        if not _is_open(data) or len(data) >= MAX_ROW_BYTES or not (more := stream.readline(MAX_ROW_BYTES)):
            break
        data += more
    return data


def _is_open(data: bytes) -> bool:
    """Whether the last cell begins with a quote that nothing closes."""
    if b'"' not in data:
        return False
    opened = False
    for cell in data.rstrip(b"\r\n").split(b"\t"):
        if opened or cell.startswith(b'"'):
            opened ^= bool(cell.count(b'"') % 2)
    return opened


def _checked(data: bytes, columns: tuple[str, ...], place: Place) -> list[str]:
    if not data.strip():
        place.note("data/blank-line", "the line is blank", fix="remove it")
        return []
    if len(data) >= MAX_ROW_BYTES:
        place.reject("data/row-too-long", f"the row is longer than {MAX_ROW_BYTES >> 20} MiB", fix="use smaller files")
        return []
    if b"\0" in data:
        place.reject("data/nul-byte", "the row holds NUL bytes", fix="write the file again as UTF-8 text")
        return []
    try:
        cells = _cells(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        place.reject("data/not-utf8", f"byte {error.start + 1} of the row is not UTF-8", fix="save the file as UTF-8")
        return []
    except csv.Error as error:
        place.reject("data/bad-quoting", f"the row is not TSV: {error}", fix='write a quote in a text as ""')
        return []
    if len(cells) != len(columns):
        found = f"cells in the row: {len(cells)}; in the header: {len(columns)}"
        place.reject("data/short-row", found, fix="write every cell, empty ones too")
    return cells


def _cells(text: str) -> list[str]:
    """The cells of one row. Base64 goes beyond what `csv` lets a cell have, so the limit is lifted meanwhile."""
    limit = csv.field_size_limit(MAX_ROW_BYTES)
    try:
        return next(csv.reader([text], delimiter="\t", strict=True), [])
    finally:
        csv.field_size_limit(limit)
