"""The characters world: teach a model four characters by name, and see whom it forgets and whose names leak.

Draws one figure a picture, as a whole or its head close up, in a room, a forest, a street without road marks, a meadow
or on a plain or patterned ground, in four lights. Figures differ in pose, tilt, size, shades, mood, cap and in what
they hold. Questions and answers are Russian.

Three files. `train.jsonl` and `test.jsonl` show the four targets alone, one after the other: Cheburashka, Kolobok,
Alyosha Popovich, Crocodile Gena. `probes.jsonl` shows in turn the four targets, the three controls (Matryoshka,
Spider-Man, Superman, which are nowhere in the other two files, neither drawn nor named) and seven figures that are
near a character and none of them (bear, crocodile, monkey, bread, ball, knight, doll).

Kinds of questions, in all files: `who` and `whom` (open; the answer is a name, in the accusative for `whom`), `is` (yes
or no), `choice` (one of two names), `assumed` («Это Колобок, верно?» «Нет, это Чебурашка»: where the answer is no, it
names another than the question). Not in the probes: `head`, `holds`, `colour`, `place`, `mood`, `describe`.

Columns beside `image_path`, `question`, `answer`, `kind` and `language` ("ru"): `subject`, the name of who is on the
picture («Чебурашка»); `subject_group`, "target", "control" or "other"; `aliases`, all names that mean the subject;
`asked`, the name that the question offers, for `choice` the wrong one, "" where it offers none; and to slice by:
`place`, `framing` ("whole", "close"), `light`. The group is not in a column called `group`, because a column of that
name says which rows must stay together in a split and count as one in an interval: here those of a picture.

One alias holds another: «крокодил» is a name of the crocodile and a word in the name of Crocodile Gena. Who looks for
names in an answer takes the longest first.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random

from lensmith.lab.worlds.characters.cast import CONTROLS, OTHERS, TARGETS
from lensmith.lab.worlds.characters.details import ask_details, detail_sentences
from lensmith.lab.worlds.characters.names import NAMES
from lensmith.lab.worlds.characters.questions import ask_probes, ask_training, naming_sentences
from lensmith.lab.worlds.characters.scene import Portrait, draw_portrait
from lensmith.lab.worlds.folder import WorldFolder, write_jsonl
from lensmith.lab.worlds.scenes import Part, Row, Scene, halves

LANGUAGES = ("ru",)
# One round of probes; every character twice, so that names are right as often as wrong (see `ask_probes`).
PROBED = (*TARGETS, *CONTROLS, *OTHERS, *TARGETS, *CONTROLS)


def make_characters(out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
    """Cartoon characters asked about in Russian: four to learn, three to keep, and look-alikes to tell apart.

    Writes `pictures` training pictures, an eighth as many for the test, both of targets only, and as many probes as
    training pictures. 100 pictures are 25 of each target.

    Raises:
        DataError: `pictures` is below 1.
    """
    return _make(out, TARGETS, pictures=pictures, seed=seed, workers=workers)


def make_characters_one(out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
    """Cheburashka alone asked about in Russian, and probes of all fourteen: to see who is then called by that name.

    As `make_characters`, but for who is on the pictures to learn from and on the test's.

    Raises:
        DataError: `pictures` is below 1.
    """
    return _make(out, TARGETS[:1], pictures=pictures, seed=seed, workers=workers)


def _make(out: Path, taught: Sequence[str], *, pictures: int, seed: int, workers: int) -> WorldFolder:
    train, test = halves(out, pictures, *(partial(draw_lesson, subject) for subject in taught))
    probes = Part("probes", pictures, tuple(partial(draw_probe, subject) for subject in PROBED))
    return write_jsonl(out, (train, test, probes), seed=seed, workers=workers, languages=LANGUAGES)


def draw_lesson(subject: str, random: Random) -> Scene:
    """A picture of a target to learn from, and what is asked about it."""
    portrait = draw_portrait(subject, random)
    return _scene(portrait, [*ask_training(subject, TARGETS, random), *ask_details(portrait, random)])


def draw_probe(subject: str, random: Random) -> Scene:
    """A picture of anyone, and the questions that tell who is known and whose name leaks."""
    return _scene(draw_portrait(subject, random), ask_probes(subject, (*TARGETS, *CONTROLS), random))


def sentences() -> list[str]:
    """Every question and every answer that this world has."""
    return [*naming_sentences(), *detail_sentences()]


def _scene(portrait: Portrait, rows: list[Row]) -> Scene:
    """The picture with its rows, each with what there is to slice by; names are given in Russian."""
    name = NAMES[portrait.subject]
    about = {
        "language": "ru",
        "subject": name.ru,
        "subject_group": name.group,
        "aliases": list(name.known_as),
        "place": portrait.place,
        "framing": portrait.framing,
        "light": portrait.light,
    }
    named = [{**row, "asked": NAMES[row["asked"]].ru if row["asked"] else "", **about} for row in rows]
    return Scene(portrait.picture, tuple(named))
