"""What a picture looks like, in five numbers: what predictions may be sliced by without anybody having noted it.

The check of the data has decoded every picture already, and the index remembers what it saw; so nothing is decoded
here that has not changed since.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lensmith.data.check import check_images
from lensmith.data.fingerprints import Fingerprint
from lensmith.data.images import FileImage
from lensmith.errors import DataError, Problem
from lensmith.rundir import write_jsonl
from lensmith.types import Example, ImageRef


@dataclass(frozen=True, slots=True)
class Looks:
    """A picture's looks, of its small copy where pixels are asked.

    Attributes:
        brightness: the mean grey level, 0 black to 1 white.
        contrast: the standard deviation of the grey levels, 0 to 0.5.
        sharpness: `Fingerprint.sharpness`.
        height_px: upright.
        width_px: upright.
    """

    brightness: float
    contrast: float
    sharpness: float
    height_px: int
    width_px: int

    @property
    def megapixels(self) -> float:
        """How large it is."""
        return self.height_px * self.width_px / 1e6

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width_px / self.height_px

    def to_json(self) -> dict[str, Any]:
        """The fields."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LooksTaken:
    """The looks of what predictions are about, and why some have none.

    Attributes:
        by_id: example or prediction id to the looks of its first picture.
        problems: one for each picture that cannot be looked at.
    """

    by_id: Mapping[str, Looks] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def write_looks(path: Path, taken: LooksTaken) -> None:
    """Writes the looks, an id a line, whole or not at all."""
    write_jsonl(path, ({"id": id_, **looks.to_json()} for id_, looks in taken.by_id.items()))


def read_looks(path: Path) -> Mapping[str, Looks]:
    """The looks that `write_looks` wrote; none where there is no such file.

    Raises:
        DataError: the file is not as lensmith writes it.
    """
    if not path.is_file():
        return {}
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return {row.pop("id"): Looks(**row) for row in rows}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        found = f"is not as lensmith writes it: {error!r}"
        raise DataError(Problem("looks/layout", str(path), found, fix="delete it, or give --images")) from error


def looks_of(fingerprint: Fingerprint) -> Looks:
    """The looks of a picture whose fingerprint was taken, its thumbnail kept."""
    import numpy as np

    pixels = np.frombuffer(fingerprint.thumbnail, np.uint8).reshape(-1, 3)
    # Weights of ITU-R BT.601, as Pillow's mode L has them.
    grey = pixels @ np.array([0.299, 0.587, 0.114]) / 255
    traits = fingerprint.traits
    shape = (traits.height_px, traits.width_px)
    return Looks(round(float(grey.mean()), 4), round(float(grey.std()), 4), fingerprint.sharpness, *shape)


def take_looks(examples: Iterable[Example]) -> LooksTaken:
    """The looks of each example's first picture; each picture is looked at once."""
    return _take({example.id: example.images[0] for example in examples if example.images})


def take_looks_in(folder: Path, names: Mapping[str, str]) -> LooksTaken:
    """The looks of pictures in a folder, for predictions that name them.

    Args:
        folder: where the names begin.
        names: prediction id to the path in the folder; what leads out of it, or is no file there, has no looks.

    Raises:
        DataError: none of the names is a file in the folder.
    """
    root = folder.resolve()
    paths = {id_: (root / name).resolve() for id_, name in names.items()}
    there: dict[str, ImageRef] = {
        id_: FileImage(str(path), names[id_])
        for id_, path in paths.items()
        if path.is_relative_to(root) and path.is_file()
    }
    if names and not there:
        example = next(iter(names.values()))
        found = f"none of {len(set(names.values()))} pictures that the predictions name is there, such as {example!r}"
        fix = (
            "give the folder that the names begin in, and say with --columns group=NAME which column names the picture"
        )
        raise DataError(Problem("looks/no-pictures", str(folder), found, fix=fix))
    taken = _take(there)
    missing = sorted({name for id_, name in names.items() if id_ not in there})
    found = "no such picture in the folder"
    away = (Problem("looks/missing-picture", name, found, fix="add it, or leave it at that") for name in missing)
    return LooksTaken(taken.by_id, (*taken.problems, *away))


def _take(images: Mapping[str, ImageRef]) -> LooksTaken:
    checked = check_images(images.values(), thumbnails=True)
    seen = {image: looks_of(fingerprint) for image, fingerprint in checked.found.items()}
    return LooksTaken(
        {id_: seen[image] for id_, image in images.items() if image in seen}, tuple(checked.problems.values())
    )
