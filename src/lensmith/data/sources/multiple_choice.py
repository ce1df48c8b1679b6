"""Multiple choice in MMBench's TSV (Liu et al. 2023, arXiv 2307.06281), in English, Russian or any other language.

    index  question  hint  A  B  C  D  answer  category  l2-category  image  …

`answer` is a letter; `image` a picture in base64, the index of an earlier row with the same picture (from memory), or a
path. There may be more options, up to Z, or fewer: an empty cell is none. A-OKVQA's JSON with `choices` and
`correct_choice_idx` is read too, where the format is named (see `aokvqa`).

The question becomes text with the options under their letters, as `options` says; the accepted answer is the letter.
MMBench scores accuracy, after reading a letter out of the answer: where its own rules find none it asks a language
model, or draws a letter by chance. Its circular evaluation asks every question with its options in each rotation.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from lensmith.config.sections import SourceSection
from lensmith.data.sources.aokvqa import coco_pictures
from lensmith.data.sources.columns import Roles, require, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Place, Request, Row
from lensmith.data.sources.flat import FlatRows
from lensmith.data.sources.options import LETTERS, choose_words, pose
from lensmith.data.sources.picture_folders import with_picture
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.rows import first_record, no_such_path, peek_columns, peek_records, read_records
from lensmith.data.sources.splits import choose_split
from lensmith.data.sources.tsv_pictures import CellImage, TsvRow, digest_of, read_columns, read_tsv
from lensmith.errors import DataError, Problem
from lensmith.types import ImageRef

USUAL: dict[str, tuple[str, ...]] = {
    "image": ("image", "image_id"),
    "question": ("question",),
    "answer": ("answer", "correct_choice_idx"),
    "id": ("index", "question_id"),
    "group": (),
}
CHOICES = "choices"
# Shorter than any picture in base64.
_INDEX_CHARS = 64
_LOOKED_FOR = 20


class MultipleChoiceSource:
    """Questions with options in columns A, B, C, …"""

    name = "multiple_choice"
    describe = "MMBench's TSV: index, question, hint, A to D, answer, image in base64; or A-OKVQA's choices"
    settings = ("wording",)

    def detect(self, path: str) -> Detection:
        """Sure where a TSV has columns `question`, `A` and `B`."""
        file = next(iter(_files(path).values()), Path(path).expanduser())
        if {"question", "A", "B"} <= set(read_columns(file)) and file.suffix.lower() == ".tsv":
            return Detection(0.95, "its header has `question`, `A` and `B`")
        record = first_record(file) if file.is_file() else ""
        if isinstance(record, dict) and {"question", CHOICES} <= record.keys():
            return Detection(0.5, f"its rows have a `question` and `{CHOICES}`")
        return Detection(0.0, "no TSV with `question`, `A` and `B`, nor JSON with `choices`, is there")

    def splits(self, path: str) -> tuple[str, ...]:
        """In a folder, the names of its TSV files."""
        return tuple(name for name in _files(path) if name)

    def layout(self, request: Request) -> Layout:
        """The columns of the header, or of the first JSON rows."""
        file = _chosen(request.section)
        columns = read_columns(file) if _is_table(file) else peek_columns(file)
        roles = resolve_roles(request.section.columns, USUAL, columns, str(file))
        for fields in (("question",), *([("answer",)] if request.answers_required else [])) if columns else ():
            require(roles, fields, columns, str(file))
        return Layout(columns, roles)

    def read(self, request: Request) -> Iterator[Row]:
        """One example a row."""
        file = _chosen(request.section)
        roles = self.layout(request).roles
        return _read_table(file, roles, request) if _is_table(file) else _read_json(file, roles, request)


MULTIPLE_CHOICE = MultipleChoiceSource()


def _read_table(file: Path, roles: Roles, request: Request) -> Iterator[Row]:
    columns = tuple(read_columns(file))
    pictures = _Pictures(file, columns, roles, ImageRoot.of(request.section, file.parent))
    asked = roles.columns["question"][0]
    first = [entry.cells.get(asked, "") for entry in islice(read_tsv(file), _LOOKED_FOR) if isinstance(entry, TsvRow)]
    words = choose_words(request.section.wording, first, str(file))
    flat = FlatRows(roles, pictures.find, request.answers_required, file.stem)
    for entry in read_tsv(file):
        if isinstance(entry, Row):
            yield entry
            continue
        place = Place(entry.where)
        record: dict[str, Any] = {name: text or None for name, text in entry.cells.items()}
        options = {letter: entry.cells[letter] for letter in LETTERS if entry.cells.get(letter, "").strip()}
        _pose(record, options, roles, words, place)
        pictures.refer(record, entry, place)
        yield place.row() if place.problems else flat.row(record, entry.line, entry.where)


def _read_json(file: Path, roles: Roles, request: Request) -> Iterator[Row]:
    pictures = coco_pictures(file, request.section, roles.columns["image"])
    asked = roles.columns["question"][0]
    first = [str(record.value.get(asked, "")) for record in peek_records(file, _LOOKED_FOR)]
    words = choose_words(request.section.wording, first, str(file))
    flat = FlatRows(roles, pictures.find, request.answers_required, file.stem)
    for entry in read_records(file):
        if isinstance(entry, Row):
            yield entry
            continue
        place = Place(entry.where)
        record = with_picture(entry.value, roles.columns["image"])
        choices = record.get(CHOICES)
        texts = choices if isinstance(choices, list) and all(isinstance(text, str) for text in choices) else []
        _pose(record, dict(zip(LETTERS, texts, strict=False)), roles, words, place)
        yield place.row() if place.problems else flat.row(record, entry.number, entry.where)


def _pose(
    record: dict[str, Any], options: Mapping[str, str], roles: Roles, words: Mapping[str, str], place: Place
) -> None:
    """Puts the options into the question, and a letter into the answer where there is the number of a choice."""
    asked = next((name for name in roles.columns["question"] if isinstance(record.get(name), str)), None)
    if asked is not None:
        record[asked] = pose(record[asked], str(record.get("hint") or ""), options, words)
    if len(options) < 2:
        place.reject("data/no-options", f"the row has {len(options)} options", expected="at least two", fix="add them")
    for name in roles.columns["answer"]:
        given = record.get(name)
        if given is None:
            continue
        if isinstance(given, int) and not isinstance(given, bool):
            given = LETTERS[given] if 0 <= given < len(options) else str(given)
        record[name] = str(given).strip()
        if record[name] not in options:
            found = f"the answer {record[name][:60]!r} is none of the options {', '.join(options)}"
            place.reject("data/answer-not-an-option", found, fix="write the option's letter")
        return


class _Pictures:
    """From what a cell says to a picture; each content becomes one reference."""

    def __init__(self, file: Path, columns: tuple[str, ...], roles: Roles, root: ImageRoot) -> None:
        self._file = file
        self._columns = columns
        self._roles = roles
        self._by_digest: dict[str, CellImage] = {}
        self._by_index: dict[str, ImageRef] = {}
        self.find = root.find

    def refer(self, record: dict[str, Any], row: TsvRow, place: Place) -> None:
        """Puts a reference in the place of a picture in base64, or of the index of a row that has one."""
        column = next((name for name in self._roles.columns["image"] if record.get(name)), None)
        if column is None:
            return
        text = record[column]
        index = next((record[name] for name in self._roles.columns["id"] if record.get(name)), str(row.line))
        if len(text) > _INDEX_CHARS and "." not in text:
            digest = digest_of(text)
            at = self._columns.index(column)
            image = CellImage(
                digest, str(self._file), row.offset_bytes, row.size_bytes, at, f"{self._file.stem}:{index}"
            )
            record[column] = self._by_index[index] = self._by_digest.setdefault(digest, image)
        elif text in self._by_index:
            record[column] = self._by_index[index] = self._by_index[text]
        elif "." not in text:
            found = f"the picture is {text!r}, which is neither base64, nor a path, nor the index of an earlier row"
            place.reject("data/missing-image", found, fix="write the picture in base64")


def _chosen(section: SourceSection) -> Path:
    if not Path(section.path).expanduser().exists():
        raise DataError(no_such_path(section.path))
    files = _files(section.path)
    if not files:
        found = "the folder holds no TSV file with `question`, `A` and `B`"
        raise DataError(Problem("data/no-questions", section.path, found, fix="point at the file"))
    return choose_split(section, files)


def _files(path: str) -> dict[str, Path]:
    """The path itself, or a folder's TSV files by name."""
    place = Path(path).expanduser()
    if not place.is_dir():
        return {"": place} if place.is_file() else {}
    return {file.stem: file for file in sorted(place.glob("*.tsv")) if file.is_file()}


def _is_table(file: Path) -> bool:
    return file.suffix.lower() == ".tsv"
