"""The part of a source that `split` asks for, where a format keeps its parts in files or folders of their own."""

from collections.abc import Mapping
from typing import TypeVar

from lensmith.config.sections import SourceSection
from lensmith.errors import DataError, Problem, suggest

T = TypeVar("T")


def choose_split(section: SourceSection, parts: Mapping[str, T]) -> T:
    """The part that `section.split` names, or the only one there is; `""` names a set that is not divided.

    Raises:
        DataError: there is no such part, several and none was named, or none at all; names those that exist.
    """
    asked = section.split
    if asked is None and len(parts) == 1:
        return next(iter(parts.values()))
    if asked and asked in parts:
        return parts[asked]
    names = [name for name in parts if name]
    if not names:
        found = f"split `{asked}` was asked for, but there is nothing to choose from here"
        raise DataError(Problem("data/no-such-split", section.path, found, fix="leave `split` out"))
    found = f"there is no split `{asked}`" if asked else "there are several splits and none was named"
    raise DataError(Problem("data/no-such-split", section.path, found, fix=suggest(asked or "", names)))
