"""What `check` told, kept until anything that it read has changed: a second look costs the times of the files.

It is kept only where it is known what was read: the file or folder that was given (with a table of metadata its folder,
which is searched for pictures that no row names), and pictures that are files of their own. A file changes when its
size, times or number on the disk do; one that was written while, or shortly before, it was read is not trusted.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import lensmith
from lensmith.config.sections import SourceSection
from lensmith.data.findings import CheckResult
from lensmith.data.images import FileImage
from lensmith.data.picture_index import SETTLED_S, PictureIndex, index_path
from lensmith.data.sources import SOURCES
from lensmith.data.sources.imagefolder import NAMES

# Size and times of a file, and its number on the disk; None where there is none.
Stamp = tuple[int, int, int, int] | None


class UnsureError(Exception):
    """What was read is not known whole, or may change unseen."""


class Told(NamedTuple):
    """What a check told.

    Attributes:
        found: as `CheckResult.to_json` gave it.
        started_s: when the check began, in seconds since the epoch.
    """

    found: dict[str, Any]
    started_s: float


def look_again(sections: Sequence[SourceSection], against: Sequence[SourceSection]) -> Told | None:
    """What was told of these sources; None where that is not known any more.

    Args:
        sections: as in a recipe.
        against: data that is held out.
    """
    with PictureIndex(index_path()) as index:
        kept = index.find_answer(_question(sections, against))
    if kept is None or any(_stamp(path) != (then and tuple(then)) for path, then in kept["read"]):
        return None
    return Told(kept["found"], kept["started_s"])


def remember(
    sections: Sequence[SourceSection], against: Sequence[SourceSection], result: CheckResult, started_s: float
) -> None:
    """Keeps what was told, where it is known what was read.

    Args:
        sections: as in a recipe.
        against: data that is held out.
        result: of the check.
        started_s: when it began, in seconds since the epoch.
    """
    try:
        read = [(path, _settled(path, started_s)) for path in dict.fromkeys(_paths(sections, against, result))]
    except UnsureError:
        return
    with PictureIndex(index_path()) as index:
        kept = {"read": read, "found": result.to_json(), "started_s": started_s}
        index.keep_answer(_question(sections, against), kept)


def _paths(sections: Sequence[SourceSection], against: Sequence[SourceSection], result: CheckResult) -> Iterable[str]:
    """All that was read: files, and the folders that were looked through."""
    for source in result.sources:
        if source.failed or not getattr(SOURCES[source.format], "reads_its_path_only", False):
            raise UnsureError(source.name)
        for image in (*source.pictures.found, *source.pictures.problems):
            if not isinstance(image, FileImage):
                raise UnsureError(image.name)
            yield image.path
    for section in (*sections, *against):
        path = Path(section.path).expanduser().absolute()
        place = path.parent if path.name in NAMES else path
        yield from _tree(place) if place.is_dir() else [str(place)]


def _tree(folder: Path) -> Iterable[str]:
    for parent, folders, files in os.walk(folder):
        if any(Path(parent, name).is_symlink() for name in folders):
            raise UnsureError(parent)
        yield parent
        yield from (os.path.join(parent, name) for name in files)  # noqa: PTH118 - there may be a million


def _settled(path: str, started_s: float) -> Stamp:
    found = _stamp(path)
    if found and max(found[1], found[2]) > (started_s - SETTLED_S) * 1e9:
        raise UnsureError(path)
    return found


def _stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - as in `stamp_file`
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _question(sections: Sequence[SourceSection], against: Sequence[SourceSection]) -> bytes:
    """A digest of what was asked, where, and of the code that answers."""
    package = Path(lensmith.__file__).parent
    code = sorted(
        (str(path), _stamp(str(path))) for part in ("data", "config") for path in (package / part).rglob("*.py")
    )
    asked = [[section.model_dump(mode="json") for section in some] for some in (sections, against)]
    return hashlib.blake2b(json.dumps([str(Path.cwd()), asked, code]).encode(), digest_size=32).digest()
