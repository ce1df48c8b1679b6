"""Where a benchmark's pictures are: its question files name them, and seldom lie beside them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.data.sources.contract import Place
from lensmith.data.sources.pictures import ImageRoot
from lensmith.types import ImageRef


def root_holding(section: SourceSection, beside: Path, folders: Iterable[str], names: Iterable[Any]) -> ImageRoot:
    """The folder in which one of `names` is found: `section.images`, else `beside`, or one of `folders` under it.

    Where it is in none of them the first is the root, and each picture is told to be missing when it is opened.

    Raises:
        DataError: `section.images` does not exist.
    """
    usual = ImageRoot.of(section, beside)
    found = _holding(_start(section, beside), folders, [name for name in names if isinstance(name, str)])
    return usual if found is None else ImageRoot(found, allow_outside=section.allow_outside)


def with_picture(record: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """A record in which one of `columns` says which picture: a number as text, an empty text where none says it.

    >>> with_picture({"image_id": 42}, ["image", "image_id"]), with_picture({"image_id": None}, ["image_id"])
    ({'image_id': '42'}, {'image_id': ''})
    """
    given = {name: record[name] for name in columns if record.get(name) is not None}
    told = {name: str(value) if isinstance(value, int) else value for name, value in given.items()}
    return {**record, **(told or {columns[0]: ""})}


class CocoPictures:
    """Pictures of COCO by their numbers, under the names of 2014 (`COCO_val2014_000000000042.jpg`) or without them.

    Args:
        section: may name the folder.
        beside: the folder of the questions.
        subset: `val2014`, the folder that COCO keeps the pictures in.
        numbers: of some pictures, to look for.
    """

    def __init__(self, section: SourceSection, beside: Path, subset: str, numbers: Iterable[str]) -> None:
        folders = (subset, "images", f"images/{subset}", f"../{subset}", "../images", f"../images/{subset}")
        prefixes = (f"COCO_{subset}_", "") if subset.endswith("2014") else ("", f"COCO_{subset}_")
        wanted = [number for number in numbers if _is_number(number)]
        self._root, self._prefix = ImageRoot.of(section, beside), prefixes[0]
        for prefix in prefixes:
            found = _holding(_start(section, beside), folders, [prefix + _padded(number) for number in wanted])
            if found is not None:
                self._root, self._prefix = ImageRoot(found, allow_outside=section.allow_outside), prefix
                break

    def find(self, text: str, place: Place) -> ImageRef | None:
        """The picture with this number; a text that is no number is a path."""
        return self._root.find(self._prefix + _padded(text) if _is_number(text) else text, place)


def _start(section: SourceSection, beside: Path) -> Path:
    return beside if section.images is None else Path(section.images).expanduser()


def _holding(start: Path, folders: Iterable[str], names: list[str]) -> Path | None:
    places = [start, *(start / folder for folder in folders)]
    return next((place for place in places if any(_is_file(place / name) for name in names)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        # A name that no file can have.
        return False


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 12


def _padded(number: str) -> str:
    return f"{number.zfill(12)}.jpg"
