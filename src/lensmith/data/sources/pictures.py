"""From what a row says about its pictures to references, without leaving the folder they are meant to be in."""

import os
import re
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.data.images import FileImage
from lensmith.data.sources.contract import Place
from lensmith.errors import DataError, Problem
from lensmith.types import ImageRef

# Finds a picture by what a row calls it. None means that `Place` has been told why there is none.
FindPicture = Callable[[str, Place], ImageRef | None]

# A colon alone may stand in a file's name; `://` does not.
_ADDRESS = re.compile(r"(data(?=:)|[a-z][a-z0-9+.-]+(?=://))", re.IGNORECASE)


class ImageRoot:
    """The folder that image paths start from. Every path is looked at once; asking again is a dictionary look-up.

    Args:
        folder: need not hold the files yet; whether a picture exists is checked when it is decoded.
        allow_outside: lets paths leave the folder, by `..`, by an absolute path or by a link.
    """

    def __init__(self, folder: Path, *, allow_outside: bool = False) -> None:
        self._folder = os.path.normpath(folder.absolute())
        self._real = os.path.realpath(self._folder)
        self._allow_outside = allow_outside
        self._found: dict[str, FileImage | tuple[str, str, str]] = {}
        self._real_parents: dict[str, str] = {}

    @classmethod
    def of(cls, section: SourceSection, beside: Path) -> "ImageRoot":
        """The root that a section asks for: its own folder or zip, or the folder `beside`.

        Raises:
            DataError: the folder does not exist, or the zip cannot be read.
        """
        folder = beside if section.images is None else Path(section.images).expanduser()
        if folder.suffix.lower() == ".zip" and folder.is_file():
            from lensmith.data.sources.zipped import ZipRoot

            return ZipRoot(folder)
        if not folder.is_dir():
            raise DataError(
                Problem("data/no-image-folder", str(folder), "there is no such folder", fix="correct `images`")
            )
        return cls(folder, allow_outside=section.allow_outside)

    def find(self, text: str, place: Place) -> ImageRef | None:
        """The picture that a row calls `text`; its name is the path from this folder, with forward slashes."""
        if text not in self._found:
            self._found[text] = self._look(text)
        found = self._found[text]
        if isinstance(found, FileImage):
            return found
        code, why, fix = found
        place.reject(code, why, fix=fix)
        return None

    def _look(self, text: str) -> FileImage | tuple[str, str, str]:
        if "\0" in text:
            return "data/bad-image-path", "the image path holds a NUL character", "correct the path"
        if address := _ADDRESS.match(text):
            return _not_a_path(text, address[1].lower())
        path = os.path.normpath(Path(self._folder) / text)
        if path == self._folder:
            return "data/bad-image-path", f"image path {text!r} names the folder, not a picture", "correct the path"
        inside = _inside(path, self._folder)
        if not self._allow_outside and not (inside and self._stays_inside(path) and not PureWindowsPath(text).drive):
            why = f"image path {text!r} leads out of {self._folder}"
            return "data/image-outside", why, "set `images` to the folder that holds them all, or `allow_outside: true`"
        name = path[len(self._folder.rstrip(os.sep)) + 1 :] if inside else os.path.relpath(path, self._folder)
        return FileImage(path, name.replace(os.sep, "/"))

    def _stays_inside(self, path: str) -> bool:
        parent, name = os.path.split(path)
        if parent not in self._real_parents:
            self._real_parents[parent] = os.path.realpath(parent)
        try:
            linked = Path(path).is_symlink()
        except OSError:
            # A name that is too long, a folder that may not be entered: reading the picture will say which.
            linked = False
        real = os.path.realpath(path) if linked else f"{self._real_parents[parent].rstrip(os.sep)}{os.sep}{name}"
        return _inside(real, self._real)


def read_pictures(values: dict[str, Any], find: FindPicture, place: Place) -> tuple[ImageRef, ...]:
    """The pictures a row names in `image` (a text or a list) or `images`; none where it names none.

    Instead of a text there may be a reference already, where a format keeps pictures and rows together.
    """
    one, several = values.get("image"), values.get("images")
    if one is not None and several is not None and _listed(one) != _listed(several):
        place.reject(
            "data/two-images-columns", "the row names different pictures in `image` and `images`", fix="keep one"
        )
        return ()
    names = _listed(one if one is not None else several)
    found = []
    for name in names:
        if not isinstance(name, str) and isinstance(name, ImageRef):
            found.append(name)
        elif not isinstance(name, str) or not name.strip():
            said = (
                "an empty image path" if isinstance(name, str) or name is None else f"a picture given as {_kind(name)}"
            )
            place.reject("data/bad-image-path", said, expected="the path of a file, as text", fix="correct the row")
        elif (image := find(name, place)) is not None:
            found.append(image)
    return tuple(found)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _kind(value: Any) -> str:
    return "an object" if isinstance(value, dict) else f"{type(value).__name__} {str(value)[:40]}"


def _inside(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _not_a_path(text: str, scheme: str) -> tuple[str, str, str]:
    if scheme == "data":
        return "data/inline-image", "the picture is written into the row as a data URL", "save pictures as files"
    if scheme == "file":
        return "data/file-url", f"the picture is given as an address: {text[:80]}", "write the path without file://"
    fix = "download it first (for example `curl -O ADDRESS`) and write the file's path in its place"
    return "data/remote-image", f"the picture is not on this machine: {text[:80]}", fix
