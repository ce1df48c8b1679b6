"""Drawn objects that a person names at once at 96 pixels: thirty of them, eight figures, and signs to read.

    sprite = draw_object("cup", Look("red", material="metal"), Random(0), 120)
    place(picture, sprite, (96, 96), shadow=True)

To add an object: write its drawing beside its like, add one line to `OBJECTS` and its Russian forms to `nouns`.
"""

from lensmith.lab.worlds.objects.catalogue import HELD, OBJECTS, PEOPLE, POSES, Kind
from lensmith.lab.worlds.objects.draw import check_look, draw_figure, draw_object, draw_sign, place
from lensmith.lab.worlds.objects.figures import FIGURES
from lensmith.lab.worlds.objects.look import Look
from lensmith.lab.worlds.objects.paint import COLOURS, MATERIALS, PATTERNS, RGB

__all__ = [
    "COLOURS",
    "FIGURES",
    "HELD",
    "MATERIALS",
    "OBJECTS",
    "PATTERNS",
    "PEOPLE",
    "POSES",
    "RGB",
    "Kind",
    "Look",
    "check_look",
    "draw_figure",
    "draw_object",
    "draw_sign",
    "place",
]
