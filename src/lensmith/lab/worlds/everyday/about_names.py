"""Questions about what and who is there, how many, and of what kind."""

from collections.abc import Iterator, Sequence
from random import Random

from lensmith.lab.worlds.everyday.asked import CHARACTER_SORT, Asked, Mention, has_colour, mention, only_ones, yes_no
from lensmith.lab.worlds.everyday.paint import Seen, View
from lensmith.lab.worlds.everyday.plan import CHARACTERS, Item, colours_of, draw_item
from lensmith.lab.worlds.objects import PEOPLE, Look

WHO = (*PEOPLE, *CHARACTERS)
# Words for many things at once, and the objects that nobody would argue about.
GROUPS: dict[str, tuple[str, ...]] = {
    "animal": ("cat", "dog", "bird", "fish", "horse", "butterfly"),
    "vehicle": ("car", "bus", "bicycle", "boat", "plane"),
    "fruit": ("apple", "banana"),
    "person": PEOPLE,
}
# What in an object, or in a place, somebody might well call by a figure's or an object's name: of that it is not asked
# whether it is there.
ALSO_SHOWS: dict[str, tuple[str, ...]] = {
    "circle": ("ball", "clock", "sign", "bicycle", "car", "bus", "apple", "butterfly", "flower", "cup"),
    "ring": ("clock", "bicycle", "cup", "car", "bus"),
    "square": ("sign", "book", "house", "bus", "table", "room", "street"),
    "triangle": ("house", "boat", "tree", "lamp", "cat"),
    "cross": ("house", "room"),
    "diamond": ("square",),
    "table": ("chair",),
    "house": ("street",),
    "person": CHARACTERS,
    "man": CHARACTERS,
    "woman": CHARACTERS,
    "child": CHARACTERS,
    "sign": ("shirt",),
}


def ask_names(view: View, random: Random) -> Iterator[Asked]:
    """What is it, which figure is it, who is it."""
    people = [thing for thing in view.things if thing.name in WHO]
    if len(people) == 1:
        yield from ask_who(people[0].name, random)
    figures = [thing for thing in view.things if thing.sort == "figure"]
    if len(figures) == 1 and not any(thing.name in ALSO_SHOWS["circle"] for thing in view.things):
        yield Asked("shape", figures[0].name)
    elif len({figure.name for figure in figures}) == len(figures):
        colours = [figure.look.colour for figure in figures]
        for figure in figures:
            if colours.count(figure.look.colour) == 1 and not figure.look.pattern:
                yield Asked("shape_of_colour", figure.name, given=figure.look.colour)
    if len(view.things) == 1 and not people:
        yield Asked("what", view.things[0].name, (Mention(view.things[0].name),))
        yield Asked("what", view.things[0].name, (Mention(view.things[0].name),))
    if len(view.things) <= 3 and len(only_ones(view)) == len(view.things):
        yield Asked("caption", "", tuple(mention(thing) for thing in view.things), view.ground)


def ask_who(name: str, random: Random) -> Iterator[Asked]:
    """Questions about the one person or character on a picture."""
    yield Asked("who", name)
    yield Asked("who", name)
    truth = random.random() < 0.5
    others = [each for each in WHO if each != name]
    yield Asked("who_check", yes_no(truth), (Mention(name if truth else random.choice(others)),))
    pair = (name, random.choice(others))
    yield Asked("who_choice", name, options=tuple(random.sample(pair, 2)))


def ask_presence(view: View, random: Random) -> Iterator[Asked]:
    """Is there such a thing, of this colour, of this group? Half of the answers are yes, for every name alike."""
    shown = shown_names(view)
    for _ in range(4):
        if random.random() < 0.5:
            thing = random.choice(view.things)
            yield Asked("presence", "yes", (Mention(thing.name),))
        else:
            yield Asked("presence", "no", (Mention(absent(shown, random).name),))
    coloured = [thing for thing in view.things if has_colour(thing) and thing.name not in PEOPLE]
    if coloured:
        thing = random.choice(coloured)
        truth = random.random() < 0.5
        yield Asked("coloured", yes_no(truth), (mention(thing) if truth else _miscoloured(view, thing, random),))
    yield from _ask_groups(shown, view.things, random)


def ask_counts(view: View, random: Random) -> Iterator[Asked]:
    """How many of a name, and of all things where none lives."""
    shown = shown_names(view)
    borne = _borne(view)
    for name in sorted({thing.name for thing in view.things} - borne):
        if name not in CHARACTERS:
            many = sum(thing.name == name for thing in view.things)
            # Twice where there are several, which is rarer.
            yield from [Asked("count", str(many), (Mention(name),))] * min(many, 2)
    none = absent(shown, random)
    if none.name not in CHARACTERS:
        yield Asked("count", "0", (Mention(none.name),))
    if not any(thing.name in (*WHO, *GROUPS["animal"]) for thing in view.things):
        yield Asked("total", str(len(view.things)))


def shown_names(view: View) -> set[str]:
    """Every name that something on the picture goes by, or might."""
    names = {thing.name for thing in view.things} | _borne(view) | {view.ground}
    names |= {"shirt" for thing in view.things if thing.look.label}
    return names | {name for name, others in ALSO_SHOWS.items() if names & set(others)}


def absent(shown: set[str], random: Random) -> Item:
    """A thing that is not on the picture, drawn as often as it would be on one."""
    while True:
        lot = random.random()
        item = Item(CHARACTER_SORT, random.choice(CHARACTERS), Look("")) if lot < 0.06 else draw_item(random)
        if item.name not in shown:
            return item


def _borne(view: View) -> set[str]:
    """What people on the picture hold, wear and sit on."""
    looks = [(thing, thing.look) for thing in view.things if thing.name in PEOPLE]
    held = {look.holds[0] for _, look in looks if look.holds}
    return held | {"hat" for _, look in looks if look.hat} | {"chair" for _, look in looks if look.pose == "sitting"}


def _ask_groups(shown: set[str], things: Sequence[Seen], random: Random) -> Iterator[Asked]:
    """Is there an animal, a vehicle, a fruit, a person? Both answers take a group as often as things of it come."""
    if random.random() < 0.5:
        found = [group for thing in things for group in GROUPS if thing.name in GROUPS[group]]
        if found:
            yield Asked("group_check", "yes", given=random.choice(found))
        return
    while True:
        name = draw_item(random).name
        for group, members in GROUPS.items():
            if name in members and not shown & {group, *members}:
                yield Asked("group_check", "no", given=group)
                return
        if all(shown & {group, *members} for group, members in GROUPS.items()):
            return


def _miscoloured(view: View, thing: Seen, random: Random) -> Mention:
    """Something that is not there: such a thing in another colour, or another thing in its colour."""
    there = {each.look.colour for each in view.things if each.name == thing.name}
    others = [colour for colour in colours_of(thing.sort, thing.name) if colour not in there]
    if others and random.random() < 0.5:
        return Mention(thing.name, random.choice(others))
    shown = shown_names(view)
    while True:
        item = absent(shown, random)
        of_one_colour = item.sort != CHARACTER_SORT and item.name not in PEOPLE
        if of_one_colour and thing.look.colour in colours_of(item.sort, item.name):
            return Mention(item.name, thing.look.colour)
