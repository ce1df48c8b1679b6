"""Drawn worlds: folders of pictures with questions whose answers are known, the same for the same seed.

A world is a function `make(out, *, pictures, seed) -> WorldFolder`. To add one: write one file, add one line here.
"""

from lensmith.lab.worlds.folder import MakeWorld
from lensmith.registry import Registry

WORLDS: Registry[MakeWorld] = Registry(
    "world",
    {
        "fills": "lensmith.lab.worlds.fills:make_fills",
        "shapes": "lensmith.lab.worlds.shapes:make_shapes",
    },
)
