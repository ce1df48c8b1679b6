"""The base answers once for all runs of a sweep that ask it the same, and again for those that do not."""

import json
from pathlib import Path

import pytest

from lensmith.config.loading import load_recipe
from lensmith.config.sections import Recipe
from lensmith.rundir import write_json
from lensmith.workflows.steps.trials import lend_answers

ANSWER = '{"id": "q0", "prediction": "да 🦓"}\n'


def recipe_with(folder: Path, *settings: str) -> Recipe:
    asked = {"model": "some/model", "data": {"train": "t.jsonl", "test": "t.jsonl"}}
    (folder / "recipe.yaml").write_text(json.dumps(asked), encoding="utf-8")
    return load_recipe(folder / "recipe.yaml", settings, check_files=False).recipe


def lend_to(folder: Path, *settings: str) -> bool:
    """Whether a run with these settings is given what another was answered."""
    lender = folder / "trials" / "первая" / "seed-0"
    write_json(lender / "recipe.json", {"asked": recipe_with(folder).model_dump(mode="json")})
    write_json(lender / "data.json", {"ids": {"test": ["q0"]}})
    (lender / "before.jsonl").write_text(ANSWER, encoding="utf-8")
    borrower = folder / "trials" / "other" / "seed-1"
    lend_answers(borrower, recipe_with(folder, *settings))
    return (borrower / "before.jsonl").exists() and (borrower / "before.jsonl").read_text("utf-8") == ANSWER


@pytest.mark.parametrize("setting", ["tune.lora.r=2", "train.epochs=2", "run.seed=7", "keep.kl=0.5"])
def test_what_only_training_knows_does_not_matter(tmp_path: Path, setting: str) -> None:
    assert lend_to(tmp_path, setting)


@pytest.mark.parametrize(
    "setting",
    [
        "prompt.template='{question} Одно слово.'",
        "evaluate.max_new_tokens=3",
        "model.image_settings={size: 64}",
        "train.precision=bf16",
        "tune.quantise=4bit",
        "tune.method=full",
    ],
)
def test_another_base_or_another_question_is_asked_anew(tmp_path: Path, setting: str) -> None:
    assert not lend_to(tmp_path, setting)


def test_answers_that_are_not_whole_are_not_lent(tmp_path: Path) -> None:
    assert lend_to(tmp_path)
    write_json(tmp_path / "trials" / "первая" / "seed-0" / "data.json", {"ids": {"test": ["q0", "q1"]}})
    lend_answers(tmp_path / "trials" / "third" / "seed-0", recipe_with(tmp_path))
    assert not (tmp_path / "trials" / "third").exists()
