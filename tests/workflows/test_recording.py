"""A run folder is taken up by its own recipe, also by a lensmith that has learned new settings, and by no other."""

from pathlib import Path
from typing import Any

import pytest

from lensmith.config.loading import load_recipe
from lensmith.config.origins import LoadedRecipe, dump_resolved
from lensmith.errors import RunError
from lensmith.rundir import RunDir, write_json
from lensmith.workflows.steps.recording import take_up


def load(folder: Path, **train: Any) -> LoadedRecipe:
    data = folder / "a.jsonl"
    data.touch()
    return load_recipe(None, base={"model": "o/n", "data": {"train": str(data)}, "train": train}, check_files=False)


def begin(folder: Path, loaded: LoadedRecipe) -> RunDir:
    """A folder as a lensmith left it that knew neither sweeps nor guards nor a seed for the division."""
    stored = dump_resolved(loaded)
    asked = loaded.recipe.model_dump(mode="json")
    for content in (stored["recipe"], asked):
        del content["sweep"], content["guards"], content["data"]["split"]["seed"]
    del asked["run"]["out"]
    write_json(folder / "recipe.json", {**stored, "asked": asked})
    return RunDir(folder)


def test_a_folder_from_before_a_setting_is_taken_up(tmp_path: Path) -> None:
    run = begin(tmp_path, load(tmp_path, epochs=2.0))
    assert take_up(run, load(tmp_path, epochs=2.0)).recipe.train.epochs == 2.0


def test_another_value_is_another_recipe(tmp_path: Path) -> None:
    run = begin(tmp_path, load(tmp_path, epochs=2.0))
    with pytest.raises(RunError, match="sections that differ: train"):
        take_up(run, load(tmp_path, epochs=3.0))


def test_a_setting_that_is_gone_makes_it_another_recipe(tmp_path: Path) -> None:
    run = begin(tmp_path, load(tmp_path))
    stored = dump_resolved(load(tmp_path))
    stored["recipe"]["train"]["gone"] = 1
    write_json(tmp_path / "recipe.json", {**stored, "asked": {**stored["recipe"]}})
    with pytest.raises(RunError, match="another recipe"):
        take_up(run, load(tmp_path))
