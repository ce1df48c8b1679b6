"""The `everyday-maps` world: the pictures of `everyday`, and what is in each of their 64 parts, row by row.

A model learns to look from it with few words and few pictures. Each kind of map has one wording a language, so that the
word for a part always stands as far behind the part as every other: a tower that cuts pictures into 8 by 8 patches has
nothing to find out but what a patch shows. With 25 parts and several wordings, a model of two million parameters
learned nothing but the words in the same time.

Rows have the columns of `everyday`; kinds are `map` (names) and `colour_map`. A dash stands for the ground, and in a
map of colours also for whoever wears several.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

from lensmith.lab.worlds.everyday import english, russian
from lensmith.lab.worlds.everyday.asked import Asked, has_colour
from lensmith.lab.worlds.everyday.paint import Seen, View, look_over, paint
from lensmith.lab.worlds.everyday.plan import CHARACTERS, plan_picture
from lensmith.lab.worlds.folder import Row, Scene, WorldFolder, write_world
from lensmith.lab.worlds.objects import COLOURS, FIGURES, OBJECTS

SIDE = 8
NOTHING = "-"
SENTENCE_SCENES = 100

QUESTIONS = {
    ("map", "en"): "Map the things.",
    ("map", "ru"): "Карта предметов.",
    ("colour_map", "en"): "Map the colours.",
    ("colour_map", "ru"): "Карта цветов.",
}


def make_everyday_maps(out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
    """The pictures of `everyday`, and what and which colour is in each of 64 parts: to learn to look.

    Raises:
        DataError: `pictures` is below 1.
    """
    return write_world(out, draw_mapped, pictures=pictures, seed=seed, workers=workers)


def draw_mapped(random: Random) -> Scene:
    """One picture with both maps, each in a language drawn by lot."""
    picture, view = paint(plan_picture(random), random)
    shown = "; ".join(f"{thing.look.colour} {thing.name}".strip() for thing in view.things)
    rows: list[Row] = []
    for kind in ("map", "colour_map"):
        language = random.choice(("en", "ru"))
        rows.append(
            {
                "question": QUESTIONS[kind, language],
                "answer": write_map(view, kind, language),
                "kind": kind,
                "language": language,
                "things": shown,
                "ground": view.ground,
            }
        )
    return Scene(picture, tuple(rows))


def sentences() -> list[str]:
    """Every question, and the maps of `SENTENCE_SCENES` scenes, always the same, each text once."""
    found = dict.fromkeys(QUESTIONS.values())
    for number in range(SENTENCE_SCENES):
        view = look_over(plan_picture(Random(f"sentences/{number}")))
        found |= dict.fromkeys(write_map(view, kind, language) for kind, language in QUESTIONS)
    return list(found)


def write_map(view: View, kind: str, language: str) -> str:
    """A word a place, `SIDE` in a row and as many rows, from the upper left; where boxes meet, the smaller thing's."""
    answer = {"en": english.answer, "ru": russian.answer}[language]
    asked_as, name = READ[kind]
    places = [((column + 0.5) / SIDE, (row + 0.5) / SIDE) for row in range(SIDE) for column in range(SIDE)]
    found = []
    for x, y in places:
        here = [thing for thing in view.things if _covers(thing, x, y)]
        key = name(min(here, key=lambda thing: thing.area)) if here else ""
        found.append(answer(Asked(asked_as, key)) if key else NOTHING)
    return " ".join(found)


def read_map(answer: str, kind: str, language: str) -> list[str]:
    """The keys behind a map's words, "" for the ground: as many as parts, row by row.

    Raises:
        KeyError: a word that no map has.
    """
    keys = _keys(kind, language)
    return [keys[word] for word in answer.split(" ")]


@cache
def _keys(kind: str, language: str) -> dict[str, str]:
    answer = {"en": english.answer, "ru": russian.answer}[language]
    return {NOTHING: ""} | {answer(Asked(READ[kind][0], key)): key for key in KEYS[kind]}


def _covers(thing: Seen, x: float, y: float) -> bool:
    left, top, right, bottom = thing.box
    return left <= x <= right and top <= y <= bottom


def _name_of(thing: Seen) -> str:
    return thing.name


def _colour_of(thing: Seen) -> str:
    return thing.look.colour if has_colour(thing) else ""


# What a part can show, for each kind of map.
KEYS = {
    "map": (*dict.fromkeys((*OBJECTS, *FIGURES, *CHARACTERS, "sign")),),
    "colour_map": tuple(COLOURS),
}

# The kind of question whose answer is such a word, and how the thing gives its key.
READ: dict[str, tuple[str, Callable[[Seen], str]]] = {
    "map": ("what", _name_of),
    "colour_map": ("colour_at", _colour_of),
}
