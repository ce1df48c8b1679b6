"""Checks of what a recipe names on the disk: each missing file or folder with what is there instead."""

from collections.abc import Iterator
from pathlib import Path

from lensmith.config.paths import exists, looks_like_hub_id
from lensmith.config.settings import Check, Settings, until_refused
from lensmith.errors import Problem, suggest


def check_sources(settings: Settings) -> Iterator[Problem]:
    """Data files, folders of pictures: what is named must be there, unless it is a hub id."""
    for source in settings.all_sources():
        for check in (_check_data_path, _check_images):
            yield from until_refused(check(settings, source))


def _check_data_path(settings: Settings, source: str) -> Iterator[Problem]:
    path = settings[f"{source}.path"]
    if not exists(path) and not looks_like_hub_id(path):
        where, fix = settings.where(f"{source}.path"), f"{_near(path)}; a hub id has the form owner/name"
        yield Problem("recipe/missing-file", where, f"there is no file or folder {path}", fix=fix)


def _check_images(settings: Settings, source: str) -> Iterator[Problem]:
    folder = settings[f"{source}.images"]
    if folder is not None and not (exists(folder) and (Path(folder).is_dir() or folder.lower().endswith(".zip"))):
        found = f"{folder} is a file" if exists(folder) else f"there is no folder {folder}"
        where, expected = settings.where(f"{source}.images"), "a folder or a .zip"
        yield Problem("recipe/missing-file", where, found, expected, fix=_near(folder))


def check_chat_template(settings: Settings) -> Iterator[Problem]:
    """The chat template must be a file."""
    path = settings["prompt.chat_template"]
    if path is not None and not (exists(path) and Path(path).is_file()):
        found = f"there is no file {path}"
        yield Problem("recipe/missing-file", settings.where("prompt.chat_template"), found, fix=_near(path))


def check_model(settings: Settings) -> Iterator[Problem]:
    """A model given as a path must be there."""
    name = settings["model.name"]
    if Path(name).is_absolute() and not exists(name):
        fix = f"{_near(name)}; a hub id has the form owner/name"
        yield Problem("recipe/missing-file", settings.where("model.name"), f"there is no folder {name}", fix=fix)


def check_out(settings: Settings) -> Iterator[Problem]:
    """The run folder must not be a file."""
    path = settings["run.out"]
    if path != "auto" and exists(path) and not Path(path).is_dir():
        fix = "name a folder; it need not exist"
        yield Problem("recipe/out", settings.where("run.out"), f"{path} is a file", "a folder", fix=fix)


def _near(path: str) -> str:
    """What is there instead of a missing file: a near name, and the first names in its folder."""
    folder = Path(path).parent
    if not (exists(str(folder)) and folder.is_dir()):
        return f"there is no folder {folder} either; paths in a recipe start from the recipe's folder"
    names = sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))
    near = suggest(Path(path).name, names).partition("available:")[0].strip()
    shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return f"{near or 'correct the path;'} in {folder}: {shown or 'nothing'}"


FILE_CHECKS: tuple[Check, ...] = (check_model, check_sources, check_chat_template, check_out)
