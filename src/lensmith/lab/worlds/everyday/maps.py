"""The `everyday-maps` world: the pictures of `everyday`, and what is in each of their 64 parts, row by row.

A model learns to look from it with few words and few pictures. Each kind of map has one wording a language, so that the
word for a part always stands as far behind the part as every other: a tower that cuts pictures into 8 by 8 patches has
nothing to find out but what a patch shows. With 25 parts and several wordings, a model of two million parameters
learned nothing but the words in the same time.

Rows have the columns of `everyday`, and `view`: all that there is to see on the picture. Kinds are `map` (names) and
`colour_map`. A dash stands for the ground, and in a map of colours also for whoever wears several.
"""

from pathlib import Path
from random import Random

from lensmith.lab.worlds.everyday import english, russian
from lensmith.lab.worlds.everyday.asked import Asked
from lensmith.lab.worlds.everyday.marks import KINDS, dump_view, read_parts
from lensmith.lab.worlds.everyday.paint import View, look_over, paint
from lensmith.lab.worlds.everyday.plan import plan_picture
from lensmith.lab.worlds.folder import Row, Scene, WorldFolder, write_world

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
    for kind in WORDED:
        language = random.choice(("en", "ru"))
        rows.append(
            {
                "question": QUESTIONS[kind, language],
                "answer": write_map(view, kind, language),
                "kind": kind,
                "language": language,
                "things": shown,
                "ground": view.ground,
                "view": dump_view(view),
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
    """A word a part of the picture, eight in a row and eight rows, from the upper left."""
    answer = {"en": english.answer, "ru": russian.answer}[language]
    mark, asked_as = WORDED[kind]
    keys = [KINDS[mark].read(thing, view) for thing in read_parts(view)]
    return " ".join(answer(Asked(asked_as, key)) if key else NOTHING for key in keys)


# For each kind of map, what it tells of a part, and the kind of question whose answer is such a word.
WORDED = {"map": ("name", "what"), "colour_map": ("colour", "colour_at")}
