"""Rows of tables with named columns, pictures included: one way from Arrow files to examples.

Pictures that a table carries become references to their place in its file. Two of the same content are one picture,
so that the questions on it stay together in a split; that costs one reading of their bytes, and no memory.
"""

import datetime
import decimal
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from lensmith.data.sources.chat_tables import chat_format
from lensmith.data.sources.columns import Roles, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Request, Row
from lensmith.data.sources.flat import FlatRows, asked_note, flat_roles, question_on_classes, usual_columns, with_notes
from lensmith.data.sources.json_format import JsonFormat, Reading
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.tables import TableImage, open_table, unreadable_table
from lensmith.errors import DataError, Problem

_BATCH_ROWS = 1000
_PICTURE_FIELDS = ("image", "images")
_DIGEST_BYTES = 16
# Where `datasets` writes what the columns mean into a schema.
_FEATURES = b"huggingface"


@dataclass(frozen=True, slots=True)
class TableLayout:
    """What a schema says of a table's columns.

    Attributes:
        columns: all of them, in order.
        roles: which plays which part.
        carried: those that carry pictures themselves.
        classes: column of labels to their names, by number.
        asked: the question for every row; None where the rows bring their own.
        chosen: True where `asked` was chosen here and not by the user.
        chat: the format of the conversations that the rows hold; None where they are flat.
    """

    columns: tuple[str, ...]
    roles: Roles
    carried: tuple[str, ...]
    classes: Mapping[str, tuple[str, ...]]
    asked: str | None
    chosen: bool
    chat: JsonFormat | None = None

    @property
    def layout(self) -> Layout:
        """As the contract of sources has it."""
        return Layout(self.columns, self.roles)


def lay_out(schema: Any, request: Request, where: str) -> TableLayout:
    """Reads a `pyarrow.Schema`.

    A lone column of pictures is the picture, whatever its name. Where there is no answer, `label` is it. Where the
    answer is a class and there is no question, every picture is asked for its class. Conversations are found where
    there is no column `question`.

    Raises:
        DataError: a column that was named is not there, or there is none for the question or the answer.
    """
    columns = tuple(schema.names)
    carried = _carried(schema)
    chat = _chat_format(schema, request)
    usual = dict(usual_columns(columns) if chat is None else chat.usual)
    if len(carried) == 1 and not {"image", "image_path", "images"} & set(columns):
        usual["image"] = carried
    classes = _class_names(schema)
    if chat is not None:
        roles = resolve_roles(request.section.columns, usual, columns, where)
        return TableLayout(columns, roles, carried, classes, asked=None, chosen=False, chat=chat)
    asked = request.section.question
    mapped = request.section.columns
    label = mapped.get("answer", "label")
    if asked is None and label in classes and mapped.get("question", "question") not in columns:
        asked = question_on_classes(classes[label])
    roles = flat_roles(request, usual, columns, where, asked)
    brought = "question" in roles.matched(columns)
    chosen = asked is not None and request.section.question is None
    return TableLayout(columns, roles, carried, classes, None if brought else asked, chosen and not brought)


class TableFile(NamedTuple):
    """One of the files of a table.

    Attributes:
        shown: what a person calls it.
        arrow: makes the Arrow file and gives its path; raises OSError or ValueError.
        rows_before: under the same name, in other files.
    """

    shown: str
    arrow: Callable[[], str]
    rows_before: int = 0


def judge(schema: Any) -> Detection:
    """How sure it is that a table with this schema holds questions on pictures, or labels of them."""
    names = set(schema.names)
    if "question" in names:
        return Detection(0.9, "it is a table with a column `question`")
    if chat := chat_format(schema):
        return Detection(0.9, f"it is a table, and {chat[1]}")
    if "label" in names and any(_carries_pictures(each.type) for each in schema):
        return Detection(0.9, "it is a table of pictures with a `label`")
    return Detection(0.3, "it is a table, though none of its columns is called `question`")


def read_files(files: Iterable[TableFile], request: Request, root: ImageRoot, prefix: str) -> Iterator[Row]:
    """One example a row. A file that cannot be read, or has other columns than the first, is one row of problems.

    Args:
        files: in order.
        request: as asked.
        root: where pictures are that the table only names.
        prefix: begins the id of a row that brings none.

    Raises:
        DataError: no file can be read; or as `lay_out`.
    """
    broken: list[Problem] = []
    rows: _Rows | None = None
    for file in files:
        try:
            path = file.arrow()
            schema = open_table(path).schema
        except (OSError, ValueError) as error:
            broken.append(unreadable_table(file.shown, error))
            continue
        first = rows is None
        rows = rows or _Rows(lay_out(schema, request, file.shown), request, root, prefix)
        yield from map(_file_left_out, broken)
        broken.clear()
        if found := _difference(schema, rows.found):
            broken.append(Problem("data/other-columns", file.shown, found, fix="keep it apart, or mend its columns"))
        else:
            yield from with_notes(rows.notes(file.shown) if first else (), rows.read(path, file))
    if rows is None:
        raise DataError(broken)
    yield from map(_file_left_out, broken)


def _difference(schema: Any, first: TableLayout) -> str:
    """In what a file's columns differ from those of the first file; empty where its rows can be read like those."""
    if set(schema.names) != set(first.columns):
        return f"its columns are {', '.join(schema.names)}, not {', '.join(first.columns)}"
    if odd := sorted(set(first.carried) ^ set(_carried(schema))):
        return f"its column `{odd[0]}` is {schema.field(odd[0]).type}: only one of the two holds pictures there"
    return ""


def _carried(schema: Any) -> tuple[str, ...]:
    """The columns that hold pictures themselves."""
    return tuple(each.name for each in schema if _carries_pictures(each.type))


def _file_left_out(problem: Problem) -> Row:
    return Row(problem.where, problems=(replace(problem, consequence="all its rows are left out"),))


class _Rows:
    """The rows of one file after the other: numbered through, with one reference a picture."""

    def __init__(self, found: TableLayout, request: Request, root: ImageRoot, prefix: str) -> None:
        self.found = found
        flat = FlatRows(found.roles, root.find, request.answers_required, prefix, found.asked)
        reading = Reading(found.roles, root.find, request, prefix)
        self._read = flat.row if found.chat is None else found.chat.reader(reading)
        self._pictures = _Pictures(prefix)
        named = {name for each in _PICTURE_FIELDS for name in found.roles.columns.get(each, ())}
        self._used = [column for column in found.carried if column in named]
        self._number = 0

    def notes(self, where: str) -> list[Problem]:
        """What a person may want to know of the whole table."""
        notes = [asked_note(where, self.found.asked)] if self.found.asked is not None and self.found.chosen else []
        unused = [column for column in self.found.carried if column not in self._used]
        if unused:
            said = f"columns that hold pictures and play no part: {', '.join(unused)}"
            notes.append(Problem("data/unused-pictures", where, said, fix="name the one to show: columns image=…"))
        return notes

    def read(self, path: str, file: TableFile) -> Iterator[Row]:
        """The rows of an Arrow file."""
        for row, record in _records(path, self.found):
            self._number += 1
            for column in self._used:
                record[column] = self._pictures.read(path, row, column, self._number)
            yield self._read(record, self._number, f"{file.shown}:{file.rows_before + row + 1}")


def _records(path: str, found: TableLayout) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row in the file, its values without pictures), a thousand in memory at a time."""
    table = open_table(path)
    names = [name for name in found.columns if name not in found.carried]
    for start in range(0, table.num_rows, _BATCH_ROWS):
        batch = table.slice(start, _BATCH_ROWS)
        values = batch.select(names).to_pylist() if names else [{} for _ in range(batch.num_rows)]
        for row, record in enumerate(values, start=start):
            yield row, {name: _plain(value, found.classes.get(name)) for name, value in record.items()}


@dataclass(slots=True)
class _Pictures:
    """References to the pictures of a table, one for each content."""

    prefix: str
    _by_digest: dict[bytes, TableImage] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    def read(self, path: str, row: int, column: str, number: int) -> Any:
        """What a cell holds: references, paths where a picture is not in the table, or None."""
        import pyarrow as pa  # type: ignore[import-untyped]

        cell = open_table(path).column(column)[row]
        if not cell.is_valid:
            return None
        name = f"{self.prefix}:{number}"
        if not isinstance(cell, pa.ListScalar):
            return self._one(cell, TableImage(path, row, column, name))
        return [self._one(each, TableImage(path, row, column, f"{name}#{k + 1}", k)) for k, each in enumerate(cell)]

    def _one(self, cell: Any, place: TableImage) -> Any:
        path = None
        if hasattr(cell, "keys") and cell.is_valid:
            path = cell["path"].as_py() if "path" in cell else None
            cell = cell["bytes"]
        if not cell.is_valid:
            return path
        digest = hashlib.blake2b(cell.as_buffer(), digest_size=_DIGEST_BYTES).digest()
        if digest not in self._by_digest:
            name = path if path and path not in self._names else place.name
            self._names.add(name)
            self._by_digest[digest] = replace(place, name=name)
        return self._by_digest[digest]


def _chat_format(schema: Any, request: Request) -> JsonFormat | None:
    """Whose conversations the rows hold; None where the user says that the rows have or are asked a question."""
    flat = "question" in schema.names or {"question", "answer", "answers"} & set(request.section.columns)
    found = None if flat or request.section.question is not None else chat_format(schema)
    return found and found[0]


def _carries_pictures(kind: Any) -> bool:
    """True for bytes, for a struct with `bytes`, and for a list of either."""
    import pyarrow as pa

    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _carries_pictures(kind.value_type)
    if pa.types.is_struct(kind):
        index = kind.get_field_index("bytes")
        # Where a column holds nothing but paths, Arrow may know no type for the bytes.
        return index >= 0 and (pa.types.is_null(kind.field(index).type) or _carries_pictures(kind.field(index).type))
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _class_names(schema: Any) -> dict[str, tuple[str, ...]]:
    """The names of numbered classes, where `datasets` wrote them into the schema."""
    try:
        features = json.loads((schema.metadata or {}).get(_FEATURES, b"{}"))["info"]["features"]
        labels = {name: each["names"] for name, each in features.items() if each.get("_type") == "ClassLabel"}
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}
    return {name: tuple(map(str, names)) for name, names in labels.items() if isinstance(names, list)}


def _plain(value: Any, classes: tuple[str, ...] | None = None) -> Any:
    """A value as JSON could hold it; a class by its name. -1 stands for no class in `datasets`."""
    if classes is not None and isinstance(value, int):
        return classes[value] if 0 <= value < len(classes) else None if value == -1 else value
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal | datetime.timedelta):
        return str(value)
    return f"{len(value)} bytes" if isinstance(value, bytes) else value
