"""TextVQA (Singh et al. 2019, arXiv 1904.08920) and DocVQA (Mathew et al. 2021, arXiv 2007.00398): one object's `data`.

    {"data": [{"question_id", "question", "image_id", "image_classes", "flickr_original_url", …, "answers": [ten texts],
     "question_tokens", "set_name"}]}                            TextVQA; pictures are train_images/<image_id>.jpg
    {"data": [{"questionId", "question", "question_types", "image": "documents/….png", "docId", …, "answers": [texts],
     "data_split"}]}                                             DocVQA

The folders of pictures are from memory. All distinct answers are accepted, the commonest first; the list as it stands
is kept in `human_answers`.

TextVQA scores by VQA accuracy over the ten answers (see `vqa`), DocVQA by ANLS: the greatest likeness to an answer,
1 - edits / length of the longer, 0 below 0.5 (Biten et al. 2019, arXiv 1907.00490).
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from lensmith.data.sources.answers import HUMAN, with_accepted
from lensmith.data.sources.columns import require, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Request, Row
from lensmith.data.sources.flat import FlatRows
from lensmith.data.sources.members import peek_members, read_members
from lensmith.data.sources.picture_folders import root_holding, with_picture
from lensmith.data.sources.rows import PEEK_ROWS, Record, choose_file, folder_splits, start_of
from lensmith.errors import DataError

USUAL = {
    "image": ("image", "image_id"),
    "question": ("question",),
    "answers": ("answers",),
    "id": ("question_id", "questionId"),
    "group": (),
}
FOLDERS = ("train_images", "test_images", "images")
_LOOKED_FOR = 20


class TextVqaSource:
    """Questions with lists of answers under the key `data`."""

    name = "textvqa"
    describe = "TextVQA and DocVQA: a JSON object whose `data` lists questions, pictures and answers"

    def detect(self, path: str) -> Detection:
        """Sure where `data` lists objects with a `question` and an `image` or `image_id`."""
        first = peek_members(start_of(path)).get("data")
        if isinstance(first, dict) and "question" in first and ("image" in first or "image_id" in first):
            return Detection(0.95, "its `data` lists questions on pictures")
        return Detection(0.0, "no JSON object whose `data` lists questions on pictures is there")

    def splits(self, path: str) -> tuple[str, ...]:
        """In a folder, the names of its JSON files."""
        return folder_splits(path)

    def layout(self, request: Request) -> Layout:
        """Columns as they occur in the first entries."""
        file = choose_file(request.section)
        listed = islice(_listed(file), PEEK_ROWS)
        columns = tuple({key: None for entry in listed if isinstance(entry, Record) for key in entry.value})
        columns = (*columns, HUMAN) if "answers" in columns else columns
        roles = resolve_roles(request.section.columns, USUAL, columns, str(file))
        for fields in (("question",), *([("answers",)] if request.answers_required else [])) if columns else ():
            require(roles, fields, columns, str(file))
        return Layout(columns, roles)

    def read(self, request: Request) -> Iterator[Row]:
        """One example a question. Where the file breaks off, what comes before is read."""
        file = choose_file(request.section)
        roles = self.layout(request).roles
        columns = roles.columns["image"]
        listed = _listed(file)
        first = list(islice(listed, _LOOKED_FOR))
        named = [_file_name(roles.take(entry.value)[0].get("image")) for entry in first if isinstance(entry, Record)]
        root = root_holding(request.section, file.parent, FOLDERS, named)
        flat = FlatRows(roles, root.find, request.answers_required, file.stem)
        for entry in chain(first, listed):
            if isinstance(entry, Row):
                yield entry
                continue
            record = with_picture(entry.value, columns)
            record |= {name: _file_name(record[name]) for name in columns if name in record}
            yield flat.row(with_accepted(record, "answers"), entry.number, entry.where)


TEXT_VQA = TextVqaSource()


def _listed(file: Path) -> Iterator[Record | Row]:
    """The entries of `data`, and a row of problems where the file breaks off.

    Raises:
        DataError: it breaks off before the first.
    """
    entry = None
    try:
        for name, entry in read_members(file):
            if name == "data" and isinstance(entry, Record | Row):
                yield entry
    except DataError as error:
        if entry is None:
            raise
        lost = "this row and all after it are left out"
        yield Row(str(file), problems=tuple(replace(problem, consequence=lost) for problem in error.problems))


def _file_name(value: Any) -> Any:
    """A picture's file: DocVQA writes it, of TextVQA's id it is the stem."""
    return f"{value}.jpg" if isinstance(value, int | str) and str(value) and not Path(str(value)).suffix else value
