"""What is to be on a picture: which things, how they look, where and how large, on which ground, by day or by night."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from lensmith.lab.worlds.objects import COLOURS, FIGURES, HELD, OBJECTS, PATTERNS, PEOPLE, POSES, Look

Sort = str  # "object", "figure", "sign" or "character"

CHARACTERS = ("matryoshka", "spider-man", "superman")
OUTDOORS = ("street", "meadow", "sky", "water")
STANDING = ("room", "street", "meadow")
BACKDROPS = ("plain", "gradient", "pattern")
GROUNDS = (*STANDING, "sky", "water", *BACKDROPS)
WORDS = ("STOP", "TAXI", "CAFE", "BUS", "OK", "GO", "ON", "OFF", "YES", "NO", "UP", "HI", "BAR", "ZOO", "SUN", "TEA")
LETTERS = "ABCDEFGHKLMNPRSTUVXYZ"

# How often a picture has so many different things, and how often one of them is there several times.
DIFFERENT = {1: 0.38, 2: 0.3, 3: 0.19, 4: 0.13}
REPEATED = 0.26
CHARACTER = 0.14
# Alone or with others, things are this large: the least and the greatest longer side, as fractions of the picture's.
SIDES = {1: (0.42, 0.84), 2: (0.3, 0.56), 3: (0.27, 0.44), 4: (0.25, 0.37)}
TRIES = 150
SHIRT_CHARACTERS = 2
# Kept free along the picture's edges: a turn or a skew takes some of it away.
EDGE = 0.012


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be drawn.

    Attributes:
        sort: what draws it.
        name: a key of `OBJECTS`, of `FIGURES`, one of `CHARACTERS`, or "sign".
        look: its colour and whatever else can be told.
        text: on a sign.
        side: the longer side, as a fraction of the picture's.
        centre: fractions of the picture's sides, from the left and from the top.
    """

    sort: Sort
    name: str
    look: Look
    text: str = ""
    side: float = 0.0
    centre: tuple[float, float] = (0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Plan:
    """A picture before it is drawn."""

    items: tuple[Item, ...]
    ground: str
    night: bool


def plan_picture(random: Random) -> Plan:
    """Any picture of the everyday world, drawn by lot: names, colours and places evenly."""
    ground = random.choice(GROUNDS)
    night = ground in OUTDOORS and random.random() < 0.4
    items = choose_items(random)
    return Plan(tuple(arrange(items, ground, random)), ground, night)


def choose_items(random: Random) -> list[Item]:
    """One to four things; either all have different names, or the first is there two to four times."""
    items: list[Item] = []
    if random.random() < REPEATED:
        first = draw_item(random)
        copies = random.randint(2, 4)
        items = [first] * copies
        if random.random() < 0.5:
            items = [replace(first, look=replace(first.look, colour=_colour(first, random))) for _ in items]
        others = random.randint(0, min(2, 4 - copies))
    else:
        others = random.choices(list(DIFFERENT), list(DIFFERENT.values()))[0]
        if random.random() < CHARACTER:
            items, others = [Item("character", random.choice(CHARACTERS), Look(""))], min(others - 1, 2)
    while others:
        item = draw_item(random)
        if item.name not in [each.name for each in items]:
            items.append(item)
            others -= 1
    if len(items) > 1 and random.random() < 0.3:
        items = _match_colours(items, random)
    return items


def draw_item(random: Random) -> Item:
    """A thing that could be on a picture, as often as it is: an object, a figure or a sign in any of its looks."""
    lot = random.random()
    if lot < 0.11:
        return Item("sign", "sign", Look(random.choice(COLOURS)), text=draw_text(random))
    if lot < 0.32:
        shape = random.choice(list(FIGURES))
        pattern = random.choice(PATTERNS) if shape != "ring" and random.random() < 0.3 else ""
        return Item("figure", shape, Look(random.choice(COLOURS), pattern=pattern))
    # People come more often: more can be asked about one than about a cup.
    name = random.choice((*OBJECTS, *PEOPLE, *PEOPLE))
    return Item("object", name, draw_look(name, random))


def draw_text(random: Random) -> str:
    """One to four characters: a word, a number or letters."""
    lot = random.random()
    if lot < 0.4:
        return random.choice(WORDS)
    if lot < 0.75:
        return str(random.randrange(10 ** random.randint(1, 3)))
    return "".join(random.choices(LETTERS, k=random.randint(1, 3)))


def draw_look(name: str, random: Random) -> Look:
    """A look that the object can have, drawn evenly; materials and patterns on about half of what can have them."""
    kind = OBJECTS[name]
    look = Look(random.choice(kind.colours), pose=random.choice(POSES.get(name, ("",))))
    lot = random.random()
    if kind.materials and lot < 0.5:
        look = replace(look, material=random.choice(kind.materials))
    elif kind.patterned and lot > 0.55:
        look = replace(look, pattern=random.choice(PATTERNS))
    if name in PEOPLE:
        held = random.choice(HELD)
        if random.random() < 0.55:
            look = replace(look, holds=(held, random.choice(OBJECTS[held].colours)))
        if random.random() < 0.5:
            look = replace(look, hat=random.choice(COLOURS))
        if not look.pattern and random.random() < 0.5:
            look = replace(look, label=draw_text(random)[:SHIRT_CHARACTERS])
    return look


def colours_of(sort: Sort, name: str) -> tuple[str, ...]:
    """The colours that such a thing can have."""
    return OBJECTS[name].colours if sort == "object" else COLOURS


def arrange(items: Sequence[Item], ground: str, random: Random) -> list[Item]:
    """The items with sizes and places: none covers another, and on a floor what stands is near the lower edge."""
    low, high = SIDES[min(4, len(items))]
    sizes = [random.uniform(low, high) for _ in items]
    while True:
        placed = _settle(items, sizes, ground, random)
        if placed is not None:
            return placed
        sizes = [0.93 * size for size in sizes]


def _settle(items: Sequence[Item], sizes: Sequence[float], ground: str, random: Random) -> list[Item] | None:
    """Places for all items, or None where chance found none in a number of tries."""
    for _ in range(TRIES):
        placed: list[Item] = []
        for item, side in zip(items, sizes, strict=True):
            candidate = replace(item, side=side, centre=_centre(item, side, ground, random))
            if any(_touch(candidate, other) for other in placed):
                break
            placed.append(candidate)
        else:
            return placed
    return None


def _centre(item: Item, side: float, ground: str, random: Random) -> tuple[float, float]:
    reach = 0.5 * side + EDGE
    x = random.uniform(reach, 1 - reach)
    stands = item.sort in ("character", "sign") or (item.sort == "object" and OBJECTS[item.name].stands)
    if ground in STANDING and stands:
        return x, random.uniform(max(0.7, 2 * reach), 1.0) - reach
    return x, random.uniform(reach, 1 - reach)


def _touch(one: Item, other: Item) -> bool:
    gap = 0.48 * (one.side + other.side)
    return all(abs(a - b) < gap for a, b in zip(one.centre, other.centre, strict=True))


def _colour(item: Item, random: Random) -> str:
    return random.choice(colours_of(item.sort, item.name))


def _match_colours(items: Sequence[Item], random: Random) -> list[Item]:
    """The items, two of them in one colour where they can be."""
    one, other = random.sample(range(len(items)), 2)
    has = [colours_of(items[at].sort, items[at].name) for at in (one, other)]
    shared = [colour for colour in has[0] if colour in has[1]]
    if not shared or "character" in (items[one].sort, items[other].sort):
        return list(items)
    colour = random.choice(shared)
    return [
        replace(item, look=replace(item.look, colour=colour)) if at in (one, other) else item
        for at, item in enumerate(items)
    ]
