"""What was found out about pictures, kept in the user's cache folder, so that a second look decodes none of them.

A file is known by path, size and times; a picture by the SHA-256 of its file. The index may be deleted at any moment:
then everything is looked at again. Two processes may use it at once: SQLite lets one write at a time. Where it cannot
be used (a full disk, a folder that may not be written), it says so once and remembers nothing.
"""

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import PIL

from lensmith.data.fingerprints import Fingerprint
from lensmith.data.images import Traits
from lensmith.errors import Problem
from lensmith.rundir import cache_folder

# Another number where what is stored changes its meaning; another Pillow may see pictures otherwise.
_VERSION = f"2-pillow-{PIL.__version__}"
_WAIT_S = 20.0
_AT_ONCE = 400
# A file written within this time may be written again without its times changing.
SETTLED_S = 3.0
# What a file's bytes decide. That one is missing, or that memory ran out, may be otherwise the next time.
_LASTING = {"data/empty-image", "data/not-an-image", "data/broken-image"}

_TABLES = """
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, size INTEGER, mtime INTEGER, ctime INTEGER, content BLOB);
CREATE TABLE IF NOT EXISTS pictures (content BLOB PRIMARY KEY, facts TEXT, arrangement BLOB, thumbnail BLOB);
CREATE TABLE IF NOT EXISTS answers (question BLOB PRIMARY KEY, answer TEXT);
"""

Known = Fingerprint | Problem


class FileStamp(NamedTuple):
    """A file as `stat` sees it."""

    path: str
    size_bytes: int
    mtime_ns: int
    ctime_ns: int


def index_path() -> Path:
    """Where the index is: in the user's cache folder."""
    return cache_folder() / f"pictures-{_VERSION}.sqlite3"


def stamp_file(path: str) -> FileStamp | None:
    """The file's stamp; None where there is none, or it was written so lately that it may change unseen."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a Path costs twice the call, and there may be a million
    except (OSError, ValueError):
        return None
    if time.time() - max(found.st_mtime, found.st_ctime) < SETTLED_S:
        return None
    return FileStamp(path, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class PictureIndex:
    """The index, open; any thread may ask it.

    Args:
        path: the file; created where it is not there.

    Attributes:
        trouble: why nothing is remembered; empty where all is well.
    """

    def __init__(self, path: Path) -> None:
        self.trouble = ""
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = _open(path)
        except (OSError, sqlite3.Error) as error:
            self.trouble = f"{path}: {error}"

    def __enter__(self) -> "PictureIndex":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def find_files(self, stamps: Iterable[FileStamp]) -> dict[str, bytes]:
        """The content of each file whose stamp is as it was, by path."""
        stamped = {stamp.path: stamp for stamp in stamps}
        rows = self._select("SELECT path, size, mtime, ctime, content FROM files WHERE path", list(stamped))
        return {row[0]: bytes(row[4]) for row in rows if FileStamp(*row[:4]) == stamped[row[0]]}

    def find_pictures(self, contents: Iterable[bytes], *, thumbnails: bool = True) -> dict[bytes, Known]:
        """What is known of pictures, by content."""
        columns = f"content, facts, arrangement, {'thumbnail' if thumbnails else 'NULL'}"
        rows = self._select(f"SELECT {columns} FROM pictures WHERE content", list(dict.fromkeys(contents)))
        found = {}
        for content, facts, arrangement, thumbnail in rows:
            # A row that this version cannot read is looked at again and written over.
            with suppress(ValueError, TypeError, KeyError):
                found[bytes(content)] = _read(bytes(content), json.loads(facts), arrangement or b"", thumbnail or b"")
        return found

    def add(self, found: Sequence[tuple[FileStamp | None, bytes, Known]]) -> None:
        """Remembers pictures, and which files hold them."""
        kept = [item for item in found if isinstance(item[2], Fingerprint) or item[2].code in _LASTING]
        files = [(*stamp, content) for stamp, content, _ in kept if stamp is not None]
        pictures = [_write(content, known) for _, content, known in kept]
        self._insert("INSERT OR REPLACE INTO pictures VALUES (?, ?, ?, ?)", pictures)
        self._insert("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", files)

    def find_answer(self, question: bytes) -> Any:
        """The JSON value that was kept for this question; None where none was."""
        for _, answer in self._select("SELECT question, answer FROM answers WHERE question", [question]):
            with suppress(ValueError):
                return json.loads(answer)
        return None

    def keep_answer(self, question: bytes, value: Any) -> None:
        """Keeps a JSON value other than null, in place of the one before.

        Args:
            question: a digest of what was asked.
            value: its answer.
        """
        self._insert("INSERT OR REPLACE INTO answers VALUES (?, ?)", [(question, json.dumps(value))])

    def recall(self, question: bytes, work_out: Callable[[], Any]) -> Any:
        """The JSON value that `work_out` gave the first time this question was asked.

        Args:
            question: a digest of everything that the answer depends on.
            work_out: makes the answer where it is not known.
        """
        kept = self.find_answer(question)
        if kept is not None:
            return kept
        value = work_out()
        self.keep_answer(question, value)
        return value

    def _select(self, statement: str, keys: list[Any]) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(keys), _AT_ONCE):
            some = keys[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            with self._lock:
                if self._connection is None:
                    return rows
                try:
                    rows += self._connection.execute(f"{statement} IN ({marks})", some).fetchall()
                except (sqlite3.Error, UnicodeEncodeError) as error:
                    self._give_up(error)
        return rows

    def _insert(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        with self._lock:
            if self._connection is None or not rows:
                return
            try:
                with self._connection:
                    self._connection.executemany(statement, rows)
            except (sqlite3.Error, UnicodeEncodeError) as error:
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self.trouble = f"the index of pictures cannot be used: {error}"
        self.close()


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _connect(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        # Not a database, or a damaged one: nothing is lost but time.
        path.unlink(missing_ok=True)
        return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT_S, check_same_thread=False)
    try:
        connection.executescript(_TABLES)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _write(content: bytes, known: Known) -> tuple[bytes, str, bytes, bytes]:
    if isinstance(known, Problem):
        return content, json.dumps({"problem": [known.code, known.found, known.consequence, known.fix]}), b"", b""
    numbers = {"size_bytes": known.size_bytes, "is_blank": known.is_blank, "sharpness": known.sharpness}
    facts = {**numbers, "traits": known.traits._asdict()}
    return content, json.dumps(facts), known.arrangement, known.thumbnail


def _read(content: bytes, facts: dict[str, Any], arrangement: bytes, thumbnail: bytes) -> Known:
    if "problem" in facts:
        code, found, consequence, fix = facts["problem"]
        return Problem(code, "", found, consequence=consequence, fix=fix)
    traits = Traits(**facts["traits"])
    size_bytes, is_blank, sharpness = facts["size_bytes"], facts["is_blank"], facts["sharpness"]
    return Fingerprint(content, size_bytes, traits, is_blank, arrangement, thumbnail, sharpness)
