"""The `everyday` world: pictures of a few things on many grounds, and about twenty questions on each.

Drawn are one to four of thirty objects, eight figures, signs with a short text and three characters (a matryoshka,
Spider-Man, Superman), in eleven colours, six materials and three patterns, in a room, a street without road marks,
a meadow, the sky, on water, or on a plain, shaded or patterned ground, by day and by night; lit, blurred, noisy, turned
and skewed a little. Charts, zebra crossings, traffic lights and other characters are not in it, so that what is taught
later is new. One question a picture holds its answer, a made-up word (`told`).

Rows have `question`, `answer` and, to slice by: `kind` (a key of `english.PHRASES`, or "repeat"), `language` ("en" or
"ru"),
`things` (what is drawn, in English, from left to right, as "red cat; blue star") and `ground` (a name in
`plan.GROUNDS`, or "portrait").
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from lensmith.lab.worlds.characters.scene import draw_portrait
from lensmith.lab.worlds.everyday import english, russian
from lensmith.lab.worlds.everyday.about_looks import ask_colours, ask_people, ask_surfaces, ask_writing
from lensmith.lab.worlds.everyday.about_names import ask_counts, ask_names, ask_presence, ask_who
from lensmith.lab.worlds.everyday.about_places import ask_relations, ask_scene, ask_where
from lensmith.lab.worlds.everyday.asked import Asked
from lensmith.lab.worlds.everyday.paint import View, look_over, paint
from lensmith.lab.worlds.everyday.plan import CHARACTERS, plan_picture
from lensmith.lab.worlds.everyday.told import tell_word
from lensmith.lab.worlds.folder import Row, Scene, WorldFolder, write_world

QUESTIONS_A_PICTURE = 22
A_KIND = 6
PORTRAIT = 0.05
SENTENCE_SCENES = 500
LANGUAGES = {"en": english.word, "ru": russian.word}

Ask = Callable[[View, Random], Iterator[Asked]]
ASKS: tuple[Ask, ...] = (
    ask_names,
    ask_presence,
    ask_counts,
    ask_colours,
    ask_surfaces,
    ask_people,
    ask_writing,
    ask_where,
    ask_relations,
    ask_scene,
)
# Answers that pictures give more often than others of their kind, and how often each is kept, so that all come alike.
KEPT: dict[tuple[str, str], float] = {
    ("count", "0"): 0.24,
    ("count", "1"): 0.21,
    ("total", "1"): 0.7,
    ("group_check", "no"): 0.56,
    ("same_colour", "no"): 0.32,
    ("daytime", "day"): 0.67,
    ("dark_check", "no"): 0.67,
    ("pattern", "plain"): 0.25,
    ("holding", "nothing"): 0.15,
    **{(kind, "sign"): 0.3 for kind in ("what", "what_at", "by_colour", "relation", "size")},
}


def make_everyday(out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
    """Objects, figures, signs and faces on many grounds: about twenty questions a picture, to learn to see from.

    Raises:
        DataError: `pictures` is below 1.
    """
    return write_world(out, draw_everyday, pictures=pictures, seed=seed, workers=workers)


def draw_everyday(random: Random) -> Scene:
    """One picture and the questions about it, half of them in each language."""
    if random.random() < PORTRAIT:
        return _draw_portrait(random)
    picture, view = paint(plan_picture(random), random)
    asked = choose([each for ask in ASKS for each in ask(view, random)], random)
    shown = "; ".join(f"{thing.look.colour} {thing.name}".strip() for thing in view.things)
    return Scene(picture, _word(asked, {"things": shown, "ground": view.ground}, random))


def choose(asked: list[Asked], random: Random) -> list[Asked]:
    """At most `QUESTIONS_A_PICTURE` of what could be asked, evenly over kinds, in an order drawn by lot."""
    by_kind: dict[str, list[Asked]] = defaultdict(list)
    for each in random.sample(asked, len(asked)):
        if len(by_kind[each.kind]) < A_KIND and random.random() < KEPT.get((each.kind, each.answer), 1.0):
            by_kind[each.kind].append(each)
    turns = [(turn + random.random(), each) for found in by_kind.values() for turn, each in enumerate(found)]
    return [each for _, each in sorted(turns, key=lambda pair: pair[0])[:QUESTIONS_A_PICTURE]]


def sentences() -> list[str]:
    """Questions and answers of 500 scenes in both languages, always the same, each text once."""
    found: dict[str, None] = {}
    for number in range(SENTENCE_SCENES):
        random = Random(f"sentences/{number}")
        view = look_over(plan_picture(random))
        for asked in (each for ask in ASKS for each in ask(view, random)):
            for word in LANGUAGES.values():
                found |= dict.fromkeys(word(asked, random))
    return list(found)


def _draw_portrait(random: Random) -> Scene:
    """A character alone, as large as the picture or only its head: only who it is can be asked."""
    portrait = draw_portrait(random.choice(CHARACTERS), random)
    asked = [each for _ in range(2) for each in ask_who(portrait.subject, random)]
    return Scene(portrait.picture, _word(asked, {"things": portrait.subject, "ground": "portrait"}, random))


def _word(asked: list[Asked], columns: Row, random: Random) -> tuple[Row, ...]:
    """Rows, each in a language drawn by lot, no question twice; last the one that holds its answer."""
    rows: dict[str, Row] = {}
    for each in asked:
        language = random.choice(list(LANGUAGES))
        question, answer = LANGUAGES[language](each, random)
        row = {"question": question, "answer": answer, "kind": each.kind, "language": language, **columns}
        rows.setdefault(question, row)
    return (*rows.values(), {**tell_word(random), **columns})
