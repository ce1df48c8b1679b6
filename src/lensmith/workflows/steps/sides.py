"""Which files of answers are compared."""

from collections.abc import Sequence
from pathlib import Path

from lensmith.errors import DataError, Problem


def find_sides(paths: Sequence[Path]) -> list[Path]:
    """The files to read: of one run both its sides, of several what each ended with.

    Args:
        paths: run folders, evaluation folders, or files of predictions; at least one.

    Raises:
        DataError: there is nothing to compare with.
    """
    if len(paths) > 1:
        return [_last(path) for path in paths]
    folder = paths[0]
    sides = [folder / "before.jsonl", folder / "after.jsonl"]
    if all(side.is_file() for side in sides):
        return sides
    found = "one file of predictions cannot be compared with itself"
    if folder.is_dir():
        found = "the folder has no before.jsonl and after.jsonl: " + ", ".join(
            f"{side.name} is {'there' if side.is_file() else 'missing'}" for side in sides
        )
    fix = "give a second run or file, or let `lensmith train` finish this run"
    raise DataError(Problem("compare/one-side", str(folder), found, fix=fix))


def _last(path: Path) -> Path:
    """A folder's latest answers; a file itself."""
    if not path.is_dir():
        return path
    for name in ("after.jsonl", "predictions.jsonl"):
        if (path / name).is_file():
            return path / name
    fix = "let `lensmith train` finish this run, or give a file"
    raise DataError(
        Problem("compare/no-answers", str(path), "the folder has no after.jsonl or predictions.jsonl", fix=fix)
    )
