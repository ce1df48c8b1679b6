"""The lists inside one JSON object, one entry at a time: `{"images": [{…}, …], "annotations": [{…}, …]}`.

Such a file is read into memory as text, a byte a character where it is ASCII, but never as a whole tree of objects.
"""

import json
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lensmith.data.sources.contract import Row
from lensmith.data.sources.rows import Record, accept
from lensmith.errors import DataError, Problem

# Enough for a first entry of each list that comes before the first long one.
PEEK_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"
_GAP = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class Entry(NamedTuple):
    """One value of the outer object.

    Attributes:
        list_name: the key it stands under.
        value: an entry of the list there, or a `Row` that says why it is none; whatever else stands there as it is.
    """

    list_name: str
    value: Any


def read_members(path: Path) -> Iterator[Entry]:
    """Every entry of every list of a file's one object as a `Record`, in the order of the file; see `Entry`.

    Raises:
        DataError: it cannot be opened, or is not one JSON object from beginning to end. What came before the damage
            has been yielded by then.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        found = f"cannot be read: {error.strerror or error}"
        raise DataError(Problem("data/unreadable-file", str(path), found, fix="check the file")) from error
    # Bytes that are not UTF-8 come through as lone surrogates, so they cost one entry and not the file.
    yield from _members(data.removeprefix(_BOM).decode("utf-8", errors="surrogateescape"), path)


def peek_members(path: Path) -> dict[str, Any]:
    """The keys in the beginning of a file's one object, each with the first good entry of its list, or its value.

    Empty for what is no such file; never raises.
    """
    first: dict[str, Any] = {}
    try:
        with path.open("rb") as stream:
            text = stream.read(PEEK_BYTES).removeprefix(_BOM).decode("utf-8", errors="replace")
        for name, value in _members(text, path):
            if not isinstance(value, Row):
                first.setdefault(name, value.value if isinstance(value, Record) else value)
    except (OSError, DataError):
        pass
    return first


def _members(text: str, path: Path) -> Iterator[Entry]:
    at = _gap(text, 0)
    try:
        at = _expect(text, at, "{")
        while text[at : at + 1] != "}":
            name, at = _DECODER.raw_decode(text, at)
            at = _expect(text, at, ":")
            if not isinstance(name, str):
                raise json.JSONDecodeError("a key that is no text", text, at)
            if text[at : at + 1] == "[":
                at = yield from _entries(text, at, f"{path} {name}", name)
            else:
                value, at = _DECODER.raw_decode(text, at)
                yield Entry(name, value)
            at = _after(text, at, "}")
        if text[at + 1 :].strip():
            raise json.JSONDecodeError("text after the end of the object", text, at + 1)
    except (ValueError, RecursionError) as error:
        raise DataError(_broken(text, path, error)) from error


def _entries(text: str, at: int, where: str, name: str) -> Generator[Entry, None, int]:
    """The entries of the list that begins at `at`; returns where it ends."""
    at = _gap(text, at + 1)
    number = 0
    while text[at : at + 1] != "]":
        number += 1
        value, end = _DECODER.raw_decode(text, at)
        yield Entry(name, _accept(value, text[at:end], number, f"{where}:{number}"))
        at = _after(text, end, "]")
    return at + 1


def _accept(value: Any, text: str, number: int, where: str) -> Record | Row:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        found, fix = "the entry holds bytes that are not UTF-8", "save the file as UTF-8"
        return Row(where, problems=(Problem("data/not-utf8", where, found, consequence="it is left out", fix=fix),))
    return accept(value, text, number, where)


def _after(text: str, at: int, end: str) -> int:
    """Past a comma, or at the bracket that ends the object or list."""
    at = _gap(text, at)
    return at if text[at : at + 1] == end else _expect(text, at, ",")


def _expect(text: str, at: int, mark: str) -> int:
    at = _gap(text, at)
    if text[at : at + 1] != mark:
        raise json.JSONDecodeError(f"expected `{mark}`", text, at)
    return _gap(text, at + 1)


def _gap(text: str, at: int) -> int:
    match = _GAP.match(text, at)
    return match.end() if match else at


def _broken(text: str, path: Path, error: Exception) -> Problem:
    if not text.strip():
        return Problem("data/empty-file", str(path), "the file is empty", fix="point at a file with rows in it")
    if isinstance(error, json.JSONDecodeError) and (
        error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string")
    ):
        return Problem("data/truncated-file", str(path), "the file ends too early", fix="write or download it again")
    why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return Problem("data/not-json", str(path), f"the file is not one JSON object: {why}", fix="mend the file")
