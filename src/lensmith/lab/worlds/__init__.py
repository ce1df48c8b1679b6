"""Drawn worlds: folders of pictures with questions whose answers are known, the same for the same seed.

A world is a function `make(out, *, pictures, seed, workers=1) -> WorldFolder`. To add one: write one file, add one
line here; the first line of the function's docstring is what `lensmith lab worlds` says of it.
"""

from lensmith.lab.worlds.folder import MakeWorld
from lensmith.registry import Registry

WORLDS: Registry[MakeWorld] = Registry(
    "world",
    {
        "characters": "lensmith.lab.worlds.characters.world:make_characters",
        "characters-one": "lensmith.lab.worlds.characters.world:make_characters_one",
        "charts": "lensmith.lab.worlds.charts.world:make_charts",
        "crosswalk": "lensmith.lab.worlds.crosswalk.world:make_crosswalk",
        "everyday": "lensmith.lab.worlds.everyday.world:make_everyday",
        "everyday-maps": "lensmith.lab.worlds.everyday.maps:make_everyday_maps",
        "fills": "lensmith.lab.worlds.fills:make_fills",
        "gqa-ru": "lensmith.lab.worlds.gqa_ru.world:make_gqa_ru",
        "gqa-ru-10": "lensmith.lab.worlds.gqa_ru.world:make_gqa_ru_10",
        "shapes": "lensmith.lab.worlds.shapes:make_shapes",
        "street-lights": "lensmith.lab.worlds.street_lights.world:make_street_lights",
    },
)
