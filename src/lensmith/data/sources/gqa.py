"""GQA (Hudson & Manning 2019, arXiv 1902.09506) as the hub keeps it: questions in one table, pictures in another.

    train_balanced_instructions/*.parquet   id, imageId, question, answer, fullAnswer, types, …
    train_balanced_images/*.parquet         id, image {bytes, path}

A question's `imageId` is a picture's `id`. The same for a local folder and for a hub id (deepvk/GQA-ru,
lmms-lab/GQA), where the two are configs.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lensmith.config.sections import SourceSection
from lensmith.data.sources.columns import require, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Place, Request, Row
from lensmith.data.sources.flat import FlatRows
from lensmith.data.sources.tables import Table, TableImage, hub_configs, is_hub_id, open_hub, open_parquet
from lensmith.errors import DataError, Problem, suggest

USUAL = {
    "image": ("imageId",),
    "question": ("question",),
    "answer": ("answer",),
    "answers": ("answers",),
    "id": ("id",),
    "group": ("group",),
}
# Scores are reported by structural type; taken out of `types` it is a column like any other.
_STRUCTURAL = "structural"
_QUESTIONS = "_instructions"
# lmms-lab/GQA spells one of its configs in the singular.
_PICTURES = ("_images", "_image")


class GqaSource:
    """Questions joined to pictures by `imageId`."""

    name = "gqa"
    describe = "GQA: parquet folders or hub configs <split>_instructions and <split>_images, joined by imageId"

    def detect(self, path: str) -> Detection:
        """Sure where both tables of at least one split are there. A hub id is looked up on the hub."""
        if not Path(path).expanduser().is_dir() and not is_hub_id(path):
            return Detection(0.0, "it is a file, not a folder or a hub id")
        try:
            pairs = _pairs(path)
        except DataError as error:
            return Detection(0.0, error.problems[0].found)
        if not pairs:
            return Detection(0.0, f"it has no pair <split>{_QUESTIONS} and <split>{_PICTURES[0]} with parquet files")
        return Detection(0.95, f"it pairs questions with pictures: {', '.join(pairs)}")

    def splits(self, path: str) -> tuple[str, ...]:
        """What stands before `_instructions`: train_balanced, testdev_balanced."""
        return tuple(_pairs(path))

    def layout(self, request: Request) -> Layout:
        """The columns of the questions' table."""
        return self._layout(request, _open(request.section, _chosen(request.section)[0]))

    def read(self, request: Request) -> Iterator[Row]:
        """One example a question; a question whose picture is not in the other table is left out."""
        section = request.section
        questions, pictures = _chosen(section)
        table = _open(section, questions)
        layout = self._layout(request, table)
        place = Place(f"{section.path}/{pictures}")
        index = _Pictures(_open(section, pictures), place)
        if place.notes:
            yield place.row()
        flat = FlatRows(layout.roles, index.find, request.answers_required, questions)
        key = layout.roles.columns["image"][0]
        for number, record in enumerate(table.rows(), start=1):
            if isinstance(record[key], int):
                record[key] = str(record[key])
            types = record.get("types")
            if isinstance(types, Mapping):
                record.setdefault(_STRUCTURAL, types.get(_STRUCTURAL))
            yield flat.row(record, number, f"{section.path}/{questions}:{number}")

    def _layout(self, request: Request, table: Table) -> Layout:
        columns, where = table.columns, request.section.path
        if "types" in columns and _STRUCTURAL not in columns:
            columns = (*columns, _STRUCTURAL)
        roles = resolve_roles(request.section.columns, USUAL, columns, where)
        for fields in (("question",), ("image",), *([("answer", "answers")] if request.answers_required else [])):
            require(roles, fields, columns, where)
        return Layout(columns, roles)


GQA = GqaSource()


class _Pictures:
    """From a picture's id to its row. Holds ids and row numbers, no picture."""

    def __init__(self, table: Table, place: Place) -> None:
        missing = [column for column in ("id", "image") if column not in table.columns]
        if missing:
            found = f"the table of pictures has no column {' or '.join(f'`{column}`' for column in missing)}"
            raise DataError(Problem("data/unknown-column", place.where, found, fix=suggest("id", table.columns)))
        self._by_id: dict[str, TableImage] = {}
        twice = 0
        for key, file, row in table.places("id"):
            name = str(key)
            twice += name in self._by_id
            self._by_id.setdefault(name, TableImage(file, row, "image", name))
        if twice:
            place.note(
                "data/picture-twice", f"{twice} rows repeat the id of an earlier picture; the earlier one counts"
            )

    def find(self, text: str, place: Place) -> TableImage | None:
        """The picture with this id."""
        image = self._by_id.get(text)
        if image is None:
            place.reject("data/missing-image", f"no picture has the id {text!r}", fix="add it to the table of pictures")
        return image


def _names(path: str) -> tuple[str, ...]:
    folder = Path(path).expanduser()
    if folder.is_dir():
        return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and _parquet(entry)))
    if is_hub_id(path):
        return hub_configs(path)
    raise DataError(Problem("data/no-such-path", path, "there is no such folder", fix="check the path"))


def _parquet(folder: Path) -> tuple[Path, ...]:
    return tuple(sorted(folder.glob("*.parquet")))


def _pairs(path: str) -> dict[str, tuple[str, str]]:
    names = _names(path)
    pairs = {}
    for name in names:
        split = name.removesuffix(_QUESTIONS)
        pictures = next((split + ending for ending in _PICTURES if split + ending in names), None)
        if name.endswith(_QUESTIONS) and pictures:
            pairs[split] = (name, pictures)
    return pairs


def _chosen(section: SourceSection) -> tuple[str, str]:
    """The questions and pictures of the split asked for: by its full name, or by a first word that only one has."""
    pairs = _pairs(section.path)
    asked = section.split
    if asked is None and len(pairs) == 1:
        return next(iter(pairs.values()))
    matching = [name for name in pairs if asked in (name, name + _QUESTIONS)]
    matching = matching or [name for name in pairs if name.split("_")[0] == asked]
    if len(matching) == 1:
        return pairs[matching[0]]
    if not pairs:
        found = f"there is no pair <split>{_QUESTIONS} and <split>{_PICTURES[0]}"
        raise DataError(Problem("data/no-such-split", section.path, found, fix=suggest("", _names(section.path))))
    several = f"`{asked}` could be {' or '.join(matching)}" if matching else f"there is no split `{asked}`"
    found = several if asked else "there are several splits and none was named"
    raise DataError(Problem("data/no-such-split", section.path, found, fix=suggest(asked or "", pairs)))


def _open(section: SourceSection, config: str) -> Table:
    folder = Path(section.path).expanduser()
    if folder.is_dir():
        return open_parquet(_parquet(folder / config))
    return open_hub(section.path, config, config.split("_")[0])
