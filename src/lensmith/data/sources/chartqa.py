"""ChartQA (Masry et al. 2022, arXiv 2203.10244): questions written by people, and made from summaries.

    [{"imgname": "41699051005347.png", "query": "How many …?", "label": "14"}, …]
    test/test_human.json, test/test_augmented.json and test/png/41699051005347.png; the same for train and val

The folders are from memory. A part is both files together; `split: test_human` takes one of them. The column `source`
says which: human or augmented.

The benchmark's relaxed accuracy lets a number be off by 5 % of the right one; all else must be equal but for case.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from lensmith.config.sections import SourceSection
from lensmith.data.sources.columns import require, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Request, Row
from lensmith.data.sources.flat import FlatRows
from lensmith.data.sources.picture_folders import root_holding, with_picture
from lensmith.data.sources.rows import first_record, json_files, no_such_path, peek_columns, peek_records, read_records
from lensmith.data.sources.splits import choose_split
from lensmith.errors import DataError, Problem

USUAL = {"image": ("imgname",), "question": ("query",), "answer": ("label",), "id": (), "group": ()}
SOURCE = "source"
KINDS = ("human", "augmented")
PARTS = ("train", "val", "test")
_LOOKED_FOR = 20


class ChartqaSource:
    """Questions on charts, human and augmented."""

    name = "chartqa"
    describe = "ChartQA: JSON lists of imgname, query and label, pictures in png"

    def detect(self, path: str) -> Detection:
        """Sure where the first record has `imgname`, `query` and `label`."""
        files = list(chain.from_iterable(_parts(path).values()))
        record = first_record(files[0]) if files else "no JSON list is there"
        if isinstance(record, str):
            return Detection(0.0, record)
        if set(chain(USUAL["image"], USUAL["question"], USUAL["answer"])) <= record.keys():
            return Detection(0.95, "its rows have `imgname`, `query` and `label`")
        return Detection(0.0, "its rows have no `imgname`, `query` and `label`")

    def splits(self, path: str) -> tuple[str, ...]:
        """Train, val and test of the whole set; human and augmented of one of them."""
        return tuple(name for name in _parts(path) if name)

    def layout(self, request: Request) -> Layout:
        """Columns as they occur in the first rows, and `source`."""
        file = _chosen(request.section)[0]
        columns = tuple(dict.fromkeys((*peek_columns(file), SOURCE)))
        roles = resolve_roles(request.section.columns, USUAL, columns, str(file))
        for fields in (("question",), ("image",), *([("answer",)] if request.answers_required else [])):
            require(roles, fields, columns, str(file))
        return Layout(columns, roles)

    def read(self, request: Request) -> Iterator[Row]:
        """One example a row, one file after the other."""
        roles = self.layout(request).roles
        for file in _chosen(request.section):
            named = [str(roles.take(record.value)[0].get("image")) for record in peek_records(file, _LOOKED_FOR)]
            folders = ("png", f"{file.stem.partition('_')[0]}/png")
            root = root_holding(request.section, file.parent, folders, named)
            flat = FlatRows(roles, root.find, request.answers_required, file.stem)
            for entry in read_records(file):
                if isinstance(entry, Row):
                    yield entry
                else:
                    record = {SOURCE: file.stem.rpartition("_")[2], **entry.value}
                    yield flat.row(with_picture(record, roles.columns["image"]), entry.number, entry.where)


CHARTQA = ChartqaSource()


def _chosen(section: SourceSection) -> list[Path]:
    if not Path(section.path).expanduser().exists():
        raise DataError(no_such_path(section.path))
    parts = _parts(section.path)
    if not parts:
        raise DataError(Problem("data/no-questions", section.path, "no JSON list is there", fix="point at the file"))
    single = {file.stem: [file] for files in parts.values() for file in files}
    return choose_split(section, {**single, **parts} if section.split in single else parts)


def _parts(path: str) -> dict[str, list[Path]]:
    """The files at a path by part: a file itself, a folder's files by name, or those in folders named for parts."""
    place = Path(path).expanduser()
    if not place.is_dir():
        return {"": [place]} if place.is_file() else {}
    listed = json_files(place)
    if listed:
        return {name: [file] for name, file in listed.items()}
    inside = {part: [place / part / f"{part}_{kind}.json" for kind in KINDS] for part in PARTS}
    found = {part: [file for file in files if file.is_file()] for part, files in inside.items()}
    return {part: files for part, files in found.items() if files}
