"""Boxes in COCO's instances JSON (Lin et al. 2014, arXiv 1405.0312), as the project and Roboflow write it.

    annotations/instances_val2017.json  ·  val2017/000000000139.jpg                 the project
    {train,valid,test}/_annotations.coco.json, beside their pictures                Roboflow

    {"images": [{"id": 1, "file_name": "a.jpg", …}], "annotations": [{"id": 7, "image_id": 1, "category_id": 2,
     "bbox": [x, y, width, height], "iscrowd": 0, …}], "categories": [{"id": 2, "name": "cat", "supercategory": …}]}

What is asked about the boxes is the matter of `asking`. A picture counts as holding a class where any of its
annotations says so, crowds among them; where a segmentation lies, as polygons or run lengths, is not looked at. A
picture without annotations holds nothing. One with an annotation that is wrong is left out: what is in it is not known.

Roboflow's export adds a category that stands for the project (its supercategory is "none", the others' supercategory is
its name, nothing is marked with it): it is no class. The folders of the COCO project are from memory.
"""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.data.sources.asking import SETTINGS, Sighting, added_columns, ask
from lensmith.data.sources.columns import Roles, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Place, Request, Row
from lensmith.data.sources.copies import original_name
from lensmith.data.sources.flat import read_group, read_id
from lensmith.data.sources.members import peek_members, read_members
from lensmith.data.sources.picture_folders import root_holding
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.rows import PEEK_ROWS, Record, json_files, no_such_path
from lensmith.data.sources.splits import choose_split
from lensmith.errors import DataError, Problem

USUAL: dict[str, tuple[str, ...]] = {"image": ("file_name",), "id": ("id",), "group": ()}
ROBOFLOW = "_annotations.coco.json"
_INSTANCES = "instances_"
_LOOKED_FOR = 20


class CocoSource:
    """Pictures with boxes, turned into questions."""

    name = "coco"
    describe = "COCO boxes (also Roboflow's _annotations.coco.json): questions by `ask: label` or `ask: presence`"
    settings = SETTINGS

    def detect(self, path: str) -> Detection:
        """Sure where a JSON object begins with COCO's images, annotations or categories."""
        files = _files(path)
        if files:
            return Detection(0.95, f"it holds COCO's images and annotations ({next(iter(files.values())).name})")
        return Detection(0.0, "no JSON object with COCO's `images`, `annotations` and `categories` is there")

    def splits(self, path: str) -> tuple[str, ...]:
        """Roboflow's folders, or what follows `instances_` in the names of files, without the year."""
        return tuple(name for name in _files(path) if name)

    def layout(self, request: Request) -> Layout:
        """The columns of `images`, and those that the questions add."""
        return _layout(request.section, _chosen(request.section))

    def read(self, request: Request) -> Iterator[Row]:
        """One row a picture; annotations that belong to no picture come last, as rows of problems."""
        file = _chosen(request.section)
        found = _read(file)
        roles = _layout(request.section, file).roles
        key = roles.columns["image"][0]
        names = [str(record.value.get(key)) for record in found.images[:_LOOKED_FOR]]
        folders = ("images", *(f"../{place}" for place in (file.stem.removeprefix(_INSTANCES), "images")))
        reader = _Pictures(found, roles, root_holding(request.section, file.parent, folders, names))
        sightings = [reader.sighting(record) for record in found.images]
        if sightings:
            sightings[0].place.notes.extend(found.notes)
            yield from ask(request.section, sightings, list(found.classes.values()), str(file))
        yield from found.strays()


COCO = CocoSource()


@dataclass(slots=True)
class _Instances:
    """A file's contents, annotations as counts.

    Attributes:
        images: as they stand.
        classes: category id to name, without the one that stands for the project.
        boxes: by image id, how many annotations of each category id.
        faults: by image id, what is wrong with its annotations.
        first_at: by image id, where its first annotation stands.
        broken: entries that are no objects, or name no picture.
        notes: on the file as a whole.
    """

    images: list[Record] = field(default_factory=list)
    classes: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, Counter[str]] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    first_at: dict[str, str] = field(default_factory=dict)
    broken: list[Row] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def strays(self) -> Iterator[Row]:
        """What belongs to no picture."""
        yield from self.broken
        known = {_key(record.value.get("id")) for record in self.images}
        for image, where in self.first_at.items():
            if image not in known:
                place = Place(where)
                count = sum(self.boxes[image].values())
                found = f"no picture has the id {image}, which {count} annotations name"
                place.reject("data/unknown-image-id", found, fix="add the picture to `images`, or correct `image_id`")
                yield place.row()


def _read(file: Path) -> _Instances:
    found = _Instances()
    categories: list[Record] = []
    ids: set[str] = set()
    repeated = 0
    for name, entry in read_members(file):
        if name not in ("images", "annotations", "categories"):
            continue
        if isinstance(entry, Row):
            found.broken.append(entry)
        elif not isinstance(entry, Record):
            raise DataError(Problem("data/not-a-list", f"{file} {name}", f"`{name}` is no list", fix="export it again"))
        elif name == "images":
            found.images.append(entry)
        elif name == "categories":
            categories.append(entry)
        else:
            own = _key(entry.value.get("id"))
            repeated += own in ids
            ids.add(own)
            _count(entry, found)
    if not found.images:
        raise DataError(Problem("data/no-images", str(file), "it lists no `images`", fix="export it again"))
    ids.discard("")
    if repeated:
        said = f"{repeated} annotations repeat the id of an earlier one; every one counts"
        found.notes.append(Problem("data/duplicate-annotation-id", str(file), said, fix="give each an id of its own"))
    _name_classes(categories, found, file)
    return found


def _count(entry: Record, found: _Instances) -> None:
    """Counts one annotation for its picture."""
    image, category = _key(entry.value.get("image_id")), _key(entry.value.get("category_id"))
    if not image:
        place = Place(entry.where)
        place.reject("data/unknown-image-id", "the annotation names no picture in `image_id`", fix="fill it in")
        found.broken.append(place.row())
        return
    found.first_at.setdefault(image, entry.where)
    found.boxes.setdefault(image, Counter())[category] += 1
    box = entry.value.get("bbox")
    if box and not _is_box(box):
        said = f"{entry.where}: the box {str(box)[:60]} is not x, y, width and height with an area"
        found.faults.setdefault(image, []).append(said)


def _name_classes(categories: list[Record], found: _Instances, file: Path) -> None:
    """Fills in `classes`, and the faults of pictures whose annotations name a category that is not there.

    Raises:
        DataError: categories have no id or name, or two names share an id.
    """
    problems = []
    for record in categories:
        key, name = _key(record.value.get("id")), record.value.get("name")
        if not key or not isinstance(name, str) or not name.strip():
            said = f"the category {str(record.value)[:60]} has no id or no name"
            problems.append(Problem("data/bad-category", record.where, said, fix="give it both"))
        elif found.classes.setdefault(key, name.strip()) != name.strip():
            said = f"the id {key} stands for both {found.classes[key]!r} and {name.strip()!r}"
            fix = "give each category an id of its own"
            problems.append(Problem("data/duplicate-category-id", record.where, said, fix=fix))
    if problems:
        raise DataError(problems)
    used = {key for counts in found.boxes.values() for key in counts}
    for image, counts in found.boxes.items():
        for key in counts.keys() - found.classes.keys():
            said = f"{found.first_at[image]}: no category has the id {key or 'that is missing'}"
            found.faults.setdefault(image, []).append(said)
    above = {str(record.value.get("supercategory")) for record in categories}
    for record in categories:
        key = _key(record.value["id"])
        name = found.classes.get(key, "")
        if key not in used and record.value.get("supercategory") == "none" and name in above:
            del found.classes[key]
            said, code = f"the category {name!r} stands for the project and is no class", "data/project-category"
            found.notes.append(Problem(code, record.where, said))
        elif key not in used:
            said, code = f"nothing is marked as {name!r}; it is among the classes all the same", "data/unused-category"
            found.notes.append(Problem(code, record.where, said))


class _Pictures:
    """Makes sightings of the entries of `images`."""

    def __init__(self, found: _Instances, roles: Roles, root: ImageRoot) -> None:
        self._found = found
        self._roles = roles
        self._root = root
        self._names: dict[str, set[str]] = {}
        self._first: dict[str, str] = {}
        for record in found.images:
            name = str(record.value.get(roles.columns["image"][0]))
            self._names.setdefault(_key(record.value.get("id")), set()).add(name)
        self._ids: dict[str, list[str]] = {}
        for key, names in self._names.items():
            for name in names:
                self._ids.setdefault(name, []).append(key)

    def sighting(self, record: Record) -> Sighting:
        place = Place(record.where)
        values, metadata = self._roles.take(record.value)
        key, name = _key(record.value.get("id")), values.get("image")
        images: tuple[Any, ...] = ()
        if not isinstance(name, str) or not name.strip():
            place.reject("data/bad-image-path", "the entry names no file", expected="text in `file_name`", fix="add it")
        elif self._is_single(key, name, place):
            image = self._root.find(name, place)
            images = () if image is None else (image,)
        boxes: Counter[str] = Counter()
        for own in self._ids.get(str(name), [key]):
            for said in self._found.faults.get(own, []):
                place.reject("data/bad-annotation", said, fix="mend or remove the annotation")
            for category, count in self._found.boxes.get(own, {}).items():
                boxes[self._found.classes.get(category, "")] += count
        group = read_group(values.get("group"), images, key, place)
        if images and "group" not in values:
            group = original_name(images[0].name)
        return Sighting(place, read_id(values.get("id"), key, place), images, group, boxes, metadata)

    def _is_single(self, key: str, name: str, place: Place) -> bool:
        """False, and a problem, where the entry repeats another or its id does not tell which picture is meant."""
        if not key:
            place.reject("data/no-id", "the entry has no `id`", fix="give it one")
        elif len(self._names[key]) > 1:
            found = f"the id {key} stands for {' and '.join(sorted(self._names[key]))}: whose annotations are these?"
            place.reject("data/duplicate-image-id", found, fix="give each picture an id of its own")
        elif self._first.setdefault(name, place.where) != place.where:
            found = f"{name} is listed before, at {self._first[name]}; the annotations of both count for that one"
            place.reject("data/duplicate-image", found, fix="list each picture once")
        return not place.problems


def _layout(section: SourceSection, file: Path) -> Layout:
    listed = (entry.value for name, entry in read_members(file) if name == "images" and isinstance(entry, Record))
    columns = tuple({key: None for record in islice(listed, PEEK_ROWS) for key in record})
    columns = (*columns, *(name for name in added_columns(section) if name not in columns))
    return Layout(columns, resolve_roles(section.columns, USUAL, columns, section.path))


def _chosen(section: SourceSection) -> Path:
    if not Path(section.path).expanduser().exists():
        raise DataError(no_such_path(section.path))
    files = _files(section.path)
    if not files and Path(section.path).expanduser().is_file():
        files = {"": Path(section.path).expanduser()}
    if not files:
        found = f"there is no {ROBOFLOW} in its folders, and no JSON file with COCO's `images` and `annotations`"
        raise DataError(Problem("data/no-boxes", section.path, found, fix="point at the JSON file"))
    return choose_split(section, files)


def _files(path: str) -> dict[str, Path]:
    """The files in COCO's layout by split, "" for a single one."""
    place = Path(path).expanduser()
    if place.is_file():
        return {"": place} if _is_coco(place) else {}
    if not place.is_dir():
        return {}
    inside = {folder.name: folder / ROBOFLOW for folder in sorted(place.iterdir()) if (folder / ROBOFLOW).is_file()}
    if inside:
        return {name: file for name, file in inside.items() if _is_coco(file)}
    for folder in (place, place / "annotations"):
        listed = json_files(folder) if folder.is_dir() else {}
        files = {stem: file for stem, file in listed.items() if _is_coco(file)}
        if files:
            return _named(files)
    return {}


def _named(files: dict[str, Path]) -> dict[str, Path]:
    """Files by what tells them apart: `instances_val2017` is `val`."""
    if any(stem.startswith(_INSTANCES) for stem in files):
        # Beside them the project keeps captions and key points, which begin alike.
        files = {stem: file for stem, file in files.items() if stem.startswith(_INSTANCES)}
    if len(files) == 1:
        return {"": next(iter(files.values()))}
    short = [stem.removeprefix(_INSTANCES).rstrip("0123456789").rstrip("_-") for stem in files]
    return dict(zip(short if len(set(short)) == len(files) and all(short) else files, files.values(), strict=True))


def _is_coco(file: Path) -> bool:
    if file.suffix.lower() != ".json":
        return False
    first = peek_members(file)
    image, annotation, category = (first.get(name) for name in ("images", "annotations", "categories"))
    marked = isinstance(annotation, dict) and {"image_id", "category_id"} <= annotation.keys()
    if "annotations" in first and not marked:
        return False
    if isinstance(image, dict):
        return "file_name" in image and (marked or isinstance(category, dict) or "annotations" not in first)
    return marked


def _is_box(box: Any) -> bool:
    if not isinstance(box, list) or len(box) != 4:
        return False
    if not all(isinstance(value, int | float) and abs(value) < math.inf for value in box):
        return False
    return bool(box[2] > 0 and box[3] > 0)


def _key(value: Any) -> str:
    """An id as text: some tools write numbers, some texts. Empty for what is no id."""
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
