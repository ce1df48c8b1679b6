"""What all formats share that keep a record in a JSON object: of JSON lines or of a list, in a file or in a folder."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from lensmith.data.sources.columns import Roles, require, resolve_roles
from lensmith.data.sources.contract import Detection, Layout, Request, Row
from lensmith.data.sources.inline import RowPictures
from lensmith.data.sources.pictures import FindPicture, ImageRoot
from lensmith.data.sources.rows import choose_file, first_record, folder_splits, peek_columns, read_records, start_of

# From a record, its number and where it stands to what it became.
ReadRecord = Callable[[Mapping[str, Any], int, str], Row]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a format needs to know to read the records of one file.

    Attributes:
        roles: which column plays which part.
        find_picture: from what a row calls a picture to a reference; data URLs included.
        request: as asked.
        prefix: begins the id of a row that brings none: `<prefix>:<number>`.
    """

    roles: Roles
    find_picture: FindPicture
    request: Request
    prefix: str


class JsonFormat(ABC):
    """A source of JSON objects. A format says how it is recognised and what becomes of one record.

    Attributes:
        name: in `SOURCES`.
        describe: one line for people.
        usual: the fields that this format takes from columns, and the columns it expects them in.
        reads_its_path_only: nothing but what lies at the path that is given, and pictures.
    """

    name: ClassVar[str]
    describe: ClassVar[str]
    usual: ClassVar[Mapping[str, tuple[str, ...]]]
    reads_its_path_only: ClassVar[bool] = True

    @abstractmethod
    def judge(self, record: Mapping[str, Any]) -> Detection:
        """Whether this is a record of this format."""

    @abstractmethod
    def reader(self, reading: Reading) -> ReadRecord:
        """How the records of one file are read."""

    def needed(self, request: Request) -> tuple[tuple[str, ...], ...]:
        """Groups of fields; of each group, one must have a column."""
        return ()

    def detect(self, path: str) -> Detection:
        """Judges by the first record."""
        record = first_record(start_of(path))
        return Detection(0.0, record) if isinstance(record, str) else self.judge(record)

    def splits(self, path: str) -> tuple[str, ...]:
        """In a folder, the names of its JSON files."""
        return folder_splits(path)

    def layout(self, request: Request) -> Layout:
        """Columns as they occur in the first rows."""
        file = choose_file(request.section)
        columns = peek_columns(file)
        roles = resolve_roles(request.section.columns, self.usual, columns, str(file))
        for fields in self.needed(request) if columns else ():
            require(roles, fields, columns, str(file))
        return Layout(columns, roles)

    def read(self, request: Request) -> Iterator[Row]:
        """One row a record."""
        file = choose_file(request.section)
        pictures = RowPictures(ImageRoot.of(request.section, file.parent), file)
        read_record = self.reader(Reading(self.layout(request).roles, pictures.find, request, file.stem))
        for entry in read_records(file):
            if isinstance(entry, Row):
                yield entry
            else:
                pictures.enter(entry)
                yield read_record(entry.value, entry.number, entry.where)
