"""Pictures with a table of metadata beside them, as the `imagefolder` of the `datasets` library lays them out.

    root/metadata.csv       root/train/metadata.jsonl     file_name, question, answer, …
    root/1.jpg              root/train/1.jpg

`file_name` is the path from the table's own folder. Further columns `…_file_name` name further pictures of the row, a
column `file_names` or `…_file_names` a list of them; they come in the order of the columns.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.data.sources.columns import Roles
from lensmith.data.sources.contract import Detection, Layout, Place, Request, Row
from lensmith.data.sources.csv import read_header, read_table, typed
from lensmith.data.sources.flat import FlatRows, flat_roles, usual_columns
from lensmith.data.sources.parts import visible_folders
from lensmith.data.sources.picture_files import files_under, is_picture
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.rows import no_such_path, peek_columns, read_records
from lensmith.data.sources.splits import choose_split
from lensmith.errors import DataError, Problem

NAMES = ("metadata.csv", "metadata.jsonl")
_ONE, _SEVERAL = "file_name", "file_names"


class ImagefolderSource:
    """Rows of metadata that name the pictures beside them."""

    name = "imagefolder"
    describe = "imagefolder: metadata.csv or metadata.jsonl with file_name, question, answer, beside the pictures"
    settings = ("question",)
    reads_its_path_only = True

    def detect(self, path: str) -> Detection:
        """Sure where the metadata has a column of file names."""
        try:
            parts = _parts(path)
            if not parts:
                return Detection(0.0, f"there is no {' or '.join(NAMES)} in it or in its folders")
            columns = _columns(next(iter(parts.values())))
        except DataError as error:
            return Detection(0.0, error.problems[0].found)
        if _picture_columns(columns):
            return Detection(0.95, "its metadata names pictures in `file_name`")
        return Detection(0.0, "its metadata has no column `file_name`")

    def splits(self, path: str) -> tuple[str, ...]:
        """The folders that have metadata of their own."""
        return tuple(name for name in _parts(path) if name)

    def layout(self, request: Request) -> Layout:
        """The columns of the metadata."""
        file = _chosen(request.section)
        columns = _columns(file)
        return Layout(columns, _roles(request, columns, str(file)))

    def read(self, request: Request) -> Iterator[Row]:
        """One example a row. Pictures that no row names are counted."""
        file = _chosen(request.section)
        columns = _columns(file)
        roles = _roles(request, columns, str(file))
        pictures = ImageRoot.of(request.section, file.parent)
        prefix = request.section.split or file.parent.name
        flat = FlatRows(roles, pictures.find, request.answers_required, prefix, request.section.question)
        gathered = [] if {"image", "images"} & roles.named else _picture_columns(columns)
        seen: set[str] = set()
        for entry in _records(file, roles):
            if isinstance(entry, Row):
                yield entry
                continue
            record, number, where = entry
            row = flat.row(_gathered(record, gathered), number, where)
            seen.update(image.name for example in row.examples for image in example.images)
            yield row
        yield from _unnamed(file.parent, seen) if request.section.images is None else ()


IMAGEFOLDER = ImagefolderSource()


def _parts(path: str) -> dict[str, Path]:
    """The metadata by split; of a folder itself, or of a file of that name, under ""."""
    place = Path(path).expanduser()
    if place.name in NAMES and place.is_file():
        return {"": place}
    if not place.is_dir():
        return {}
    folders = {"": place} | {each.name: each for each in visible_folders(place)}
    found = {
        name: next((folder / each for each in NAMES if (folder / each).is_file()), None)
        for name, folder in folders.items()
    }
    parts = {name: file for name, file in found.items() if file is not None}
    return {"": parts[""]} if "" in parts else parts


def _chosen(section: SourceSection) -> Path:
    if not Path(section.path).expanduser().exists():
        raise DataError(no_such_path(section.path))
    parts = _parts(section.path)
    if not parts:
        found, fix = f"there is no {' or '.join(NAMES)} in it or in its folders", "name the folder that holds it"
        raise DataError(Problem("data/no-metadata", section.path, found, fix=fix))
    return choose_split(section, parts)


def _columns(file: Path) -> tuple[str, ...]:
    return read_header(file).columns if file.suffix == ".csv" else peek_columns(file)


def _picture_columns(columns: tuple[str, ...]) -> list[str]:
    endings = (f"_{_ONE}", f"_{_SEVERAL}")
    return [column for column in columns if column in (_ONE, _SEVERAL) or column.endswith(endings)]


def _roles(request: Request, columns: tuple[str, ...], where: str) -> Roles:
    usual = dict(usual_columns(columns))
    named = _picture_columns(columns)
    several = bool(named) and named[0].endswith(_SEVERAL)
    usual["image"], usual["images"] = ((), tuple(named[:1])) if several else (tuple(named[:1]), ())
    return flat_roles(request, usual, columns, where, request.section.question)


def _records(file: Path, roles: Roles) -> Iterator[tuple[dict[str, Any], int, str] | Row]:
    """Every record with its number and place, or why there is none."""
    if file.suffix == ".csv":
        for entry in read_table(file):
            if isinstance(entry, Row):
                yield entry
                continue
            cells, number, where = entry
            place = Place(where)
            record = typed(cells, roles, place)
            yield place.row() if place.problems else (record, number, where)
    else:
        for found in read_records(file):
            yield found if isinstance(found, Row) else (dict(found.value), found.number, found.where)


def _gathered(record: Mapping[str, Any], columns: list[str]) -> dict[str, Any]:
    """The record with the pictures of all its columns in the first of them."""
    if len(columns) < 2:
        return dict(record)
    values = [record.get(column) for column in columns]
    pictures = [each for value in values if value for each in (value if isinstance(value, list) else [value])]
    rest = {name: value for name, value in record.items() if name not in columns}
    return {**rest, columns[0]: pictures}


def _unnamed(folder: Path, seen: set[str]) -> Iterator[Row]:
    """How many pictures in the folder no good row names."""
    places = (file.relative_to(folder).as_posix() for file in files_under(folder) if is_picture(file.name))
    unnamed = [place for place in places if place not in seen]
    if unnamed:
        found = (
            f"pictures that no good row names: {len(unnamed)} ({', '.join(unnamed[:3])}{', …' * (len(unnamed) > 3)})"
        )
        fix = "add rows for them, or leave them out"
        yield Row(str(folder), notes=(Problem("data/unnamed-pictures", str(folder), found, fix=fix),))
