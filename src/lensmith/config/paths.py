"""Which recipe values are files and folders, and what relative ones are relative to.

A path written in a recipe file is relative to that file's folder; one given with `--set`, to the current folder.
The paths of sources (`data.*.path`, `keep.sources.*.path`) and `model.name` may also be hub ids. Such a value is a path
when something exists there, when it begins with `.`, `~` or `/`, when it ends like a data file, or when it is not of
the form `owner/name`; otherwise it is a hub id and stays as written. A model's bare name (no slash) is a path only when
something exists there.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from lensmith.config.shape import Path as KeyPath
from lensmith.config.tree import Node, Place

FILE_ENDINGS = frozenset(
    (
        ".json",
        ".jsonl",
        ".ndjson",
        ".csv",
        ".tsv",
        ".parquet",
        ".arrow",
        ".txt",
        ".xml",
        ".yaml",
        ".yml",
        ".zip",
        ".tar",
    )
)
"""What data files end in. A hub id ends so only by bad luck; `./` or an existing folder settles it."""

# What may stand there that is no path.
_FILES: dict[KeyPath, tuple[str, ...]] = {
    ("prompt", "chat_template"): (),
    ("run", "out"): ("auto",),
    ("train", "features"): ("auto", "off"),
}

_BRACES = re.compile(r"\{(?:(\d+)\.\.(\d+)|([^{},]*,[^{}]*))\}")
# No set has more shards; a pattern that says so is a slip, or the name of a file.
_MAX_NUMBERED = 100_000
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def anchor_paths(tree: Node) -> None:
    """Makes every path in a spelled-out tree absolute, in place; values that are not text are for others to judge."""
    for path, node in tree.walk():
        if isinstance(node.value, str) and node.value:
            if _is_source(path, "path"):
                node.value = _maybe_path(node.value, node.place, bare_is_hub=False)
            elif path == ("model", "name"):
                node.value = _maybe_path(node.value, node.place, bare_is_hub=True)
            elif (_is_source(path, "images") or path in _FILES) and node.value not in _FILES.get(path, ()):
                node.value = _absolute(node.value, node.place)


def exists(path: str) -> bool:
    """True when a file or folder can be seen there; a name that no file can have is not there.

    A pattern of numbered files (see `expand_braces`) is there when one of the files is.
    """
    try:
        return Path(path).exists() or any(Path(each).exists() for each in expand_braces(path) if each != path)
    except (OSError, ValueError):
        return False


def expand_braces(path: str) -> Iterator[str]:
    """The files that a pattern stands for, as shells write it; a path without `{` and `}` stands for itself.

    >>> list(expand_braces("train-{08..10}.tar"))
    ['train-08.tar', 'train-09.tar', 'train-10.tar']
    >>> list(expand_braces("{train,val}.tar"))
    ['train.tar', 'val.tar']
    """
    match = _BRACES.search(path)
    first, last, names = match.groups() if match else ("", "", "")
    if match is None or (first and int(last) - int(first) >= _MAX_NUMBERED):
        yield path
        return
    inner = (f"{n:0{len(first)}d}" for n in range(int(first), int(last) + 1)) if first else names.split(",")
    for each in inner:
        yield from expand_braces(path[: match.start()] + each + path[match.end() :])


def relative_path(value: str, folder: Path) -> str:
    """A path as a recipe in `folder` should name it: relative where it lies inside, else absolute; a hub id as it is.

    The inverse of `anchor_paths` for paths that exist.
    """
    if not exists(value):
        return value
    path = Path(value).absolute()
    inside = path.is_relative_to(folder) and ".." not in path.parts
    name = path.relative_to(folder).as_posix() if inside else str(path)
    return f"./{name}" if looks_like_hub_id(name) else name


def looks_like_hub_id(name: str) -> bool:
    """True for `owner/name` that does not end like a data file, and for an address with `://`.

    >>> [looks_like_hub_id(name) for name in ("deepvk/GQA-ru", "data/train.jsonl", "./deepvk/GQA-ru")]
    [True, False, False]
    """
    if "://" in name:
        return True
    return bool(_HUB_ID.fullmatch(name)) and Path(name).suffix.lower() not in FILE_ENDINGS


def _is_source(path: KeyPath, setting: str) -> bool:
    return len(path) == 4 and (path[0] == "data" or path[:2] == ("keep", "sources")) and path[3] == setting


def _maybe_path(value: str, place: Place, *, bare_is_hub: bool) -> str:
    here = _absolute(value, place)
    if exists(here):
        return here
    bare = bare_is_hub and "/" not in value and not value.startswith((".", "~"))
    return value if bare or looks_like_hub_id(value) else here


def _absolute(value: str, place: Place) -> str:
    try:
        path = place.folder / Path(value).expanduser()
        return str(path.resolve() if ".." in path.parts else path)
    except (RuntimeError, ValueError, OSError):
        return value
