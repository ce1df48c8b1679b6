"""Tar archives as a stream of samples: members that share a name up to its first dot. Nothing is unpacked.

    000001.jpg  000001.json  000002.jpg  000002.json  …

The convention of the webdataset library (Aizman et al. 2020, arXiv 2001.01858).
"""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from lensmith.data.images import MAX_FILE_BYTES
from lensmith.data.sources.contract import Row
from lensmith.errors import DataError, Problem

_GZIP = b"\x1f\x8b"
# What `tarfile` lets out on archives that are cut or damaged.
_DAMAGE = (tarfile.TarError, OSError, ValueError, LookupError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class ShardImage:
    """A picture in a tar archive. Two at one place of one file are one picture.

    Attributes:
        path: of the archive, absolute.
        offset: where the picture's bytes begin.
        size_bytes: how many there are.
        name: the archive's name and the member's path in it.
    """

    path: str
    offset: int
    size_bytes: int
    name: str = field(compare=False)

    def read_bytes(self) -> bytes:
        """The picture's file.

        Raises:
            OSError: the archive is gone or cut, or the picture is larger than `MAX_FILE_BYTES`.
        """
        if self.size_bytes > MAX_FILE_BYTES:
            raise OSError(f"larger than {MAX_FILE_BYTES >> 20} MiB")
        with Path(self.path).open("rb") as stream:
            stream.seek(self.offset)
            data = stream.read(self.size_bytes)
        if len(data) < self.size_bytes:
            raise OSError("the archive ends before it does")
        return data


class Member(NamedTuple):
    """A file in an archive.

    Attributes:
        path: in the archive.
        ending: what its name ends in after the first dot, in small letters.
        offset: where its bytes begin.
        size_bytes: how many there are; of the last, some may be missing.
    """

    path: str
    ending: str
    offset: int
    size_bytes: int

    @property
    def key(self) -> str:
        """The path up to the first dot of the name."""
        name = PurePosixPath(self.path).name
        return self.path[: len(self.path) - len(name)] + name.partition(".")[0]


class Sample(NamedTuple):
    """Members that belong together; `key` is what their paths have in common."""

    key: str
    members: tuple[Member, ...]


def read_samples(shard: Path, stream: BinaryIO) -> Iterator[Sample | Row]:
    """Every sample of an archive that is open as `stream`, in order.

    Where the archive is cut or damaged, the sample in hand and all after it are one row of problems.

    Raises:
        DataError: it is no tar archive.
    """
    key, members = "", list[Member]()
    archive = _open(shard, stream)
    try:
        for member in _members(archive, stream):
            if members and member.key != key:
                yield Sample(key, tuple(members))
                members = []
            key = member.key
            members.append(member)
    except _DAMAGE as error:
        where, found = f"{shard} {key}".rstrip(), f"the archive is cut or damaged: {error}"
        lost, fix = "this sample and all after it are left out", "copy or download it again"
        yield Row(where, problems=(Problem("data/truncated-shard", where, found, consequence=lost, fix=fix),))
        return
    if members:
        yield Sample(key, tuple(members))


def _open(shard: Path, stream: BinaryIO) -> tarfile.TarFile:
    begins = stream.read(len(_GZIP))
    stream.seek(0)
    try:
        return tarfile.TarFile(fileobj=stream)
    except _DAMAGE as error:
        found = "it is compressed" if begins == _GZIP else f"it is no tar archive: {error}"
        fix = "unpack it to a plain .tar" if begins == _GZIP else "copy or download it again"
        raise DataError(Problem("data/not-a-shard", str(shard), found, fix=fix)) from error


def _members(archive: tarfile.TarFile, stream: BinaryIO) -> Iterator[Member]:
    """The plain files whose names have an ending.

    Raises:
        tarfile.TarError: the archive ends within the last member, or a header is damaged; or another of `_DAMAGE`,
            where a header holds nonsense.
    """
    before = -1
    while (info := archive.next()) is not None:
        if info.size < 0 or info.offset_data <= before:
            raise tarfile.ReadError("a member lies before the one that comes before it")
        before = info.offset_data
        # The library would remember every member it has seen.
        archive.members.clear()  # type: ignore[attr-defined]
        name, dot, ending = PurePosixPath(info.name).name.partition(".")
        if info.isreg() and name and dot:
            yield Member(info.name, ending.lower(), info.offset_data, info.size)
    _require_end(archive.offset, stream)


def _require_end(offset: int, stream: BinaryIO) -> None:
    """The library takes a damaged header for the archive's end; its true end is a block of zeros, or the file's."""
    stream.seek(offset)
    block = stream.read(tarfile.BLOCKSIZE)
    if block.strip(b"\0"):
        raise tarfile.ReadError("a header is damaged" if len(block) == tarfile.BLOCKSIZE else "it ends within a header")
