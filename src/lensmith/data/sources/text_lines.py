"""The lines of a text file for a parser that takes several at a time, and can be told to try again."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from lensmith.data.sources.contract import Place
from lensmith.errors import DataError, Problem

# A line beyond this is a file without line ends, or pictures written into text; reading it whole could fill the memory.
MAX_LINE_CHARS = 4 << 20

# Longer marks first: the one of UTF-16 begins that of UTF-32.
_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_START_BYTES = 4096


class Lines:
    """Iterates over lines, knowing where the row in hand began and of which lines it consists.

    Args:
        stream: lets bytes that are not in its encoding through, as half characters or as U+FFFD.
        encoding: of the stream.

    Attributes:
        started: the line, from 1, in which the row in hand began.
    """

    def __init__(self, stream: TextIO, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._given_back: deque[str] = deque()
        self._taken: list[str] = []
        self._cut = False
        self._next = 1
        self.started = 1

    def begin(self) -> int:
        """Begins a new row; returns the number of its first line."""
        self.started = self._next
        self._taken.clear()
        self._cut = False
        return self.started

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._given_back.popleft() if self._given_back else self._stream.readline(MAX_LINE_CHARS)
        if not line:
            raise StopIteration
        if len(line) == MAX_LINE_CHARS and not line.endswith("\n"):
            self._cut = True
            while (rest := self._stream.readline(MAX_LINE_CHARS)) and not rest.endswith("\n"):
                pass
        self._taken.append(line)
        self._next += 1
        return line

    def give_back(self) -> None:
        """Lets all lines of the row in hand but its first be read again."""
        self._given_back.extendleft(reversed(self._taken[1:]))
        self._next = self.started + 1

    def told(self, place: Place) -> bool:
        """True when the lines in hand cannot be used; then `place` knows why."""
        text = "".join(self._taken)
        if self._cut:
            found = f"the row is longer than {MAX_LINE_CHARS >> 20} million characters"
            place.reject("data/row-too-long", found, fix="keep pictures in files of their own")
        elif "\0" in text:
            place.reject("data/nul-byte", "the row holds NUL bytes", fix="write the file again as UTF-8 text")
        elif not is_encodable(text):
            place.reject("data/not-utf8", f"the row is not UTF-8{_guess(text)}", fix="save the file as UTF-8")
        elif self._encoding == "utf-16" and "\ufffd" in text:
            place.reject("data/broken-text", "the row holds bytes that are not UTF-16", fix="save the file as UTF-8")
        return bool(place.problems)


@contextmanager
def open_lines(file: Path) -> Iterator[Lines]:
    """The lines of a file in UTF-8, or in UTF-16 where a byte-order mark says so.

    Bytes that are not UTF-8 come through, so that they cost one row and not the file; `Lines.told` tells of them.

    Raises:
        OSError: it cannot be opened.
        DataError: it is UTF-16 without a mark, UTF-32, or no text at all.
    """
    with file.open("rb") as raw:
        start = raw.read(_START_BYTES)
    encoding = next((name for mark, name in _MARKS.items() if start.startswith(mark)), "utf-8-sig")
    # Of UTF-16 without a mark every other byte of a text in Latin letters is zero.
    if encoding == "utf-32" or (encoding == "utf-8-sig" and start.count(0) > len(start) // 4):
        kind = "UTF-32" if encoding == "utf-32" else "UTF-16 without a byte-order mark, or no text at all"
        raise DataError(Problem("data/not-utf8", str(file), f"the file is {kind}", fix="save it as UTF-8"))
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    with file.open(encoding=encoding, errors=errors, newline="") as stream:
        yield Lines(stream, encoding)


def is_encodable(text: str) -> bool:
    """False for text that holds bytes of another encoding, or half of a surrogate pair."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _guess(text: str) -> str:
    """What the bytes would say in Windows-1251, where that looks like Cyrillic words; else nothing."""
    try:
        said = text.encode("utf-8", errors="surrogateescape").decode("cp1251").strip()
    except UnicodeDecodeError:
        return ""
    letters = [letter for letter in said if not letter.isascii()]
    cyrillic = sum("а" <= letter.lower() <= "я" or letter in "ёЁ" for letter in letters)
    return f"; in Windows-1251 it says: {said[:60]}" if cyrillic > 0.9 * len(letters) else ""
