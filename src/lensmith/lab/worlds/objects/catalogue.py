"""The objects by name: what draws each, which colours, materials and patterns it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lensmith.lab.worlds.objects import animals, furniture, outdoors, people, things, vehicles
from lensmith.lab.worlds.objects.look import Look
from lensmith.lab.worlds.objects.paint import COLOURS, Material
from lensmith.lab.worlds.objects.pen import Pen

DrawParts = Callable[[Pen, Look], None]

FUR = ("orange", "brown", "black", "white", "grey")
PEOPLE = ("man", "woman", "child")
HELD = ("umbrella", "ball", "book", "cup", "flower", "bottle", "apple", "banana", "hat")
POSES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("cat", "dog", *PEOPLE), ("standing", "sitting")),
    "bird": ("sitting", "flying"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """What is known of an object beside how it is drawn.

    Attributes:
        draw: draws it.
        colours: of the region that carries its colour.
        materials: textures it can have.
        patterned: whether it can be striped, checked or dotted.
        stands: whether it rests on the ground; else it flies or swims.
    """

    draw: DrawParts
    colours: tuple[str, ...] = COLOURS
    materials: tuple[Material, ...] = ()
    patterned: bool = False
    stands: bool = True


def _but(*without: str) -> tuple[str, ...]:
    return tuple(colour for colour in COLOURS if colour not in without)


OBJECTS: Mapping[str, Kind] = {
    "cat": Kind(animals.draw_cat, FUR),
    "dog": Kind(animals.draw_dog, FUR),
    "bird": Kind(animals.draw_bird, stands=False),
    "fish": Kind(animals.draw_fish, _but("brown"), patterned=True, stands=False),
    "horse": Kind(animals.draw_horse, FUR),
    "butterfly": Kind(animals.draw_butterfly, _but("grey"), stands=False),
    "car": Kind(vehicles.draw_car),
    "bus": Kind(vehicles.draw_bus),
    "bicycle": Kind(vehicles.draw_bicycle),
    "boat": Kind(vehicles.draw_boat, materials=("wooden", "metal"), stands=False),
    "plane": Kind(vehicles.draw_plane, stands=False),
    "tree": Kind(outdoors.draw_tree, ("green", "yellow", "orange", "red", "pink", "white")),
    "flower": Kind(outdoors.draw_flower, _but("green", "brown", "black", "grey")),
    "house": Kind(outdoors.draw_house, materials=("wooden", "brick")),
    "chair": Kind(furniture.draw_chair, materials=("wooden", "metal", "fabric")),
    "table": Kind(furniture.draw_table, materials=("wooden", "metal", "glass")),
    "lamp": Kind(furniture.draw_lamp, materials=("metal", "fabric", "glass")),
    "cup": Kind(things.draw_cup, materials=("wooden", "metal", "glass"), patterned=True),
    "bottle": Kind(things.draw_bottle, materials=("metal", "glass")),
    "apple": Kind(things.draw_apple, ("red", "green", "yellow")),
    "banana": Kind(things.draw_banana, ("yellow", "green", "brown")),
    "book": Kind(things.draw_book, patterned=True),
    "clock": Kind(furniture.draw_clock, materials=("wooden", "metal")),
    "umbrella": Kind(things.draw_umbrella, patterned=True),
    "ball": Kind(things.draw_ball, materials=("wooden", "metal", "glass", "fabric"), patterned=True),
    "hat": Kind(things.draw_hat, materials=("fabric", "straw"), patterned=True),
    "mushroom": Kind(outdoors.draw_mushroom, _but("green", "blue", "pink", "black")),
    "man": Kind(people.draw_man, patterned=True),
    "woman": Kind(people.draw_woman, patterned=True),
    "child": Kind(people.draw_child, patterned=True),
}
