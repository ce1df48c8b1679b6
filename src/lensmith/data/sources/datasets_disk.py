"""A data set that the `datasets` library saved with `save_to_disk`: Arrow files, used where they are.

dataset_dict.json              {"splits": ["train", "test"]}, where there are several
train/state.json               {"_data_files": [{"filename": "data-00000-of-00001.arrow"}], …}
train/data-00000-of-00001.arrow
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from lensmith.data.sources.contract import Detection, Layout, Request, Row
from lensmith.data.sources.parts import Part
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.rows import no_such_path
from lensmith.data.sources.splits import choose_split
from lensmith.data.sources.table_rows import TableFile, judge, lay_out, read_files
from lensmith.data.sources.tables import open_table, unreadable_table
from lensmith.errors import DataError, Problem

_STATE = "state.json"
_DICT = "dataset_dict.json"


class DatasetsSource:
    """Questions, answers and pictures in the columns of a saved `Dataset` or `DatasetDict`."""

    name = "datasets"
    describe = "a folder that `datasets` wrote with save_to_disk, of one split or several, with image, question, answer"
    settings = ("question",)

    def detect(self, path: str) -> Detection:
        """Judges by the columns, where the library's own files are there."""
        try:
            parts = _parts(path)
            return judge(_schema(next(iter(parts.values()))))
        except DataError as error:
            return Detection(0.0, error.problems[0].found)

    def splits(self, path: str) -> tuple[str, ...]:
        """Those of a `DatasetDict`."""
        return tuple(name for name in _parts(path) if name)

    def layout(self, request: Request) -> Layout:
        """The columns of the table."""
        part = choose_split(request.section, _parts(request.section.path))
        return lay_out(_schema(part), request, str(part.files[0].parent)).layout

    def read(self, request: Request) -> Iterator[Row]:
        """One example a row."""
        part = choose_split(request.section, _parts(request.section.path))
        files = (TableFile(str(file), partial(str, file)) for file in part.files)
        root = ImageRoot.of(request.section, part.files[0].parent)
        yield from read_files(files, request, root, part.name or part.files[0].parent.name)


DATASETS = DatasetsSource()


def _parts(path: str) -> dict[str, Part]:
    """The Arrow files by split; under "" where there is one undivided set."""
    folder = Path(path).expanduser()
    if not folder.exists():
        raise DataError(no_such_path(path))
    if (folder / _STATE).is_file():
        return {"": Part("", _data_files(folder))}
    if not (folder / _DICT).is_file():
        found = f"it holds neither {_STATE} nor {_DICT}, which `datasets` writes"
        raise DataError(Problem("data/unreadable-table", path, found, fix="name the folder that was saved to"))
    names = _json(folder / _DICT).get("splits")
    if not isinstance(names, list) or not names or not all(_is_name(name) for name in names):
        raise DataError(_damaged(folder / _DICT, "it has no list of `splits`"))
    return {name: Part(name, _data_files(folder / name)) for name in names}


def _data_files(folder: Path) -> tuple[Path, ...]:
    state = _json(folder / _STATE)
    listed = state.get("_data_files")
    entries = listed if isinstance(listed, list) else []
    names = [each.get("filename") if isinstance(each, dict) else None for each in entries]
    if not names or not all(_is_name(name) for name in names):
        raise DataError(_damaged(folder / _STATE, "it has no list of `_data_files`"))
    if state.get("_indices_data_files"):
        found = "rows were chosen from the table and an old version of `datasets` saved the choice apart"
        raise DataError(_damaged(folder / _STATE, found, fix="load it and save it again with datasets 2 or newer"))
    return tuple(folder / str(name) for name in names)


def _is_name(value: Any) -> bool:
    """True for a name within a folder: what a file says must not lead out of its own folder."""
    return (
        isinstance(value, str) and value not in ("", ".", "..") and PurePath(value).name == value and "\0" not in value
    )


def _json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(_damaged(file, str(error))) from error
    if not isinstance(value, dict):
        raise DataError(_damaged(file, "it is no JSON object"))
    return value


def _damaged(file: Path, why: str, *, fix: str = "save the data set again") -> Problem:
    return Problem("data/unreadable-table", str(file), f"the saved data set cannot be read: {why}", fix=fix)


def _schema(part: Part) -> Any:
    problems = []
    for file in part.files:
        try:
            return open_table(str(file)).schema
        except (OSError, ValueError) as error:
            problems.append(unreadable_table(str(file), error))
    raise DataError(problems)
