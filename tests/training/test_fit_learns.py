"""Training teaches what the pictures show: above any blind answer with them, and not above it without."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from small_runs import encode, make_module, make_recipe

from lensmith.config.sections import Recipe
from lensmith.evaluation.decode import answer_questions
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.families.placement import choose_placement
from lensmith.rundir import RunDir
from lensmith.training.deliver import deliver
from lensmith.training.fit import Course, fit
from lensmith.training.module import SupervisedModule
from lensmith.training.trainer import validation_loss
from lensmith.types import Example, Turn
from tiny_models import Plain

COLOURS = {"red": (220, 30, 30), "зелёный": (30, 190, 50), "blue": (40, 60, 220), "жёлтый": (235, 215, 40)}
OTHER_WORDS = {"red": "красный 🔴", "зелёный": "green", "blue": "синий", "жёлтый": "yellow"}
HELD_OUT = 64
# Guessing one of four gets 0.25 ± 0.054 of 64 right; this is four deviations above.
NEAR_CHANCE = 0.47


def draw(count: int, seed: int, *, shuffled: bool = False) -> list[Example]:
    """Plain pictures in four colours, each asked for by name; shuffled, each name with some other picture."""
    random = Random(seed)
    names = [name for _ in range(count // len(COLOURS)) for name in COLOURS]
    shades = [tuple(value + random.randint(-20, 20) for value in COLOURS[name]) for name in names]
    if shuffled:
        random.shuffle(shades)
    asked = "What colour is it? Какой цвет?"
    return [
        Example(f"{seed}-{at}", (Plain(shade),), (Turn(asked, (name,)),), str(at))  # type: ignore[arg-type]
        for at, (name, shade) in enumerate(zip(names, shades, strict=True))
    ]


def rename(examples: list[Example]) -> list[Example]:
    """The same pictures and questions, answered with other words."""
    return [
        Example(item.id, item.images, (Turn(item.question, (OTHER_WORDS[item.answers[0]],)),), item.group)
        for item in examples
    ]


def train(recipe: Recipe, out: Path, examples: list[Example], watched: list[Example]) -> SupervisedModule:
    module = make_module(recipe)
    items, watched_items = encode(module, examples), encode(module, watched)
    placement = choose_placement("cpu", "fp32", full=recipe.tune.method == "full")
    course = Course(items, lambda: {"validation_loss": validation_loss(module, watched_items, 16, 0)})
    fit(module, recipe, placement, RunDir(out), course)
    return module


def accuracy(module: SupervisedModule, examples: list[Example]) -> float:
    """The share of whole, finished answers that are right."""
    batches = answer_questions(module.bare, module.family, examples, DecodeSettings(32, 12))
    made = [item for batch in batches for item in batch]
    assert len(made) == len(examples)
    return sum(item.prediction == item.answers[0] and item.finished is True for item in made) / len(made)


def from_nothing(folder: Path) -> Recipe:
    how: dict[str, Any] = {"epochs": 12.0, "batch_size": 16, "learning_rate": 5e-3, "warmup": 0.1}
    return make_recipe(folder, {"method": "full", "freeze": []}, **how)


@pytest.mark.parametrize("which", ["llava", "old_llava"])
def test_colours_are_learned_and_shuffled_pictures_are_not(
    which: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    recipe = from_nothing(request.getfixturevalue(which))
    held_out = draw(HELD_OUT, seed=2)
    assert accuracy(make_module(recipe), held_out) == 0.0, "an untrained model knows no answers"
    seeing = train(recipe, tmp_path / "seeing", draw(96, seed=1), draw(16, seed=3))
    assert accuracy(seeing, held_out) >= 0.9
    mixed = train(recipe, tmp_path / "mixed", draw(96, 1, shuffled=True), draw(16, 3, shuffled=True))
    assert accuracy(mixed, held_out) <= NEAR_CHANCE


def test_adapters_teach_new_words_to_a_model_that_sees(llava: Path, tmp_path: Path) -> None:
    """Full tuning makes a model; language-model adapters on it learn other names for the same colours."""
    recipe = from_nothing(llava)
    seeing = train(recipe, tmp_path / "seeing", draw(96, seed=1), draw(16, seed=3))
    folder = deliver(seeing.model, seeing.family, recipe.model, tmp_path / "seeing")
    how: dict[str, Any] = {"epochs": 14.0, "batch_size": 16, "learning_rate": 2e-2}
    tune: dict[str, Any] = {"lora": {"r": 8, "alpha": 16.0, "targets": "all"}}
    held_out = draw(HELD_OUT, seed=2)
    module = make_module(make_recipe(folder, tune, **how))
    assert accuracy(module, held_out) >= 0.9, "the delivered model is the one that was trained"
    assert accuracy(module, rename(held_out)) <= 0.1
    module = train(make_recipe(folder, tune, **how), tmp_path / "adapted", rename(draw(96, 4)), rename(draw(16, 3)))
    assert accuracy(module, rename(held_out)) >= 0.9
