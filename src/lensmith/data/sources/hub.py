"""A data set repository of the hub: by its id, or a copy of one in a folder, with a README.md that names its configs.

    configs:
    - config_name: en
      data_files:
      - split: train
        path: en/train-*

`datasets` finds the files, downloads them once and keeps them as Arrow files in its cache.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from lensmith.config.sections import SourceSection
from lensmith.data.sources.contract import Detection, Layout, Request, Row
from lensmith.data.sources.pictures import ImageRoot
from lensmith.data.sources.splits import choose_split
from lensmith.data.sources.table_rows import TableFile, lay_out, read_files
from lensmith.data.sources.tables import (
    Table,
    hub_configs,
    hub_splits,
    is_hub_id,
    library_cache,
    open_hub,
    open_table,
)
from lensmith.errors import DataError, Problem, suggest

_README = "README.md"
# What `datasets` calls the config of a repository that names none.
_DEFAULT = "default"
_FRONT = re.compile(r"\A---\n(.*?)\n---", re.DOTALL)
_CONFIGS = re.compile(r"^configs:", re.MULTILINE)


class HubSource:
    """Questions, answers and pictures in one config of a data set repository."""

    name = "hub"
    describe = "a data set of the hub: an id, or a folder with a copy of one; config and split where it has several"
    settings = ("config", "question")

    def detect(self, path: str) -> Detection:
        """Sure of a folder whose README.md names configs. An id is looked up on the hub.

        Surer than of what such a folder also is, a folder of parquet files; less sure than a format that joins configs.
        """
        if Path(path).expanduser().exists():
            if names_configs(Path(path).expanduser()):
                return Detection(0.92, f"its {_README} names configs")
            return Detection(0.0, f"it has no {_README} that names configs")
        if not is_hub_id(path):
            return Detection(0.0, "it is no hub id")
        try:
            return Detection(0.92, f"the hub has it, with the configs {', '.join(hub_configs(path))}")
        except DataError as error:
            return Detection(0.0, error.problems[0].found)

    def splits(self, path: str) -> tuple[str, ...]:
        """Those of the only config."""
        return self.config_splits(path, None)

    def config_splits(self, path: str, config: str | None) -> tuple[str, ...]:
        """Those of a config; of the only one where none is named."""
        return hub_splits(path, _config(path, config))

    def layout(self, request: Request) -> Layout:
        """The columns of the table, which is downloaded for it."""
        name, table = _open(request.section)
        return lay_out(open_table(table.files[0]).schema, request, name).layout

    def read(self, request: Request) -> Iterator[Row]:
        """One example a row."""
        name, table = _open(request.section)
        folder = Path(request.section.path).expanduser()
        root = ImageRoot.of(request.section, folder if folder.is_dir() else library_cache(table))
        yield from read_files(_numbered(table, f"{request.section.path} {name}"), request, root, name)


HUB = HubSource()


def names_configs(folder: Path) -> bool:
    """True for a folder with a copy of a data set repository whose card names its configs."""
    try:
        text = (folder / _README).read_text("utf-8", errors="replace")
    except OSError:
        return False
    front = _FRONT.match(text)
    return front is not None and bool(_CONFIGS.search(front[1]))


def _config(path: str, asked: str | None) -> str:
    """The config to read: the one that was named, the only one, or the one that is called `default`."""
    configs = hub_configs(path)
    if asked is None and (len(configs) == 1 or _DEFAULT in configs):
        return configs[0] if len(configs) == 1 else _DEFAULT
    if asked in configs and asked is not None:
        return asked
    found = f"there is no config `{asked}`" if asked else "there are several configs and none was named"
    raise DataError(Problem("data/no-such-config", path, found, fix=suggest(asked or "", configs)))


def _open(section: SourceSection) -> tuple[str, Table]:
    """The split asked for, and what to call it."""
    config = _config(section.path, section.config)
    split = choose_split(section, {name: name for name in hub_splits(section.path, config)})
    return split if config == _DEFAULT else f"{config}/{split}", open_hub(section.path, config, split)


def _numbered(table: Table, shown: str) -> Iterator[TableFile]:
    before = 0
    for file in table.files:
        yield TableFile(shown, partial(str, file), before)
        before += open_table(file).num_rows
