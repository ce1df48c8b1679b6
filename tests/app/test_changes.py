"""The errors of a run: in the lists that the comparison made, with the pictures that the data still has."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from lensmith.app.mistakes import KINDS, Changes, find_examples, read_changes
from lensmith.config.sections import Recipe
from lensmith.errors import RunError
from lensmith.rundir import read_json, read_jsonl_prefix
from lensmith.workflows.steps.reading import read_recipe


def recipe_of(run: Path, **changes: Any) -> Recipe:
    recipe = read_recipe(run, ()).recipe
    return recipe.model_copy(update={"data": recipe.data.model_copy(update=changes)})


def test_the_questions_are_those_that_the_comparison_names(lora_run: Path) -> None:
    changes = read_changes(lora_run, recipe_of(lora_run))
    metrics = read_json(lora_run / "comparison.json")["metrics"]
    assert changes.metrics == ["label", "exact_match"]
    for metric in changes.metrics:
        for kind, key in KINDS.items():
            ids = [changes.at(metric, kind, at).after.id for at in range(changes.count(metric, kind))]
            assert ids == metrics[metric][key]["ids"]
    assert changes.count("label", "gained") > 10
    change = changes.at("label", "gained", 0)
    assert change.example is not None
    assert (change.missing, change.example.question) == ("", change.after.question)
    assert change.before.prediction != change.after.prediction
    assert change.after.prediction in change.after.answers


def test_the_first_kind_shown_is_what_was_lost() -> None:
    lists = {"lost": ["1"], "gained": [], "both_wrong": ["2"]}
    metric = {key: {"ids": ids} for key, ids in lists.items()}
    changes = Changes({"metrics": {"m": metric, "rouge": {"n": 3}}}, {}, {}, {}, "")
    assert (changes.metrics, changes.first_kind("m")) == (["m"], "lost")
    metric["lost"]["ids"] = []
    assert Changes({"metrics": {"m": metric}}, {}, {}, {}, "").first_kind("m") == "still wrong"


def test_data_that_has_changed_or_gone_leaves_the_words(lora_run: Path, tmp_path: Path) -> None:
    test = recipe_of(lora_run).data.test
    assert test is not None
    world = shutil.copytree(Path(test[0].path).parent, tmp_path / "world")
    moved = [test[0].model_copy(update={"path": str(world / "test.jsonl")})]
    rows = [json.loads(line) for line in (world / "test.jsonl").read_text("utf-8").splitlines()]
    rows[0]["question"] = "Другой вопрос?"
    (world / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    changes = read_changes(lora_run, recipe_of(lora_run, test=moved))
    every = [changes.at("label", kind, at) for kind in KINDS for at in range(changes.count("label", kind))]
    assert [change.missing for change in every if change.example is None] == [
        "the data has changed since: another question has this one's id"
    ]
    (world / "test.jsonl").unlink()
    gone = read_changes(lora_run, recipe_of(lora_run, test=moved)).at("label", "gained", 0)
    assert gone.example is None
    assert str(world / "test.jsonl") in gone.missing
    assert gone.after.question


def test_nothing_is_fetched_and_a_control_shows_no_picture(lora_run: Path) -> None:
    wanted = {row["id"] for row in read_jsonl_prefix(lora_run / "after.jsonl")}
    recipe = recipe_of(lora_run)
    hub = [recipe.data.train[0].model_copy(update={"path": "org/data"})]
    found, missing = find_examples(recipe_of(lora_run, test=hub, train=hub), wanted)
    assert (found, "not on this machine: org/data" in missing) == ({}, True)
    found, missing = find_examples(recipe_of(lora_run, shuffle_images=True), wanted)
    assert (found, "control" in missing) == ({}, True)


def test_a_run_that_compared_nothing_is_told(lora_run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"comparison\.json"):
        read_changes(tmp_path, recipe_of(lora_run))
