"""Pictures in folders named for their classes. What is asked of each is `question`; the answer is its folder's name.

root/zebra/1.jpg        root/train/zebra/1.jpg
root/none/2.jpg         root/test/none/2.jpg

Where no answers are needed, pictures without classes will do: root/1.jpg.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lensmith.config.sections import SourceSection
from lensmith.data.sources.columns import Roles, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Request, Row
from lensmith.data.sources.copies import original_name
from lensmith.data.sources.flat import FlatRows, asked_note, question_on_classes, with_notes
from lensmith.data.sources.parts import entries, names_a_split, visible_folders
from lensmith.data.sources.picture_files import files_under, holds_pictures, is_picture
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.rows import no_such_path
from lensmith.data.sources.splits import choose_split
from lensmith.errors import DataError, Problem

# `original` is what all copies of a picture share that Roboflow made of it.
COLUMNS = ("id", "image", "label", "original", "file")
USUAL = {"image": ("image",), "answer": ("label",), "id": ("id",), "group": ("original",)}

# With these beside the pictures a folder is in some other format, and its folders are no classes.
_DATA = frozenset((".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".arrow", ".tar", ".yaml", ".yml", ".xml"))
_NO_CLASSES = frozenset(("images", "image", "imgs", "pictures", "labels", "masks", "annotations"))

# Class to its folder.
Classes = Mapping[str, Path]


class FoldersSource:
    """One folder a class, whole or by split."""

    name = "folders"
    describe = "class folders: <class>/<picture> or <split>/<class>/<picture>; asked is `question`, answered the class"
    settings = ("question",)
    reads_its_path_only = True

    def detect(self, path: str) -> Detection:
        """Sure where at least two folders hold pictures, and nothing beside them says otherwise."""
        root = Path(path).expanduser()
        if not root.is_dir():
            return Detection(0.0, "it is no folder")
        try:
            parts = _parts(root)
            names = _class_names(parts)
            if not names and _is_plain(root):
                return Detection(0.3, "it holds pictures, though without classes they have no answers")
            if not names:
                return Detection(0.0, "it has no folders named for classes with pictures in them")
            other = next(filter(None, map(_data_file, _looked_at(root, parts))), None)
        except DataError as error:
            return Detection(0.0, error.problems[0].found)
        if other is not None:
            return Detection(0.2, f"its folders hold pictures, though beside {other} they may be no classes")
        if len(names) < 2 or _NO_CLASSES & {name.lower() for name in names}:
            return Detection(
                0.3, f"its folders hold pictures, though their names may be no classes: {', '.join(names)}"
            )
        return Detection(0.9, f"its folders hold pictures by class: {', '.join(names[:5])}" + ", …" * (len(names) > 5))

    def splits(self, path: str) -> tuple[str, ...]:
        """The folders named for splits, where the class folders are in them."""
        return tuple(name for name in _parts(Path(path).expanduser()) if name)

    def layout(self, request: Request) -> Layout:
        """What a file's place says of it."""
        _chosen(request.section)
        return Layout(COLUMNS, _roles(request))

    def read(self, request: Request) -> Iterator[Row]:
        """One example a picture, in the order of classes and of names."""
        section = request.section
        root = Path(section.path).expanduser()
        if not request.answers_required and _is_plain(root):
            yield from _rows(root, {"": root}, _ask_all(request, root))
            return
        parts, classes = _chosen(section)
        notes = []
        asked = section.question
        if asked is None:
            asked = question_on_classes(_class_names(parts))
            notes.append(asked_note(section.path, asked))
        unused = [each.name for each in visible_folders(root) if "" not in parts and each.name not in parts]
        if unused:
            notes.append(_look("data/unused-folder", section.path, f"folders of no split: {', '.join(unused)}"))
        pictures = ImageRoot(root, allow_outside=section.allow_outside)
        flat = FlatRows(_roles(request), pictures.find, request.answers_required, section.split or root.name, asked)
        yield from with_notes(notes, _rows(root, classes, flat))


FOLDERS = FoldersSource()


def _rows(root: Path, classes: Classes, flat: FlatRows) -> Iterator[Row]:
    number = 0
    for label, folder in classes.items():
        for file in files_under(folder):
            if is_picture(file.name):
                number += 1
                place = file.relative_to(root).as_posix()
                original = original_name(place)
                record = {"id": place, "image": place, "label": label or None, "original": original, "file": file.name}
                yield flat.row(record, number, str(file))
            else:
                found = "the file does not end like a picture and is passed over"
                yield Row(str(file), notes=(_look("data/no-picture", str(file), found),))


def _is_plain(root: Path) -> bool:
    """True where pictures lie in a folder without classes, and no data file lies beside them."""
    if not root.is_dir() or _class_names(_parts(root)) or _data_file(root):
        return False
    return any(is_picture(each.name) for each in entries(root))


def _ask_all(request: Request, root: Path) -> FlatRows:
    """Asks every picture the one question that the user gave."""
    section = request.section
    if section.question is None:
        found, fix = "pictures alone ask nothing", "set `question`, which is asked of every picture"
        raise DataError(Problem("data/no-question", section.path, found, fix=fix))
    pictures = ImageRoot(root, allow_outside=section.allow_outside)
    return FlatRows(_roles(request), pictures.find, False, root.name, section.question)


def _parts(root: Path) -> dict[str, Classes]:
    """The classes of each split; of "" where the class folders are not divided. Folders without pictures are none."""
    folders = visible_folders(root)
    splits = {each.name: _classes(visible_folders(each)) for each in folders if names_a_split(each.name)}
    if any(splits.values()):
        return {name: classes for name, classes in splits.items() if classes}
    classes = _classes(folders)
    return {"": classes} if classes and not all(map(names_a_split, classes)) else {}


def _classes(folders: list[Path]) -> Classes:
    return {each.name: each for each in folders if holds_pictures(each)}


def _class_names(parts: Mapping[str, Classes]) -> list[str]:
    """Over all splits, so that each of them is asked the same question."""
    return sorted({name for classes in parts.values() for name in classes})


def _chosen(section: SourceSection) -> tuple[dict[str, Classes], Classes]:
    """All parts, and the classes of the one that is asked for."""
    root = Path(section.path).expanduser()
    if not root.exists():
        raise DataError(no_such_path(section.path))
    if section.images is not None:
        found, fix = "`images` is set, though the folders are the data themselves", "leave `images` out"
        raise DataError(Problem("data/unused-setting", section.path, found, fix=fix))
    parts = _parts(root) if root.is_dir() else {}
    if not parts:
        found, fix = "there are no folders named for classes with pictures in them", "name the folder that holds them"
        raise DataError(Problem("data/no-classes", section.path, found, fix=fix))
    return parts, choose_split(section, parts)


def _roles(request: Request) -> Roles:
    return resolve_roles(request.section.columns, USUAL, COLUMNS, request.section.path)


def _looked_at(root: Path, parts: Mapping[str, Classes]) -> Iterator[Path]:
    """The folders whose files tell whether this is another format: the root's, and those of classes and splits."""
    yield root
    yield from visible_folders(root)
    yield from (folder for classes in parts.values() for folder in classes.values())


def _data_file(folder: Path) -> str | None:
    """A file that is data rather than a picture."""
    return next((each.name for each in entries(folder) if each.suffix.lower() in _DATA and each.name[0] != "."), None)


def _look(code: str, where: str, found: str) -> Problem:
    return Problem(code, where, found, fix="look whether it should be there")
