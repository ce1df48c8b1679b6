"""What the pictures look like that predictions are about: as their run wrote it down, or looked up now."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from lensmith.console import show_problems, warn
from lensmith.data.looks import Looks, read_looks, take_looks_in
from lensmith.types import Prediction


def looks_for(predictions: Sequence[Prediction], path: Path, images: Path | None) -> Mapping[str, Looks]:
    """The looks of each prediction's picture; none where nobody knows them.

    Args:
        predictions: their groups name the pictures, where `images` is given.
        path: the run, or a file in it: its looks.jsonl is read.
        images: the folder that the groups are looked for in, over what the run knows.

    Raises:
        DataError: no group is a picture in the folder, or looks.jsonl is damaged.
    """
    if images is None:
        return read_looks((path if path.is_dir() else path.parent) / "looks.jsonl")
    taken = take_looks_in(images, {each.id: each.group for each in predictions})
    if taken.problems:
        warn(f"{len(taken.problems)} pictures could not be looked at:")
        show_problems(taken.problems, limit=5)
    return taken.by_id
