"""find → claim the folder → draw → describe: a world on disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.lab.worlds import WORLDS
from lensmith.lab.worlds.claiming import claim_folder, describe_folder, workers_that_pay
from lensmith.lab.worlds.folder import WorldFolder


@dataclass(frozen=True, slots=True)
class MadeWorld:
    """A world that was drawn.

    Attributes:
        world: its name.
        seed: what it derives from.
        folder: what was written.
        description: the file that tells how to read it.
    """

    world: str
    seed: int
    folder: WorldFolder
    description: Path

    def to_json(self) -> Mapping[str, Any]:
        """What was drawn and how a recipe reads it, as plain values; fractions 0–1."""
        folder = self.folder
        return {
            "world": self.world,
            "out": str(folder.out),
            "seed": self.seed,
            "pictures": dict(folder.pictures),
            "questions": dict(folder.questions),
            "blind": dict(folder.blind),
            "data": folder.data_at(),
            "extra": folder.extra_at(),
        }


def make_world(name: str, out: Path, *, pictures: int, seed: int, workers: int | None = None) -> MadeWorld:
    """Draws a world into a folder of its own; a folder that holds anything else is left alone.

    Args:
        name: of a world.
        out: made when missing.
        pictures: training pictures.
        seed: of every picture.
        workers: processes that draw; None for as many as pay.

    Raises:
        UnknownNameError: there is no such world.
        DataError: the folder is not free, or the world cannot draw so many pictures.
    """
    make = WORLDS[name]
    claim = claim_folder(out, f"{name}, {pictures} training pictures, seed {seed}")
    folder = make(out, pictures=pictures, seed=seed, workers=workers or workers_that_pay(pictures))
    return MadeWorld(name, seed, folder, describe_folder(claim, folder))
