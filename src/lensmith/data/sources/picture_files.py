"""Which files are pictures by their names, and where they lie under a folder."""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lensmith.errors import DataError, Problem

SUFFIXES = frozenset(
    (
        ".avif",
        ".bmp",
        ".gif",
        ".jfif",
        ".jp2",
        ".jpeg",
        ".jpg",
        ".mpo",
        ".png",
        ".ppm",
        ".tif",
        ".tiff",
        ".webp",
    )
)
"""The usual endings of the formats that are decoded. What a file truly is, decoding it tells."""

# Files looked at before a folder is said to hold no picture.
_PEEK_FILES = 500


def is_picture(name: str) -> bool:
    """True where a file's name ends like a picture's."""
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122 - a Path costs more, and there may be a million


def files_under(folder: Path) -> Iterator[Path]:
    """All files in a folder and the folders in it, in the order of their names; hidden ones are passed over.

    Raises:
        DataError: a folder may not be entered.
    """
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        yield from (Path(place) / name for name in sorted(names) if not name.startswith("."))


def holds_pictures(folder: Path) -> bool:
    """True where a picture is among the first files in a folder and in the folders in it; raises as `files_under`."""
    return any(is_picture(file.name) for file in islice(files_under(folder), _PEEK_FILES))


def _refuse(error: OSError) -> None:
    found = f"the folder cannot be read: {error.strerror or error}"
    raise DataError(Problem("data/unreadable-file", str(error.filename), found, fix="check the folder")) from error
