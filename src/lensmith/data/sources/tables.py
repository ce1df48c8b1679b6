"""Tables of the `datasets` library, opened by memory map: a picture in one costs no memory until it is read."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from lensmith.data.sources.arrow_cache import arrow_of
from lensmith.errors import DataError, Problem

_OPEN_TABLES = 64
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
# Rows turned into Python objects at a time.
_BATCH_ROWS = 1000


@dataclass(frozen=True, slots=True)
class TableImage:
    """A picture in a row of an Arrow file. Each process maps the file once, on its first read.

    Attributes:
        file: the Arrow file, for example in the cache of `datasets`.
        row: from 0, within that file.
        column: holds the bytes, or a struct with `bytes`, or a list of either.
        name: what the table calls it.
        item: from 0, within a list; None where the column holds one picture a row.
    """

    file: str
    row: int
    column: str
    name: str = field(compare=False)
    item: int | None = None

    def read_bytes(self) -> bytes:
        """The encoded picture.

        Raises:
            OSError: the file is gone, or the row holds no bytes.
        """
        try:
            cell = open_table(self.file).column(self.column)[self.row]
            value = (cell if self.item is None else cell[self.item]).as_py()
        except (ValueError, LookupError) as error:
            raise OSError(f"its table is damaged: {error}") from error
        data = value.get("bytes") if isinstance(value, dict) else value
        if not isinstance(data, bytes):
            raise OSError("the table holds no bytes for it")
        return data


@dataclass(frozen=True, slots=True)
class Table:
    """A data set on disk as the Arrow files it consists of."""

    files: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names, in the order of the schema."""
        return tuple(open_table(self.files[0]).column_names)

    def rows(self) -> Iterator[dict[str, Any]]:
        """All rows as plain Python objects, a thousand in memory at a time."""
        for file in self.files:
            for batch in open_table(file).to_batches(max_chunksize=_BATCH_ROWS):
                yield from batch.to_pylist()

    def places(self, key: str) -> Iterator[tuple[Any, str, int]]:
        """(value of the column `key`, file, row in that file) for every row; reads no other column."""
        for file in self.files:
            for row, value in enumerate(open_table(file).column(key).to_pylist()):
                yield value, file, row


def open_parquet(files: tuple[Path, ...]) -> Table:
    """A table over local parquet files, each converted to Arrow once; see `arrow_cache`.

    Raises:
        DataError: a file is not parquet, is damaged, or has other columns than the first.
    """
    converted: list[str] = []
    for file in files:
        try:
            converted.append(str(arrow_of(file)))
            names, first = open_table(converted[-1]).column_names, open_table(converted[0]).column_names
        except (OSError, ValueError) as error:
            raise DataError(unreadable_table(str(file), error)) from error
        if names != first:
            found = f"its columns are {', '.join(names)}; those of {files[0].name} are {', '.join(first)}"
            raise DataError(Problem("data/other-columns", str(file), found, fix="keep it apart, or mend its columns"))
    return Table(tuple(converted))


def unreadable_table(where: str, error: Exception) -> Problem:
    """The problem with a file of a table that cannot be read."""
    why = str(error).partition("\n")[0] or type(error).__name__
    return Problem("data/unreadable-table", where, f"the table cannot be read: {why}", fix="copy or download it again")


def is_hub_id(path: str) -> bool:
    """True when `path` could be the id of a data set on the hub and nothing of that name is on this machine."""
    return bool(_HUB_ID.fullmatch(path)) and not Path(path.split("/")[0]).exists()


@lru_cache(maxsize=_OPEN_TABLES)
def hub_configs(name: str) -> tuple[str, ...]:
    """The configs of a data set on the hub.

    Raises:
        DataError: there is none, or the hub cannot be reached.
    """
    from datasets import DownloadConfig, get_dataset_config_names

    with _quiet(name):
        return tuple(get_dataset_config_names(name, download_config=DownloadConfig(max_retries=1)))


@lru_cache(maxsize=_OPEN_TABLES)
def hub_splits(name: str, config: str) -> tuple[str, ...]:
    """The splits of one config of a data set on the hub.

    Raises:
        DataError: there is none, or the hub cannot be reached.
    """
    from datasets import DownloadConfig, get_dataset_split_names

    with _quiet(f"{name} {config}"):
        return tuple(get_dataset_split_names(name, config, download_config=DownloadConfig(max_retries=1)))


def open_hub(name: str, config: str, split: str) -> Table:
    """One config of a data set on the hub, downloaded once to the cache of `datasets`.

    Args:
        name: the hub id.
        config: must exist.
        split: the one to take where the config has several.

    Raises:
        DataError: it cannot be had, or has no such split; names those that exist.
    """
    from datasets import load_dataset

    with _quiet(f"{name} {config}"):
        splits: Mapping[str, Any] = load_dataset(name, config)
    if split not in splits and len(splits) > 1:
        found = f"config {config} has no split `{split}`"
        raise DataError(Problem("data/no-such-split", name, found, fix=f"available: {', '.join(splits)}"))
    return _table(splits[split] if split in splits else next(iter(splits.values())), f"{name} {config}")


def library_cache(table: Table) -> Path:
    """The folder under which `datasets` keeps the files that a table's rows name by path."""
    from datasets import config

    home = Path(config.HF_CACHE_HOME).expanduser()
    return home if home.is_dir() else Path(table.files[0]).parent


def _table(dataset: Any, where: str) -> Table:
    files = tuple(str(entry["filename"]) for entry in dataset.cache_files)
    if not files:
        # `datasets` keeps a set in memory when HF_DATASETS_IN_MEMORY_MAX_SIZE allows it; then nothing can be mapped.
        found = "the `datasets` library holds this set in memory instead of on disk"
        raise DataError(Problem("data/in-memory", where, found, fix="unset HF_DATASETS_IN_MEMORY_MAX_SIZE"))
    return Table(files)


@lru_cache(maxsize=_OPEN_TABLES)
def open_table(file: str) -> Any:
    """An Arrow file as a `pyarrow.Table` that is mapped and takes no memory of its own.

    Raises:
        OSError: the file is gone.
        ValueError: it is no Arrow file, is cut (`pyarrow.ArrowInvalid` is one), or has two columns of one name.
    """
    import pyarrow as pa  # type: ignore[import-untyped]

    table = pa.ipc.open_stream(pa.memory_map(file)).read_all()
    names = Counter(table.column_names)
    if twice := [name for name, count in names.items() if count > 1]:
        raise ValueError(f"columns of one name: {', '.join(map(repr, twice))}")
    return table


@contextmanager
def _quiet(where: str) -> Iterator[None]:
    """Without the library's own progress bars, and with its errors in our words."""
    import datasets
    from datasets.exceptions import DatasetsError

    loud = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    except (DatasetsError, OSError, ValueError) as error:
        cause = error.__cause__ or error
        why = str(cause).partition("\n")[0] or type(cause).__name__
        found = f"the `datasets` library cannot read it: {why}"
        raise DataError(Problem("data/unreadable-table", where, found, fix="check the path and the network")) from error
    finally:
        if loud:
            datasets.enable_progress_bars()
