"""Flat rows in JSON: one object a line, or one list of objects. The plainest format there is.

{"image_path": "cats/1.png", "question": "How many cats?", "answer": "2"}
"""

from collections.abc import Iterator

from lensmith.data.sources.columns import require, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Request, Row
from lensmith.data.sources.flat import FlatRows
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.rows import choose_file, first_record, folder_splits, peek_columns, read_records, start_of

USUAL = {
    "image": ("image_path", "image"),
    "images": ("images",),
    "question": ("question",),
    "answer": ("answer",),
    "answers": ("answers",),
    "id": ("id",),
    "group": ("group",),
}


class JsonlSource:
    """Questions, answers and picture paths in columns of their own."""

    name = "jsonl"
    describe = "JSON lines or a JSON list with image_path (or image, images), question and answer (or answers)"

    def detect(self, path: str) -> Detection:
        """Sure where there is a `question` column; any other object could be read once columns are named."""
        record = first_record(start_of(path))
        if isinstance(record, str):
            return Detection(0.0, record)
        if "question" in record:
            return Detection(0.9, "its rows are objects with a `question`")
        if "conversations" in record:
            return Detection(0.0, "its rows hold conversations")
        return Detection(0.3, "its rows are objects, though none of their columns is called `question`")

    def splits(self, path: str) -> tuple[str, ...]:
        """In a folder, the names of its JSON files."""
        return folder_splits(path)

    def layout(self, request: Request) -> Layout:
        """Columns as they occur in the first rows."""
        file = choose_file(request.section)
        columns = peek_columns(file)
        roles = resolve_roles(request.section.columns, USUAL, columns, str(file))
        if columns:
            require(roles, ("question",), columns, str(file))
            if request.answers_required:
                require(roles, ("answer", "answers"), columns, str(file))
        return Layout(columns, roles)

    def read(self, request: Request) -> Iterator[Row]:
        """One example a row."""
        file = choose_file(request.section)
        pictures = ImageRoot.of(request.section, file.parent)
        flat = FlatRows(self.layout(request).roles, pictures.find, request.answers_required, file.stem)
        for entry in read_records(file):
            yield entry if isinstance(entry, Row) else flat.row(entry.value, entry.number, entry.where)


JSONL = JsonlSource()
