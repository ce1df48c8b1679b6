"""The crosswalk world: what is asked of a street, and how the streets become a folder."""

from functools import partial
from pathlib import Path
from random import Random

from lensmith.lab.worlds.crosswalk.painting import paint_street
from lensmith.lab.worlds.crosswalk.plan import Plan, draw_plan
from lensmith.lab.worlds.folder import Row, WorldFolder, write_jsonl
from lensmith.lab.worlds.scenes import Scene, halves

ANSWERS = {True: "zebra", False: "none"}

QUESTIONS = (
    "Is there a zebra crossing? Answer zebra or none.",
    "Zebra crossing or none?",
    "Is a zebra crossing in this picture? Answer with one word: zebra or none.",
    "Look at the road. Does it have a zebra crossing? Say zebra or none.",
    "What is painted across the road: zebra or none?",
    "Classify the street: zebra if there is a zebra crossing, none if there is not.",
    "Can people cross on a zebra here? Answer zebra or none.",
    "Do you see a zebra crossing on the road? zebra / none",
    "Which label fits the picture, zebra or none?",
    "Check for a pedestrian crossing with stripes. Answer zebra or none.",
)


def make_crosswalk(out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
    """Street scenes by day, at night and in rain: is there a zebra crossing or not? In English.

    Half of the pictures of each part have a zebra, in turn; the package's page tells the columns.

    Raises:
        DataError: `pictures` is below 1.
    """
    parts = halves(out, pictures, partial(draw_street, zebra=True), partial(draw_street, zebra=False))
    return write_jsonl(out, parts, seed=seed, workers=workers, languages=("en",))


def draw_street(random: Random, *, zebra: bool) -> Scene:
    """One street with or without a zebra crossing, and the question about it."""
    plan = draw_plan(random)
    picture = paint_street(plan, random, zebra=zebra)
    return Scene(picture, (_ask(plan, random.choice(QUESTIONS), zebra=zebra),))


def sentences() -> list[str]:
    """Every question and every answer that this world has."""
    return [*QUESTIONS, *ANSWERS.values()]


def _ask(plan: Plan, question: str, *, zebra: bool) -> Row:
    return {
        "question": question,
        "answer": ANSWERS[zebra],
        "kind": "crossing",
        "language": "en",
        "condition": plan.condition,
        "distractor": plan.distractor,
        "negative": "" if zebra else plan.distractor,
        "view": plan.view,
        "stripes": plan.stripes if zebra else 0,
    }
