"""A store on disk for the features of frozen vision towers: each picture goes through its tower once, for all runs.

What is stored under one key was made by the same weights from pictures prepared the same way; see
`lensmith.batching.feature_keys`. Several processes may read and write one store at once, and may be killed while they
do. A store answers only what it has checked: a record that was damaged on disk is absent, and counted.
"""

import hashlib
import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lensmith.batching.feature_files import StoreFiles, create_files, hold_lock, size_bytes
from lensmith.batching.feature_slots import Record, name_picture, write_dtype
from lensmith.errors import Problem

_LOCK = "lock"


@dataclass(slots=True)
class StoreCounts:
    """What one store object has met in this process.

    Attributes:
        hits: times that features were found.
        stored: records written.
        refused: features not written, for want of room or because the folder cannot be written.
        spoilt: damaged records that were found and dropped.
    """

    hits: int = 0
    stored: int = 0
    refused: int = 0
    spoilt: int = 0


class FeatureStore:
    """Arrays by picture, checked on first read in a process, mapped into memory rather than copied.

    Nothing is opened or made before it is needed. A pickled store, and a forked one, is the same store with counts
    from 0 or from the fork; threads may share one. `get` and `missing` need no permission to write.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     store = FeatureStore(Path(folder), key="weights and preprocessing", limit_bytes=1_000_000)
    ...     store.put("a picture's hash", np.ones((2, 3), np.float16))
    ...     store.get("a picture's hash").shape
    ...     store.missing(["a picture's hash", "another"])
    True
    (2, 3)
    ['another']

    Args:
        folder: of all stores, whatever their keys.
        key: any text; stores of different keys know nothing of each other.
        limit_bytes: what all stores in the folder may take together. Nothing is ever deleted to make room.
    """

    def __init__(self, folder: Path, key: str, limit_bytes: int) -> None:
        self.folder = Path(folder).absolute()
        self.key = key
        self.limit_bytes = limit_bytes
        name = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        self.path = self.folder / name
        self.counts = StoreCounts()
        self._files: StoreFiles | None = None
        self._trouble: OSError | None = None
        self._full = 0

    def __reduce__(self) -> tuple[type["FeatureStore"], tuple[Path, str, int]]:
        return type(self), (self.folder, self.key, self.limit_bytes)

    def get(self, picture: str) -> np.ndarray | None:
        """The picture's features as they were stored, read-only; None when they are absent or turn out damaged.

        The array stays valid as long as it is held, even where the store is deleted. It is the file itself, mapped: a
        program that cuts the file short takes the memory away, and reading it then ends the process.
        """
        name = name_picture(picture)
        try:
            files = self._files
            if files is None or name not in files.records or not files.are_current():
                files = self._refresh()
            features = self._view(files, name) if files else None
        except OSError as error:
            self._trouble = error
            return None
        self.counts.hits += features is not None
        return features

    def put(self, picture: str, features: np.ndarray) -> bool:
        """Stores a picture's features, unless they are there; what is there is never replaced while it is sound.

        Returns:
            True when the store now has them. False when they would exceed the bound, or when writing has failed:
            after a failure this object tries no further. `problems` says why.

        Raises:
            TypeError: an array of objects or of structures; see `write_dtype`.
            ValueError: more than 16 axes.
        """
        array = np.asarray(features, order="C")
        dtype = write_dtype(array.dtype)
        content = array.reshape(-1).view(np.uint8).data if array.size else memoryview(b"")
        record = Record(0, len(content), zlib.crc32(content), dtype, array.shape)
        if self._trouble is None:
            try:
                return self._append(name_picture(picture), record, content)
            except OSError as error:
                self._trouble = error
        self.counts.refused += 1
        return False

    def _append(self, name: bytes, record: Record, content: memoryview) -> bool:
        self.folder.mkdir(parents=True, exist_ok=True)
        with hold_lock(self.folder / _LOCK):
            files = self._refresh()
            if files is None:
                create_files(self.path)
                files = StoreFiles(self.path)
            if self._view(files, name) is not None:
                return True
            if files.is_damaged():
                self.counts.spoilt += files.replace_index()
                files = StoreFiles(self.path)
                files.read_index()
            if not files.append(name, record, content, self.limit_bytes - self.used_bytes):
                self.counts.refused += 1
                self._full += 1
                return False
        self.counts.stored += 1
        return True

    def _view(self, files: StoreFiles, name: bytes) -> np.ndarray | None:
        if name not in files.records:
            return None
        features = files.view(name)
        self.counts.spoilt += features is None
        return features

    def __contains__(self, picture: str) -> bool:
        return not self.missing([picture])

    def missing(self, pictures: Iterable[str]) -> list[str]:
        """Those that are not in the store, in the order given; what is there may yet turn out damaged in `get`."""
        records: dict[bytes, Record] = {}
        try:
            if files := self._refresh():
                records = files.records
        except OSError as error:
            self._trouble = error
        return [picture for picture in pictures if name_picture(picture) not in records]

    @property
    def used_bytes(self) -> int:
        """What all stores in the folder take now: what the bound is on."""
        try:
            return sum(size_bytes(Path(entry.path)) for entry in os.scandir(self.folder) if entry.is_dir())
        except FileNotFoundError:
            return 0

    def problems(self) -> list[Problem]:
        """What the user should know: why features were not stored, and which damage was found."""
        found = []
        where = str(self.folder)
        again = "pictures without stored features go through the vision tower every time"
        if self._trouble is not None:
            reason = self._trouble.strerror or str(self._trouble)
            fix = "make the folder writable and give its disk room, or choose another folder"
            found.append(Problem("features/unusable", where, f"cannot be used: {reason}", consequence=again, fix=fix))
        if self._full:
            mib = 1 / (1 << 20)
            text = f"{self._full} pictures' features found no room"
            limit = f"{self.used_bytes * mib:.1f} of {self.limit_bytes * mib:.1f} MiB are taken"
            own = f"{size_bytes(self.path) * mib:.1f} of them by this model and preprocessing"
            fix = "raise the bound, or delete the folder"
            found.append(Problem("features/full", where, f"{text}: {limit}, {own}", consequence=again, fix=fix))
        if self.counts.spoilt:
            text = f"{self.counts.spoilt} stored records were damaged"
            ends = "they were dropped, and their features are computed again"
            found.append(Problem("features/damaged", where, text, consequence=ends, fix="check the disk"))
        return found

    def _refresh(self) -> StoreFiles | None:
        """The files as they are now, with what other processes have stored; None where there are none."""
        files = self._files
        if files is None or not files.are_current():
            try:
                files = StoreFiles(self.path)
            except FileNotFoundError:
                files = None
        if files is not None:
            self.counts.spoilt += files.read_index()
        self._files = files
        return files
