"""Scenes with attributes and relations, asked about in Russian as GQA-ru asks, in the very files it has.

Pictures of 192×192 pixels show two or three groups of things in a room, a street, a meadow or on a beach. Every row
has the columns of deepvk/GQA-ru; `types` tells what kind of question it is: structural (query, verify, choose,
logical, compare; by these scores are reported), semantic (rel, attr, obj, cat, global) and detailed. What lensmith's
loader hands on as metadata is that and `structural`. There are no conditions beside these: all pictures are drawn in
one manner. All questions are in Russian.

As in the published set, answers are short and in lower case, and of one question's several right forms the one that
the wording asks for is the answer (из чего? — из дерева; какой материал? — дерево); half of the judged questions are
answered with yes.
"""

from functools import partial
from itertools import groupby
from pathlib import Path
from random import Random

from lensmith.lab.worlds.folder import WorldFolder, WorldTally
from lensmith.lab.worlds.gqa_ru.asking import ask
from lensmith.lab.worlds.gqa_ru.painting import paint
from lensmith.lab.worlds.gqa_ru.plan import draw_plan
from lensmith.lab.worlds.gqa_ru.rows import rows_of
from lensmith.lab.worlds.gqa_ru.tables import SPLITS, write_split
from lensmith.lab.worlds.scenes import Part, Scene, draw_parts, halves

# 40,000 questions on 27,519 pictures, and 12,216 on 398.
TRAIN_QUESTIONS = 1.454
TEST_QUESTIONS = 30
TEST_PICTURES = 398
SENTENCE_PLANS = 300


def make_gqa_ru(out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
    """Scenes asked about in Russian, laid out like GQA-ru: 1.45 questions a picture in train, 30 in testdev.

    Testdev has an eighth as many pictures, at most as many as the published one.

    Raises:
        DataError: as `MakeWorld`.
    """
    return _write(out, TRAIN_QUESTIONS, pictures=pictures, seed=seed, workers=workers)


def make_gqa_ru_10(out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
    """The pictures of gqa-ru, each asked 10 questions in train instead of 1.45.

    Raises:
        DataError: as `MakeWorld`.
    """
    return _write(out, 10, pictures=pictures, seed=seed, workers=workers)


def draw_scene(random: Random, *, questions: float) -> Scene:
    """One picture and the questions about it; the picture does not depend on how many there are.

    Args:
        random: decides all.
        questions: how many on average; 1.454 asks one or two. Fewer where the picture has no more to ask.
    """
    plan = draw_plan(random)
    asking = Random(random.getrandbits(64))
    picture = paint(plan, random)
    count = int(questions) + (asking.random() < questions % 1)
    return Scene(picture, rows_of(ask(plan, asking, count)))


def sentences() -> list[str]:
    """The questions and answers of some hundred plans, always the same: every word that this world has."""
    found: dict[str, None] = {}
    for number in range(SENTENCE_PLANS):
        random = Random(f"sentences/{number}")
        for question in ask(draw_plan(random), random, TEST_QUESTIONS):
            found.update({question.words: None, question.answer: None})
    return list(found)


def plan_parts(out: Path, pictures: int, train_questions: float) -> tuple[Part, Part]:
    """Train, and what is held out: an eighth as many pictures, at most as many as are published, each asked much.

    Raises:
        DataError: `pictures` is below 1.
    """
    train, test = halves(out, pictures, partial(draw_scene, questions=train_questions))
    held_out = Part(test.name, min(test.pictures, TEST_PICTURES), (partial(draw_scene, questions=TEST_QUESTIONS),))
    return train, held_out


def _write(out: Path, train_questions: float, *, pictures: int, seed: int, workers: int) -> WorldFolder:
    tally = WorldTally()
    drawn = draw_parts(plan_parts(out, pictures, train_questions), seed=seed, workers=workers)
    for part, scenes in groupby(map(tally.see, drawn), key=lambda each: each.part):
        write_split(out, part, scenes)
    data = {part: {"path": ".", "format": "gqa", "split": split} for part, split in SPLITS.items()}
    return tally.folder(out, data, languages=("ru",), kind_column="structural", language_column="")
