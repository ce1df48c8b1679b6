"""Which files of a folder belong together: by the split that their names tell, and the numbers of shards."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from lensmith.errors import DataError, Problem

WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev", "eval"),
    "test": ("test", "testing", "testdev"),
}
"""Role to the words that name it, the plainest first."""

_OF = re.compile(r"-\d+-of-\d+$")
_NUMBER = re.compile(r"[-_.]?\d+$")
# A number that only a shard has: 00007-of-00012, 00000, 0.
_SHARD = re.compile(r"(-\d+-of-\d+|(?<!\d)0\d*)$")


class Part(NamedTuple):
    """One split of a source.

    Attributes:
        name: what `split` calls it; "" where the source is not divided.
        files: of which it consists.
    """

    name: str
    files: tuple[Path, ...]

    @property
    def prefix(self) -> str:
        """What ids of rows that bring none begin with."""
        return self.name or self.files[0].stem


def role_of(name: str) -> str:
    """The role that a file or split is named for, empty where its name tells none.

    >>> role_of("nlvr_Train.jsonl"), role_of("testdev_balanced"), role_of("training.v2.json"), role_of("photos")
    ('train', 'test', 'train', '')
    """
    words = re.split(r"[\W_]+", name.lower())
    return next((role for word in words for role, names in WORDS.items() if word in names), "")


def names_a_split(name: str) -> bool:
    """True where a folder's name is nothing but a word for a split: train, valid, test."""
    return any(name.lower() in words for words in WORDS.values())


def visible_folders(folder: Path) -> list[Path]:
    """The folders in a folder by name, without hidden ones and what archivers leave behind."""
    return [each for each in entries(folder) if each.is_dir() and not each.name.startswith((".", "__"))]


def entries(folder: Path) -> list[Path]:
    """What is in a folder, by name.

    Raises:
        DataError: it may not be entered.
    """
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        found = f"the folder cannot be read: {error.strerror or error}"
        raise DataError(Problem("data/unreadable-file", str(folder), found, fix="check the folder")) from error


def group_shards(files: Collection[Path]) -> dict[str, Part]:
    """Files by the set that they are part of: numbered files are one set when they count from 0 or with leading zeros.

    >>> names = ["test.tar", "train-00.tar", "train-01.tar", "fold1.tar", "fold2.tar", "val-00000-of-00001.tar"]
    >>> {name: len(part.files) for name, part in group_shards([Path(name) for name in names]).items()}
    {'fold1': 1, 'fold2': 1, 'test': 1, 'train': 2, 'val': 1}
    """
    numbered: dict[str, list[Path]] = {}
    for path in sorted(files):
        numbered.setdefault(_NUMBER.sub("", _OF.sub("", path.stem)), []).append(path)
    parts: dict[str, list[Path]] = {}
    for name, paths in numbered.items():
        sharded = any(_SHARD.search(path.stem) for path in paths)
        for path in paths:
            parts.setdefault(name if sharded else path.stem, []).append(path)
    return {name: Part(name, tuple(paths)) for name, paths in sorted(parts.items())}


def parts_of(path: str, suffixes: tuple[str, ...]) -> dict[str, Part]:
    """The files at a path by split: the path itself under the name "", or what a folder holds.

    In a folder these are the files in it, else those in its folder `data`, else those in folders named for splits.
    Empty where there is none.

    Raises:
        DataError: a folder may not be entered.
    """
    place = Path(path).expanduser()
    if not place.is_dir():
        return {"": Part("", (place,))} if place.exists() else {}
    for folder in (place, place / "data"):
        if folder.is_dir() and (files := _with_suffix(folder, suffixes)):
            return group_shards(files)
    folders = [each for each in visible_folders(place) if names_a_split(each.name)]
    found = {each.name: Part(each.name, _with_suffix(each, suffixes)) for each in folders}
    return {name: part for name, part in found.items() if part.files}


def _with_suffix(folder: Path, suffixes: tuple[str, ...]) -> tuple[Path, ...]:
    return tuple(path for path in entries(folder) if path.suffix.lower() in suffixes and path.is_file())
