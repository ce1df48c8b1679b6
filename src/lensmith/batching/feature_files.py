"""The two files of a feature store: data, to which arrays are only ever appended, and an index, written after them.

Nothing that a slot points at is written again, so reading needs no lock, and a writer that is killed leaves at worst
some bytes at the end of the data that nothing points at. What reached the disk otherwise than it was written (a power
cut, a bad block, a stray program) is found by checksum; the next writer then replaces the index by one without it,
which tells all readers to look again.
"""

import fcntl
import mmap
import os
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from lensmith.batching.feature_slots import (
    SLOT_BYTES,
    Record,
    is_whole,
    read_slot,
    view_record,
    write_slot,
)

INDEX = "index"
DATA = "data"

_ALIGNED_BYTES = 64  # of a cache line: no dtype minds where it begins
_CHUNK_BYTES = 1 << 18  # fits a core's second cache, so that summing a chunk reads no memory again
_LOCK_WAIT_S = 30.0
_LOCK_POLL_S = 0.0005


class StoreFiles:
    """An index and its data, open for reading, and all that this process knows of them.

    Where either file is replaced, this object is done with: see `are_current`.

    Args:
        path: the folder of both.

    Raises:
        OSError: they cannot be opened; FileNotFoundError where nothing has been stored yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: dict[bytes, Record] = {}
        self._damaged_slots = 0
        self._slots = 0
        self._end_bytes = 0
        self._sound: set[bytes] = set()
        self._map: mmap.mmap | None = None
        self._index, self._data = -1, -1
        self._index = os.open(path / INDEX, os.O_RDONLY | os.O_CLOEXEC)
        self._data = os.open(path / DATA, os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        """Closes both; arrays that were given out stay valid."""
        for file in (self._index, self._data):
            if file >= 0:
                os.close(file)
        self._index, self._data, self._map = -1, -1, None

    def __del__(self) -> None:
        self.close()

    def are_current(self) -> bool:
        """False when the path now leads to other files, or slots that were read are gone."""
        for file, name in ((self._index, INDEX), (self._data, DATA)):
            try:
                there, here = os.stat(self.path / name), os.fstat(file)  # noqa: PTH116 - a Path costs twice the call
            except OSError:
                return False
            if (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino):
                return False
        return os.fstat(self._index).st_size >= self._slots * SLOT_BYTES

    def read_index(self) -> int:
        """Reads the slots that were added since the last call, a later slot for one picture replacing an earlier.

        Returns:
            how many of them are damaged.
        """
        first, damaged = self._slots, 0
        added_bytes = _whole_slots(self._index) * SLOT_BYTES - first * SLOT_BYTES
        data = _read_fully(self._index, added_bytes, first * SLOT_BYTES) if added_bytes > 0 else b""
        for number in range(len(data) // SLOT_BYTES):
            slot = data[number * SLOT_BYTES : (number + 1) * SLOT_BYTES]
            if not is_whole(slot):
                damaged += 1
                continue
            name, record = read_slot(slot)
            self.records[name] = record
            self._sound.discard(name)
            self._end_bytes = max(self._end_bytes, record.end_bytes)
        self._slots = first + len(data) // SLOT_BYTES
        self._damaged_slots += damaged
        return damaged

    def view(self, name: bytes) -> np.ndarray | None:
        """The array of a record in `records`; None, and the record forgotten, when its bytes are not those written."""
        record = self.records[name]
        end = record.end_bytes
        # Touching a mapped page behind the file's end would kill the process, so the file is asked every time.
        if os.fstat(self._data).st_size < end or not (name in self._sound or self._is_sound(record)):
            del self.records[name]
            return None
        self._sound.add(name)
        if not record.length_bytes:
            return view_record(record, b"")
        if self._map is None or len(self._map) < end:
            self._map = mmap.mmap(self._data, 0, access=mmap.ACCESS_READ)
        return view_record(record, memoryview(self._map)[record.offset_bytes : end])

    def _is_sound(self, record: Record) -> bool:
        """Sums the record up by reading it: a bad block is then an error, where in a map it would kill the process."""
        chunk = memoryview(bytearray(min(_CHUNK_BYTES, record.length_bytes)))
        checksum, at = 0, record.offset_bytes
        while at < record.end_bytes:
            try:
                count = os.preadv(self._data, [chunk[: record.end_bytes - at]], at)
            except OSError:
                return False
            if not count:
                return False
            checksum = zlib.crc32(chunk[:count], checksum)
            at += count
        return checksum == record.checksum

    def append(self, name: bytes, record: Record, content: memoryview, limit_bytes: int) -> bool:
        """Writes a record, then its slot. The store's lock must be held, the index read, and `is_damaged` false.

        Args:
            name: the picture's.
            record: without its place.
            content: the array's bytes.
            limit_bytes: what may be added to the files.

        Returns:
            False, with nothing written, when more than `limit_bytes` would be needed.

        Raises:
            OSError: the files cannot be written; neither holds anything new.
        """
        found_bytes = os.fstat(self._data).st_size
        offset = -(-found_bytes // _ALIGNED_BYTES) * _ALIGNED_BYTES if len(content) else 0
        if max(offset + len(content) - found_bytes, 0) + SLOT_BYTES > limit_bytes:
            return False
        placed = Record(offset, len(content), record.checksum, record.dtype, record.shape)
        with _opened(self.path / DATA) as data, _opened(self.path / INDEX) as index:
            try:
                _write_fully(data, content, offset)
                _write_fully(index, memoryview(write_slot(name, placed)), _whole_slots(index) * SLOT_BYTES)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(data, found_bytes)
                raise
        return True

    def is_damaged(self) -> bool:
        """True when slots are damaged, or point behind the end of the data."""
        return bool(self._damaged_slots) or os.fstat(self._data).st_size < self._end_bytes

    def replace_index(self) -> int:
        """Puts an index of the records that can still be read in place of this one. The lock must be held.

        Returns:
            how many records are left out, because the data ends before they do.

        Raises:
            OSError: it cannot be written; the old one stays.
        """
        end = os.fstat(self._data).st_size
        slots = [write_slot(name, record) for name, record in self.records.items() if record.end_bytes <= end]
        new = self.path / f"{INDEX}.new"
        with _opened(new, os.O_CREAT | os.O_TRUNC) as index:
            _write_fully(index, memoryview(b"".join(slots)), 0)
        new.replace(self.path / INDEX)
        return len(self.records) - len(slots)


def create_files(path: Path) -> None:
    """Makes the folder and both files where they are not there yet."""
    path.mkdir(parents=True, exist_ok=True)
    for name in (DATA, INDEX):
        os.close(os.open(path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666))


def size_bytes(path: Path) -> int:
    """What both files take; 0 where there are none."""
    total = 0
    for name in (DATA, INDEX):
        with suppress(FileNotFoundError, NotADirectoryError):
            total += (path / name).stat().st_size
    return total


@contextmanager
def hold_lock(path: Path) -> Iterator[None]:
    """Holds a lock among processes and threads; the operating system lets go of it when the process dies.

    Raises:
        TimeoutError: somebody, perhaps stopped, has held it for half a minute.
    """
    # Opened anew each time: a lock is shared by all who inherited the open file.
    with _opened(path, os.O_CREAT) as file:
        give_up_s = time.monotonic() + _LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > give_up_s:
                    raise TimeoutError(f"another process has held {path} for {_LOCK_WAIT_S:.0f} s") from None
                time.sleep(_LOCK_POLL_S)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def _opened(path: Path, flags: int = 0) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC | flags, 0o666)
    try:
        yield file
    finally:
        os.close(file)


def _whole_slots(index: int) -> int:
    """How many slots there are; one that was cut short in writing at the end is none, and is written over."""
    return os.fstat(index).st_size // SLOT_BYTES


def _read_fully(file: int, length: int, at: int) -> bytes:
    """`length` bytes, or fewer where the file ends."""
    parts = []
    while length and (part := os.pread(file, length, at)):
        parts.append(part)
        length -= len(part)
        at += len(part)
    return b"".join(parts)


def _write_fully(file: int, content: memoryview, at: int) -> None:
    while len(content):
        count = os.pwrite(file, content, at)
        content = content[count:]
        at += count
