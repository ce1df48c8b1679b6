"""Small guarded trainings: plain pictures in four colours, named by a model that has learned to, or has not."""

import json
import random
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from small_runs import encode, make_module, make_recipe

from lensmith.config.sections import Recipe
from lensmith.evaluation.decode import answer_questions
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.families.encoded import Encoded
from lensmith.families.placement import choose_placement
from lensmith.rundir import RunDir
from lensmith.training.deliver import deliver
from lensmith.training.fit import Course, Fit, fit
from lensmith.training.guards.contract import Watched
from lensmith.training.guards.probe import Probe, choose_probe
from lensmith.training.module import SupervisedModule
from lensmith.training.trainer import validation_loss
from lensmith.types import Example, Prediction, Turn
from tiny_models import Plain

COLOURS = {"red": (220, 30, 30), "зелёный": (30, 190, 50), "blue": (40, 60, 220), "жёлтый 🟡": (235, 215, 40)}
OTHERS = {"red": "красный", "зелёный": "green", "blue": "синий", "жёлтый 🟡": "yellow"}
SEEING: dict[str, Any] = {"epochs": 12.0, "batch_size": 16, "learning_rate": 5e-3, "warmup": 0.1}


def draw(count: int, seed: int, *, renamed: bool = False, wrong: float = 0.0) -> list[Example]:
    """Pictures in four colours with their names; `renamed` gives other words, `wrong` of them a wrong one."""
    chance = Random(seed)
    made = []
    for at in range(count):
        name = list(COLOURS)[at % len(COLOURS)]
        shade = tuple(value + chance.randint(-20, 20) for value in COLOURS[name])
        said = chance.choice(list(COLOURS)) if chance.random() < wrong else name
        turn = Turn("What colour is it? Какой цвет?", (OTHERS[said] if renamed else said,))
        made.append(Example(f"{seed}-{at:03}", (Plain(shade),), (turn,), f"{seed}-{at}"))  # type: ignore[arg-type]
    return made


def ask(module: SupervisedModule, examples: Sequence[Example]) -> list[Prediction]:
    made = answer_questions(module.bare, module.family, examples, DecodeSettings(32, 16))
    said = {each.id: each for batch in made for each in batch}
    return [said[example.id] for example in examples]


def train(
    recipe: Recipe,
    out: Path,
    examples: Sequence[Example],
    held_out: Sequence[Example],
    *,
    items: Any = None,
    controls: Sequence[Example] = (),
) -> tuple[SupervisedModule, Fit]:
    """Trains as a fresh process would, under every guard that the recipe wants.

    `items` makes what is learned from of the encoded examples and the module.
    """
    random.seed()
    np.random.seed()
    torch.seed()
    module = make_module(recipe)
    learned: Sequence[Encoded] = encode(module, examples)
    watched_items = encode(module, held_out)
    probe = Probe(choose_probe(held_out, 12, 0), lambda asked: ask(module, asked))
    watched = Watched(recipe, len(held_out), probe, controls=len(controls))

    def validate() -> dict[str, float]:
        found = {"validation_loss": validation_loss(module, watched_items, 16, 0)}
        if controls:
            right = [each.prediction in each.answers for each in ask(module, controls)]
            found["control_score"] = sum(right) / len(right)
        return found

    placement = choose_placement("cpu", "fp32", full=recipe.tune.method == "full")
    course = Course(items(learned, module) if items else learned, validate, watched=watched)
    return module, fit(module, recipe, placement, RunDir(out), course)


def make_seeing(folder: Path, out: Path) -> Path:
    """A model that names the colours, as a folder."""
    recipe = make_recipe(folder, {"method": "full", "freeze": []}, **SEEING)
    module, _ = train(recipe, out / "run", draw(96, 1), draw(16, 3))
    return deliver(module.model, module.family, recipe.model, out)


def read_findings(out: Path, *, final: bool = False) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (out / "guards.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if bool(row.get("final")) == final]


def fired(out: Path) -> list[tuple[int, str]]:
    return [(row["step"], row["guard"]) for row in read_findings(out) if row["verdict"] == "stop"]
