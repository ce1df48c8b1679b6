"""Records out of JSON files, one at a time: JSON lines, or one JSON list.

What is wrong with one row is said of that row, and the next is read.
"""

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from lensmith.config.sections import SourceSection
from lensmith.data.sources.contract import Row
from lensmith.data.sources.splits import choose_split
from lensmith.data.sources.text_lines import is_encodable
from lensmith.errors import DataError, Problem, suggest

SUFFIXES = (".jsonl", ".ndjson", ".json")
LINE_SUFFIXES = (".jsonl", ".ndjson")

# A row beyond this is a file without line ends or pictures written into text; reading it whole could fill the memory.
MAX_ROW_BYTES = 64 << 20
# Enough for a first record with a picture written into it.
PEEK_BYTES = 8 << 20
PEEK_ROWS = 1000
_PEEK_LINES = 20
_START_BYTES = 4096

_BOM = b"\xef\xbb\xbf"
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_GAP = re.compile(r"[ \t\r\n]*")
# What `json` raises on bytes that are not JSON; deep nesting exhausts the stack.
_JSON_ERRORS = (ValueError, RecursionError)


class Record(NamedTuple):
    """One JSON object of a file.

    Attributes:
        number: from 1; the line in JSON lines, the place in the list otherwise.
        where: the file and that number.
        value: the object.
        offset_bytes: where its text begins in the file.
        size_bytes: how long that text is.
    """

    number: int
    where: str
    value: dict[str, Any]
    offset_bytes: int = 0
    size_bytes: int = 0


def read_records(path: Path) -> Iterator[Record | Row]:
    """Every row of a JSON-lines file or JSON list: a record, or a `Row` that says why there is none.

    A byte-order mark and Windows line ends are read past. Blank lines become rows with a note.

    Raises:
        DataError: the file cannot be opened, or is neither JSON lines nor a list.
    """
    try:
        with path.open("rb") as stream:
            beginning = stream.read(_START_BYTES).removeprefix(_BOM).lstrip()
    except OSError as error:
        raise DataError(_unreadable(path, error)) from error
    if not beginning and path.stat().st_size <= _START_BYTES:
        raise DataError(
            Problem("data/empty-file", str(path), "the file is empty", fix="point at a file with rows in it")
        )
    if path.suffix.lower() not in LINE_SUFFIXES and beginning.startswith(b"["):
        yield from _read_list(path)
    else:
        yield from _read_lines(path)


def peek_records(path: Path, rows: int = PEEK_ROWS) -> list[Record]:
    """The good records among the first `rows`."""
    return [entry for entry in islice(read_records(path), rows) if isinstance(entry, Record)]


def peek_columns(path: Path) -> tuple[str, ...]:
    """The columns that occur in the first rows, in the order in which they first occur."""
    return tuple({key: None for record in peek_records(path) for key in record.value})


def first_record(path: Path) -> dict[str, Any] | str:
    """The first whole record within the beginning of a file, or in words why there is none."""
    if path.is_dir():
        return "the folder holds no JSON file"
    try:
        with path.open("rb") as stream:
            data = stream.read(PEEK_BYTES).removeprefix(_BOM)
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    if not data.strip():
        return "the file is empty"
    text = data.decode("utf-8", errors="replace")
    if path.suffix.lower() not in LINE_SUFFIXES and text.lstrip().startswith("["):
        chunks = [text[_GAP.match(text, text.index("[") + 1).end() :]]  # type: ignore[union-attr]
    else:
        chunks = list(islice((line for line in text.split("\n") if line.strip()), _PEEK_LINES))
    for chunk in chunks:
        try:
            value, _ = json.JSONDecoder().raw_decode(chunk.lstrip())
        except _JSON_ERRORS:
            continue
        if isinstance(value, dict):
            return value
    return "it does not begin with a JSON object, nor with a list of them"


def json_files(folder: Path) -> dict[str, Path]:
    """The JSON files directly in a folder by their stem, which is the name of their split."""
    found = (path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES and path.is_file())
    return {path.stem: path for path in found}


def start_of(path: str) -> Path:
    """The file to recognise a path by: the path itself, or the first JSON file of a folder."""
    place = Path(path).expanduser()
    return next(iter(json_files(place).values()), place) if place.is_dir() else place


def folder_splits(path: str) -> tuple[str, ...]:
    """The splits of a folder, () for a file."""
    folder = Path(path).expanduser()
    return tuple(json_files(folder)) if folder.is_dir() else ()


def choose_file(section: SourceSection) -> Path:
    """The one file to read: the path itself, or in a folder the file that `split` names.

    Raises:
        DataError: there is no such file or split; names those that exist.
    """
    path = Path(section.path).expanduser()
    if path.is_dir():
        return choose_split(section, json_files(path))
    if not path.exists():
        raise DataError(no_such_path(section.path))
    return choose_split(section, {"": path})


def no_such_path(path: str) -> Problem:
    """The problem with a path that does not exist, with the nearest name that does."""
    folder = Path(path).expanduser().parent
    try:
        names = [entry.name for entry in islice(folder.iterdir(), 1000)]
    except OSError:
        return Problem("data/no-such-path", path, f"there is no folder {folder}", fix="check the path")
    near = suggest(Path(path).name, names).partition(" available:")[0]
    fix = near if near.startswith("did you mean") else "check the path"
    return Problem("data/no-such-path", path, "there is no such file or folder", fix=fix)


def _unreadable(path: Path, error: OSError) -> Problem:
    return Problem(
        "data/unreadable-file", str(path), f"cannot be read: {error.strerror or error}", fix="check the file"
    )


def _left_out(code: str, where: str, found: str, *, consequence: str = "this row is left out", fix: str = "") -> Row:
    return Row(where, problems=(Problem(code, where, found, consequence=consequence, fix=fix),))


def _read_lines(path: Path) -> Iterator[Record | Row]:
    with path.open("rb") as stream:
        number = 0
        while line := stream.readline(MAX_ROW_BYTES + 1):
            number += 1
            where = f"{path}:{number}"
            if len(line) > MAX_ROW_BYTES:
                while line and not line.endswith(b"\n"):
                    line = stream.readline(MAX_ROW_BYTES)
                found = f"the row is longer than {MAX_ROW_BYTES >> 20} MiB"
                yield _left_out("data/row-too-long", where, found, fix="keep pictures in files of their own")
            else:
                line = line.removeprefix(_BOM) if number == 1 else line
                yield _located(_parse_line(line, number, where), stream.tell() - len(line), len(line))


def _parse_line(line: bytes, number: int, where: str) -> Record | Row:
    if not line.strip():
        return Row(where, notes=(Problem("data/blank-line", where, "the line is blank", fix="remove it"),))
    if b"\0" in line:
        return _left_out("data/nul-byte", where, "the row holds NUL bytes", fix="write the file again as UTF-8 text")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"byte {error.start + 1} of the row is not UTF-8"
        return _left_out("data/not-utf8", where, found, fix="save the file as UTF-8")
    try:
        value = json.loads(text)
    except _JSON_ERRORS as error:
        if not line.endswith(b"\n") and line.lstrip().startswith(b"{"):
            found = "the last line of the file is cut off"
            return _left_out("data/truncated-row", where, found, fix="write or download the file again")
        return _left_out("data/not-json", where, f"the row is not JSON: {_words(error)}", fix="mend the row")
    return accept(value, text, number, where)


def accept(value: Any, text: str, number: int, where: str) -> Record | Row:
    """The record that a JSON value is, or why it is none; `text` is what it was read from."""
    if not isinstance(value, dict):
        found = f"the row is {_kind(value)}, not an object with named columns"
        return _left_out("data/not-an-object", where, found, fix='write the row as {"question": …, "answer": …}')
    if _SURROGATE_ESCAPE.search(text) and not is_encodable(json.dumps(value, ensure_ascii=False)):
        found = "a text in the row holds half a character (a lone \\ud… escape)"
        return _left_out("data/broken-text", where, found, fix="write the file again from the original text")
    return Record(number, where, value)


def _read_list(path: Path) -> Iterator[Record | Row]:
    # Bytes that are not UTF-8 come through as lone surrogates, so they cost one row and not the file.
    data = path.read_bytes()
    text = data.removeprefix(_BOM).decode("utf-8", errors="surrogateescape")
    offset = len(_BOM) if data.startswith(_BOM) else 0
    del data
    decoder = json.JSONDecoder()
    at = _next(text, text.index("[") + 1)
    measured = number = 0
    while text[at : at + 1] != "]":
        number += 1
        where = f"{path}:{number}"
        try:
            value, end = decoder.raw_decode(text, at)
        except _JSON_ERRORS as error:
            yield _list_broken(text, at, where, _words(error))
            return
        chunk = text[at:end]
        offset += _size_bytes(text[measured:at])
        if is_encodable(chunk):
            yield _located(accept(value, chunk, number, where), offset, _size_bytes(chunk))
        else:
            yield _left_out("data/not-utf8", where, "the row holds bytes that are not UTF-8", fix="save it as UTF-8")
        offset, measured = offset + _size_bytes(chunk), end
        at = _next(text, end)
        if text[at : at + 1] == ",":
            at = _next(text, at + 1)
        elif text[at : at + 1] != "]":
            yield _list_broken(text, at, f"{path}:{number + 1}", "expected a comma or the end of the list")
            return
    rest = text[at + 1 :].strip()
    if rest:
        yield _left_out("data/extra-text", str(path), f"text after the end of the list: {rest[:40]!r}", fix="remove it")


def _list_broken(text: str, at: int, where: str, why: str) -> Row:
    line = text.count("\n", 0, at) + 1
    cut = at >= len(text)
    found = (
        f"the list ends without its closing bracket (line {line})" if cut else f"not JSON from line {line} on: {why}"
    )
    code = "data/truncated-row" if cut or not text.rstrip().endswith("]") else "data/not-json"
    consequence = "this row and all after it are left out"
    return _left_out(code, where, found, consequence=consequence, fix="mend the file, or write it as JSON lines")


def _next(text: str, at: int) -> int:
    match = _GAP.match(text, at)
    return match.end() if match else at


def _located(entry: Record | Row, offset_bytes: int, size_bytes: int) -> Record | Row:
    if isinstance(entry, Row):
        return entry
    return Record(entry.number, entry.where, entry.value, offset_bytes, size_bytes)


def _size_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", errors="surrogateescape"))


def _words(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _kind(value: Any) -> str:
    kinds = {list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), "null")
