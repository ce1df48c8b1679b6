"""A base model is made by one command, is taken up where it stopped, and its card tells what was measured."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lensmith.bundled import bundled_models, locate_model
from lensmith.cli import main
from lensmith.config.loading import load_recipe
from lensmith.config.sections import ModelSection, PromptSection
from lensmith.errors import RecipeError, UnknownNameError
from lensmith.families.opening import open_family
from lensmith.lab.pretraining import BASES, Plan, write_pretraining


@pytest.mark.parametrize("name", BASES)
def test_a_pretraining_is_a_sound_recipe_and_is_kept(name: str, tmp_path: Path) -> None:
    plan = Plan(pictures=4, seeing_epochs=1, epochs=1, seed=3)
    written = write_pretraining(name, tmp_path, plan)
    for stage, begun_with in ((written.naming, "seeing"), (written.asking, "naming")):
        (tmp_path / begun_with / "model").mkdir(parents=True)
        recipe = load_recipe(stage, check_files=False).recipe
        assert Path(recipe.model.name) == tmp_path / begun_with / "model", "it goes on from the stage before"
        assert recipe.tune.method == "full"
        assert recipe.run.seed == 3
    family = open_family(ModelSection(name=str(tmp_path / "blank")), PromptSection())
    assert len(family.tokenizer.tokenize("What colour is the horse?")) < 10, "common words are single tokens"
    stamps = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    assert write_pretraining(name, tmp_path, plan) == written
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == stamps, "nothing is drawn twice"
    with pytest.raises(RecipeError, match="another recipe"):
        write_pretraining(name, tmp_path, replace(plan, pictures=5))


def test_a_base_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="llava"):
        write_pretraining("lava", tmp_path, Plan(4, 1, 1, 0))


def test_the_command_makes_a_model_with_a_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["lab", "build", "llava", str(tmp_path / "out"), "--pictures", "200", "--seeing-epochs", "0.1"]
    command += ["--epochs", "0.02", "--precision", "fp32", "--json"]
    assert main(command) == 0
    told = json.loads(capsys.readouterr().out)
    folder = tmp_path / "out" / "model"
    assert Path(told["folder"]) == folder
    scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    assert (
        scores["all"]["questions"]
        == told["comparison"]["n"]
        == sum(each["questions"] for kind, each in scores.items() if kind != "all")
    )
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "--pictures 200 --seeing-epochs 0.1 --epochs 0.02 --precision fp32 --seed 0" in card
    assert f"| all | {100 * scores['all']['exact_match']:.1f} % | {scores['all']['questions']} |" in card
    open_family(ModelSection(name=str(folder)), PromptSection())


def test_a_bundled_name_is_a_folder_and_others_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, folder in bundled_models().items():
        assert locate_model(name) == str(folder)
        monkeypatch.chdir(tmp_path)
        (tmp_path / name).mkdir(parents=True)
        assert locate_model(name) == name, "a folder of the user's own comes first"
    assert locate_model("org/model") == "org/model"
