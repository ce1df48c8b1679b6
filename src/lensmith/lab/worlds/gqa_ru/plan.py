"""What stands where in a picture, before it is drawn: things with attributes, and how they stand to each other.

A plan has two or three groups side by side: a thing alone, a table, chair or tree with something on or under it, or a
person who may hold something and wear a hat. Something may fly or hang above them. Of each kind of thing there is at
most one, so that its name is enough to point at it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from lensmith.lab.worlds.objects import HELD, OBJECTS, PEOPLE, Look

# What a place does not have, however often it is drawn.
LACKS = {
    "room": {"car", "bus", "bicycle", "boat", "plane", "house", "tree", "horse", "fish", "mushroom"},
    "street": {"lamp", "fish", "mushroom", "boat"},
    "meadow": {"lamp", "fish", "boat"},
    "beach": {"lamp", "bus", "mushroom"},
}
ALONE = tuple(name for name in OBJECTS if name not in (*PEOPLE, "bird", "butterfly", "clock"))
# What rests on a table or a chair, and what lies or sits under a table or a tree.
ON_TOP = ("cup", "bottle", "apple", "banana", "book", "lamp", "ball", "hat", "cat", "flower")
BENEATH = ("ball", "cat", "dog", "book", "mushroom", "bottle", "hat")
BORNE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "table": {"on": ON_TOP, "under": BENEATH},
    "chair": {"on": ON_TOP},
    "tree": {"under": BENEATH},
}
CHANCES = {"on": 0.85, "under": 0.5}
ABOVE = {"room": ("clock", "bird", "butterfly"), "outdoors": ("bird", "butterfly", "plane")}
PLACES = ("room", "street", "meadow", "beach")
SHARED = 0.3
MATERIAL_SHARE = 0.75
# On less than this a texture is not to be seen in a picture of 96 pixels.
TEXTURED_SIDE = 0.3
# Every "big" thing is at least half as big again as every "small" one.
SMALL_SIDE = 0.19


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of a plan.

    Attributes:
        id: unique within the plan.
        name: a key of `OBJECTS`.
        colour: one that it takes.
        material: one that it takes, or "" where it cannot be told.
        size: "big" or "small" for what stands by itself; "" where it is not to be asked.
        centre: across, as a fraction of the picture's width.
        foot: the height of its lower edge, as a fraction of the picture's height from the top.
        side: the length of its longer side, as a fraction of the picture's width.
        stands: "alone", "on", "under", "held", "worn" or "above".
        group: what stands together has one number; -1 for what is above.
    """

    id: str
    name: str
    colour: str
    material: str
    size: str
    centre: float
    foot: float
    side: float
    stands: str
    group: int

    @property
    def half(self) -> str:
        """The half of the picture it is in: "left" or "right"; "" where that is not clear."""
        return "" if 0.42 < self.centre < 0.58 else "left" if self.centre < 0.5 else "right"

    @property
    def look(self) -> Look:
        """How it is drawn, but for what a person wears and holds."""
        pose = {"bird": "flying", "cat": "sitting", "dog": "sitting"}.get(self.name, "")
        return Look(colour=self.colour, material=self.material, pose=pose)


@dataclass(frozen=True, slots=True)
class Plan:
    """A picture to be drawn.

    Attributes:
        place: one of `PLACES`.
        things: in the order in which they are drawn.
        bonds: (id of the thing, "on" | "under" | "held" | "worn", id of what bears it).
    """

    place: str
    things: tuple[Thing, ...]
    bonds: tuple[tuple[str, str, str], ...]

    def find(self, name: str) -> Thing | None:
        """The thing of this name; None where the picture has none."""
        return next((thing for thing in self.things if thing.name == name), None)

    def bearer(self, thing: Thing) -> Thing | None:
        """What a thing is on or under, or who holds or wears it."""
        return next((self._by_id(bearer) for lower, _, bearer in self.bonds if lower == thing.id), None)

    def borne(self, thing: Thing, how: str) -> Thing | None:
        """What is on or under a thing, or held or worn by it."""
        return next((self._by_id(one) for one, bond, bearer in self.bonds if (bond, bearer) == (how, thing.id)), None)

    def beside(self, thing: Thing, side: str) -> tuple[Thing, ...]:
        """All that is to the "left" or "right" of a thing, in other groups; nothing is beside what is above."""
        if thing.group < 0:
            return ()
        sign = -1 if side == "left" else 1
        others = (each for each in self.things if each.group != thing.group)
        return tuple(each for each in others if sign * (each.centre - thing.centre) > 0)

    def _by_id(self, name: str) -> Thing:
        return next(thing for thing in self.things if thing.id == name)


def draw_plan(random: Random, place: str = "") -> Plan:
    """A plan drawn by lot; `place` where one is given.

    Colours and materials are drawn evenly from those that a thing takes, but for some that a thing has which is there
    already, so that there is something to compare.
    """
    planner = _Planner(random, place or random.choice(PLACES))
    centres = random.choice(((0.27, 0.73), (0.27, 0.73), (0.18, 0.5, 0.82)))
    for group, centre in enumerate(centres):
        planner.add_group(group, centre + random.uniform(-0.02, 0.02), 0.42 if len(centres) == 2 else 0.31)
    if random.random() < 0.5:
        planner.add_above(0.26 if len(centres) == 2 else 0.22)
    return Plan(planner.place, tuple(planner.things), tuple(planner.bonds))


class _Planner:
    """A plan that is being drawn up."""

    def __init__(self, random: Random, place: str) -> None:
        self.random, self.place = random, place
        self.things: list[Thing] = []
        self.bonds: list[tuple[str, str, str]] = []

    def add_group(self, group: int, centre: float, width: float) -> None:
        """Something alone, something that bears, or a person, on the ground."""
        foot = self.random.uniform(0.84, 0.95)
        thing = Thing("", "", "", "", "", centre, foot, width, "alone", group)
        kind = self.random.choices(("alone", "bearer", "person"), (4, 3, 3))[0]
        if kind == "person":
            self._add_person(replace(thing, side=min(0.55, width * 1.3)))
        elif kind == "bearer":
            self._add_bearer(thing)
        else:
            size = self.random.choice(("big", "small"))
            self._add(ALONE, replace(thing, size=size, side=width if size == "big" else SMALL_SIDE))

    def add_above(self, side: float) -> None:
        """Something that flies or hangs in the upper part, over the left or the right."""
        centre = self.random.choice((0.25, 0.75)) + self.random.uniform(-0.08, 0.08)
        names = ABOVE["room" if self.place == "room" else "outdoors"]
        self._add(names, Thing("", "", "", "", "", centre, self.random.uniform(0.26, 0.3), side, "above", -1))

    def _add_bearer(self, thing: Thing) -> None:
        bearer = self._add(BORNE, replace(thing, side=thing.side * 1.05))
        if bearer is None:
            return
        for how, names in BORNE[bearer.name].items():
            if self.random.random() < CHANCES[how]:
                self._bind(names, replace(thing, side=thing.side * 0.42), how, bearer)

    def _add_person(self, thing: Thing) -> None:
        person = self._add(PEOPLE, replace(thing, side=thing.side * self.random.uniform(0.9, 1.0)))
        if person is None:
            return
        if self.random.random() < 0.6:
            self._bind([name for name in HELD if name != "hat"], thing, "held", person)
        if self.random.random() < 0.45:
            self._bind(("hat",), thing, "worn", person)

    def _bind(self, names: Iterable[str], thing: Thing, how: str, bearer: Thing) -> None:
        added = self._add(names, replace(thing, stands=how))
        if added:
            self.bonds.append((added.id, how, bearer.id))

    def _add(self, names: Iterable[str], thing: Thing) -> Thing | None:
        """A thing of one of these names that the plan lacks and the place allows; None where there is none left."""
        taken = LACKS[self.place] | {each.name for each in self.things}
        free = [name for name in names if name not in taken]
        if not free:
            return None
        name = self.random.choice(free)
        told = thing.side >= TEXTURED_SIDE and thing.stands == "alone" and self.random.random() < MATERIAL_SHARE
        added = replace(
            thing,
            id=str(len(self.things) + 1),
            name=name,
            colour=self._pick(OBJECTS[name].colours, [each.colour for each in self.things]),
            material=self._pick(OBJECTS[name].materials, [each.material for each in self.things]) if told else "",
        )
        self.things.append(added)
        return added

    def _pick(self, values: Sequence[str], there: Iterable[str]) -> str:
        """One of the values, by lot, at times one that is there already; "" of none."""
        shared = [each for each in there if each in values]
        if shared and self.random.random() < SHARED:
            return self.random.choice(shared)
        return self.random.choice(values) if values else ""
