"""The street-lights world: what is asked of a street, and how the streets become a folder."""

from functools import partial
from pathlib import Path
from random import Random

from lensmith.lab.worlds.folder import WorldFolder, write_jsonl
from lensmith.lab.worlds.scenes import Scene, halves
from lensmith.lab.worlds.street_lights.painting import paint_street
from lensmith.lab.worlds.street_lights.plan import ANSWERS, Answer, draw_plan

QUESTIONS = (
    "What does the traffic light show? Answer red, green, off, none or unknown.",
    "Traffic light: red, green, off, none or unknown?",
    "Which state is the traffic light in? Say none if there is no light, unknown if it cannot be told.",
    "Name the colour of the traffic light: red or green; off if it is not lit, none if there is none, else unknown.",
    "May we go? Tell what the light shows: red, green, off, none, unknown.",
    "Look for a traffic light. Red, green, off, none, or unknown?",
    "Classify the traffic light in one word: red, green, off, none, unknown.",
    "Is the traffic light red or green? It may be off, absent (none) or impossible to tell (unknown).",
)


def make_street_lights(out: Path, *, pictures: int, seed: int, workers: int = 1) -> WorldFolder:
    """Traffic lights at streets: red, green, off, none there, or unknown, because it cannot be told. In English.

    The five answers come in turn; the package's page tells the columns.

    Raises:
        DataError: `pictures` is below 1.
    """
    parts = halves(out, pictures, *(partial(draw_light, answer=answer) for answer in ANSWERS))
    return write_jsonl(out, parts, seed=seed, workers=workers, languages=("en",))


def draw_light(random: Random, *, answer: Answer) -> Scene:
    """One street for which this is the right answer, and the question about its traffic light."""
    plan = draw_plan(random, answer)
    picture = paint_street(plan, random)
    row = {
        "question": random.choice(QUESTIONS),
        "answer": answer,
        "kind": "light",
        "language": "en",
        "condition": plan.condition,
        "distractor": plan.distractor,
        "lamps": 0 if answer == "none" else plan.lamps,
    }
    return Scene(picture, (row,))


def sentences() -> list[str]:
    """Every question and every answer that this world has."""
    return [*QUESTIONS, *ANSWERS]
