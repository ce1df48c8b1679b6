"""Flat rows in parquet, as the hub keeps most data sets: a file, or a folder of them, pictures among the columns.

    train-00000-of-00002.parquet   image {bytes, path}, question, answer, …

A row of parquet cannot be read alone, and training asks for single pictures: see `arrow_cache`.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from lensmith.data.sources.arrow_cache import arrow_of
from lensmith.data.sources.contract import Detection, Layout, Request, Row
from lensmith.data.sources.hub import names_configs
from lensmith.data.sources.parts import Part, parts_of
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.rows import no_such_path
from lensmith.data.sources.splits import choose_split
from lensmith.data.sources.table_rows import TableFile, judge, lay_out, read_files
from lensmith.data.sources.tables import unreadable_table
from lensmith.errors import DataError

SUFFIXES = (".parquet",)
_MARK = b"PAR1"


class ParquetSource:
    """Questions, answers and pictures in the columns of parquet files."""

    name = "parquet"
    describe = "parquet: a file or a folder of them with image (path, bytes or {bytes, path}), question and answer"
    settings = ("question",)

    def detect(self, path: str) -> Detection:
        """Judges by the columns of the first file that can be read."""
        try:
            parts = parts_of(path, SUFFIXES)
            files = [file for part in parts.values() for file in part.files if _begins_right(file)]
            if not files:
                return Detection(0.0, "there is no parquet file")
            if names_configs(Path(path).expanduser()):
                return Detection(0.3, "its README.md names configs, so it is a copy of a data set repository")
            return judge(_schema(files))
        except DataError as error:
            return Detection(0.0, error.problems[0].found)

    def splits(self, path: str) -> tuple[str, ...]:
        """In a folder, what the names of its files or of their folders say."""
        return tuple(name for name in parts_of(path, SUFFIXES) if name)

    def layout(self, request: Request) -> Layout:
        """The columns of the first file that can be read."""
        files = _part(request).files
        return lay_out(_schema(files), request, str(files[0])).layout

    def read(self, request: Request) -> Iterator[Row]:
        """One example a row."""
        part = _part(request)
        files = (TableFile(str(file), partial(_converted, file)) for file in part.files)
        root = ImageRoot.of(request.section, part.files[0].parent)
        yield from read_files(files, request, root, part.prefix)


PARQUET = ParquetSource()


def _converted(file: Path) -> str:
    return str(arrow_of(file))


def _part(request: Request) -> Part:
    parts = parts_of(request.section.path, SUFFIXES)
    if not parts and not Path(request.section.path).expanduser().exists():
        raise DataError(no_such_path(request.section.path))
    return choose_split(request.section, parts)


def _begins_right(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(len(_MARK)) == _MARK
    except OSError:
        return False


def _schema(files: tuple[Path, ...] | list[Path]) -> Any:
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    problems = []
    for file in files:
        try:
            return pq.read_schema(file)
        except (OSError, ValueError) as error:
            problems.append(unreadable_table(str(file), error))
    raise DataError(problems)
