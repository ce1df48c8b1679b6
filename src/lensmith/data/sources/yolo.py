"""Boxes as YOLO's tools keep them (Ultralytics, Roboflow): data.yaml, pictures, and a text file of labels for each.

    data.yaml               names: [zebra, car]  (or {0: zebra, 1: car});  train: ../train/images;  val: …;  test: …
    train/images/a.jpg      or images/train/a.jpg
    train/labels/a.txt      or labels/train/a.txt, or beside the picture
        0 0.5 0.5 0.2 0.1             class, centre x, centre y, width, height, as shares of the picture
        1 0.1 0.1 0.3 0.1 0.2 0.4     class and a polygon: x, y, x, y, …

What is asked about the boxes is the matter of `asking`. An empty or missing file of labels says that nothing is there,
as it does in training; the missing ones are noted. A picture with a wrong line is left out: what is in it is not known.

The paths in data.yaml are often wrong: Roboflow writes `../train/images` where it means `train/images`, and a notebook
leaves its own `/content/…`. Where a path leads nowhere or out of the folder, its end is looked for under the folder.
The rules about `path:`, polygons and `kpt_shape` are from memory of Ultralytics' documentation.
"""

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.config.yaml12 import parse
from lensmith.data.sources.asking import SETTINGS, Sighting, added_columns, ask
from lensmith.data.sources.columns import Roles, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Place, Request, Row
from lensmith.data.sources.copies import original_name
from lensmith.data.sources.flat import answer_text, read_group, read_id
from lensmith.data.sources.picture_files import is_picture
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.rows import no_such_path
from lensmith.data.sources.splits import choose_split
from lensmith.errors import DataError, Problem

USUAL: dict[str, tuple[str, ...]] = {"image": ("image",), "id": (), "group": ()}
SPLITS = ("train", "val", "test")
# How far rounding may push a value over the picture's edge; what Ultralytics lets through, from memory.
TOLERANCE = 0.01
_MAX_BYTES = 1 << 20


class YoloSource:
    """Pictures with boxes in text files, turned into questions."""

    name = "yolo"
    describe = "YOLO boxes: data.yaml with names and paths, images and labels; questions by `ask`, as for coco"
    settings = SETTINGS

    def detect(self, path: str) -> Detection:
        """Sure where a YAML file has `names` and one of train, val and test."""
        file = _yaml_file(path)
        if file is None:
            return Detection(0.0, "no YAML file with `names` and one of train, val and test is there")
        return Detection(0.95, f"{file.name} has `names` and paths to pictures")

    def splits(self, path: str) -> tuple[str, ...]:
        """Those of train, val and test that the YAML file names."""
        file = _yaml_file(path)
        return tuple(_paths(_settings(file)[0])) if file else ()

    def layout(self, request: Request) -> Layout:
        """The picture, its file of labels, and what is marked."""
        columns = ("image", "labels", *added_columns(request.section))
        return Layout(columns, resolve_roles(request.section.columns, USUAL, columns, request.section.path))

    def read(self, request: Request) -> Iterator[Row]:
        """One row a picture, by path; files of labels that belong to no picture come last, as rows of problems."""
        section = request.section
        roles = self.layout(request).roles
        export = _open(section)
        pictures = export.pictures(section)
        reader = _Labels(export, roles, ImageRoot(export.base, allow_outside=section.allow_outside))
        sightings = [reader.sighting(path) for path in pictures]
        if not reader.wanted & reader.found:
            found = f"none of {len(pictures)} pictures has a file of labels, such as {min(reader.wanted)}"
            fix = "put the labels there, or correct data.yaml"
            raise DataError(Problem("data/no-labels", str(export.file), found, "every picture would be empty", fix=fix))
        sightings[0].place.notes.extend(export.notes)
        yield from ask(section, sightings, list(dict.fromkeys(export.names.values())), str(export.file))
        for path in sorted(reader.found - reader.wanted):
            place = Place(str(path))
            place.reject("data/label-without-image", "no picture belongs to these labels", fix="add it, or remove them")
            yield place.row()


YOLO = YoloSource()


@dataclass(frozen=True, slots=True)
class _Export:
    """What a YAML file says.

    Attributes:
        file: the YAML file.
        base: the folder that all lies in.
        path: where in it, or elsewhere, the YAML file says that its paths start.
        names: class by number.
        paths: of pictures, by split.
        keypoints: a line goes on with key points after its box.
        notes: on the file as a whole; more come while paths are followed.
    """

    file: Path
    base: Path
    path: str
    names: Mapping[int, str]
    paths: Mapping[str, Sequence[str]]
    keypoints: bool
    notes: list[Problem]

    def pictures(self, section: SourceSection) -> list[Path]:
        """The pictures of the split asked for.

        Raises:
            DataError: there is no such split, its folder is not found, or holds none.
        """
        values = choose_split(section, self.paths)
        folders = {value: self._follow(value, section) for value in values}
        lost = [value for value, folder in folders.items() if folder is None]
        if lost:
            fix = "correct the path, or set `images` to the folder it starts from"
            raise DataError(
                Problem("data/no-image-folder", str(self.file), f"{value!r} leads to no folder in {self.base}", fix=fix)
                for value in lost
            )
        found = {path: None for folder in folders.values() if folder for path in _pictures_in(folder)}
        if not found:
            said = f"there is no picture in {', '.join(values)}"
            raise DataError(Problem("data/no-images", str(self.file), said, fix="correct the path"))
        return list(found)

    def _follow(self, value: str, section: SourceSection) -> Path | None:
        """The folder that a path means: where it leads, or where its end leads."""
        for start in (self.base / self.path, self.base):
            meant = Path(os.path.normpath(start / value))
            if meant.is_dir() and (section.allow_outside or meant.is_relative_to(self.base)):
                return meant
        parts = [part for part in PurePosixPath(value.replace("\\", "/")).parts if part.strip("/.")]
        for k in range(max(1, len(parts) - 1)):
            folder = self.base.joinpath(*parts[k:])
            if parts and folder.is_dir():
                found = f"{value!r} leads to no folder in {self.base}; {'/'.join(parts[k:])!r} was read"
                self.notes.append(Problem("data/path-corrected", str(self.file), found, fix="correct it there"))
                return folder
        return None


class _Labels:
    """Makes sightings of pictures and their files of labels.

    Attributes:
        wanted: the files of labels that the pictures should have.
        found: the files of labels that are there.
    """

    def __init__(self, export: _Export, roles: Roles, root: ImageRoot) -> None:
        self._export = export
        self._roles = roles
        self._root = root
        self._seen: set[Path] = set()
        self.wanted: set[Path] = set()
        self.found: set[Path] = set()

    def sighting(self, picture: Path) -> Sighting:
        place = Place(str(picture))
        file = self._labels_of(picture)
        image = self._root.find(str(picture), place)
        name = image.name if image else str(picture)
        images = () if image is None else (image,)
        record = {"image": name, "labels": os.path.relpath(file, self._export.base).replace(os.sep, "/")}
        values, metadata = self._roles.take(record)
        boxes = self._boxes(file, place)
        group = read_group(values["group"], images, name, place) if "group" in values else original_name(name)
        return Sighting(place, read_id(values.get("id"), name, place), images, group, boxes, metadata)

    def _labels_of(self, picture: Path) -> Path:
        """Where a picture's labels are: in `labels` where it is in `images`, or beside it."""
        beside = picture.with_suffix(".txt")
        parts = list(Path(os.path.relpath(beside, self._export.base)).parts)
        if "images" not in parts[:-1]:
            self.wanted.add(beside)
            self.found |= {beside} if beside.is_file() else set()
            return beside
        at = len(parts) - 2 - parts[-2::-1].index("images")
        file = self._export.base.joinpath(*parts[:at], "labels", *parts[at + 1 :])
        if file.parent not in self._seen:
            self._seen.add(file.parent)
            self.found.update(path for path in file.parent.glob("*.txt") if path.name != "classes.txt")
        self.wanted.add(file)
        return file

    def _boxes(self, file: Path, place: Place) -> Counter[str]:
        boxes: Counter[str] = Counter()
        if file not in self.found:
            place.note("data/no-label-file", f"there is no {file}; nothing is in the picture", fix="add an empty file")
            return boxes
        try:
            if file.stat().st_size > _MAX_BYTES:
                raise OSError(f"larger than {_MAX_BYTES >> 20} MiB")
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            place.reject("data/unreadable-labels", f"{file} cannot be read: {error}", fix="write it again as text")
            return boxes
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            key, wrong = _read_line(line, keypoints=self._export.keypoints)
            if wrong:
                place.reject("data/bad-label-line", f"{file}:{number}: {wrong}", fix="mend or remove the line")
            elif key not in self._export.names:
                found = f"{file}:{number}: class {key} is none of {_range(self._export.names)}"
                place.reject(
                    "data/class-out-of-range", found, fix=f"correct it, or `names` in {self._export.file.name}"
                )
            else:
                boxes[self._export.names[key]] += 1
        return boxes


def _read_line(line: str, *, keypoints: bool) -> tuple[int, str]:
    """The class of a line, and what is wrong with the line; empty where nothing is.

    >>> _read_line("1 0.5 0.5 0.2 0.1", keypoints=False)
    (1, '')
    >>> _read_line("0 0.1 0.1 0.3 0.1 0.2 0.4", keypoints=False)
    (0, '')
    >>> _read_line("0 320 240 64 64", keypoints=False)[1]
    '320 is no share of the picture, 0 to 1'
    """
    words = line.split()
    try:
        values = [float(word) for word in words]
    except ValueError:
        return 0, f"not numbers: {line.strip()[:60]!r}"
    key, places = values[0], values[1:5] if keypoints else values[1:]
    if not math.isfinite(key) or key != int(key) or key < 0:
        return 0, f"{words[0]} is no class number"
    if len(places) != 4 and (len(places) < 6 or len(places) % 2):
        return 0, f"{len(words)} numbers, which are neither a box (5) nor a polygon (7, 9, …)"
    for word, value in zip(words[1:], places, strict=False):
        if not -TOLERANCE <= value <= 1 + TOLERANCE:
            return 0, f"{word} is no share of the picture, 0 to 1"
    if len(places) == 4 and min(places[2:]) <= 0:
        return 0, "the box has no area"
    return int(key), ""


def _range(names: Mapping[int, str]) -> str:
    return f"the {len(names)} classes, {min(names)} to {max(names)}"


def _pictures_in(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if is_picture(path.name) and not path.name.startswith("."))
    return sorted(path for path in found if path.is_file())


def _open(section: SourceSection) -> _Export:
    """The export at a path.

    Raises:
        DataError: there is no YAML file, or its names or paths cannot be used.
    """
    given = Path(section.path).expanduser()
    if not given.exists():
        raise DataError(no_such_path(section.path))
    file = _yaml_file(section.path) or (given if given.is_file() else None)
    if file is None:
        found = "there is no YAML file with `names` and one of train, val and test"
        raise DataError(Problem("data/no-boxes", section.path, found, fix="point at data.yaml"))
    settings, notes = _settings(file)
    base = file.parent if section.images is None else Path(section.images).expanduser()
    if not base.is_dir():
        raise DataError(Problem("data/no-image-folder", str(base), "there is no such folder", fix="correct `images`"))
    names = _names(settings, file)
    if settings.get("nc") not in (None, len(names)):
        found = f"`nc` says {settings['nc']} classes, `names` has {len(names)}; `names` counts"
        notes.append(Problem("data/class-count", str(file), found, fix="correct one of them"))
    base = Path(os.path.normpath(base.absolute()))
    return _Export(file, base, str(settings.get("path") or ""), names, _paths(settings), "kpt_shape" in settings, notes)


def _yaml_file(path: str) -> Path | None:
    """The YAML file at a path that is laid out as this format wants; never raises."""
    place = Path(path).expanduser()
    if place.is_dir():
        listed = sorted(place.glob("*.y*ml"), key=lambda file: (file.stem != "data", file.name))
    else:
        listed = [place] if place.suffix.lower() in (".yaml", ".yml") else []
    for file in listed:
        try:
            settings, _ = _settings(file)
        except DataError:
            continue
        if "names" in settings and _paths(settings):
            return file
    return None


def _settings(file: Path) -> tuple[dict[str, Any], list[Problem]]:
    """A YAML file's settings, and what is odd about it.

    Raises:
        DataError: it is not YAML.
    """
    try:
        with file.open("rb") as stream:
            text = stream.read(_MAX_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            Problem("data/unreadable-file", str(file), f"cannot be read: {error}", fix="check it")
        ) from error
    tree, problems = parse(text, str(file), file.parent)
    odd = [replace(problem, code="data/odd-yaml") for problem in problems]
    if tree is None or not isinstance(tree.value, dict):
        raise DataError(odd or Problem("data/odd-yaml", str(file), "it holds no settings", fix="export it again"))
    return tree.plain(), odd


def _paths(settings: Mapping[str, Any]) -> dict[str, list[str]]:
    """Paths of pictures by split: one, or a list of them."""
    paths = {}
    for split in SPLITS:
        given = settings.get(split)
        values = given if isinstance(given, list) else [given]
        texts = [value for value in values if isinstance(value, str) and value.strip()]
        if texts:
            paths[split] = texts
    return paths


def _names(settings: Mapping[str, Any], file: Path) -> dict[int, str]:
    """Class names by number, from a list or a mapping.

    Raises:
        DataError: there are none, or one is no name.
    """
    given = settings.get("names")
    pairs = dict(enumerate(given)) if isinstance(given, list) else given if isinstance(given, dict) else {}
    names = {str(key): answer_text(name) for key, name in pairs.items()}
    wrong = [key for key, name in names.items() if not key.isdecimal() or not name or not name.strip()]
    if wrong or not names:
        found = f"`names` has no name for {', '.join(wrong[:5])}" if wrong else "`names` lists no class"
        fix = "write names: [zebra, car], or names: {0: zebra, 1: car}"
        raise DataError(Problem("data/bad-names", str(file), found, fix=fix))
    return {int(key): str(name).strip() for key, name in names.items()}
