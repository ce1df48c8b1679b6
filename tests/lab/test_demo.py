"""The demo's folder follows its seed, its recipe is sound, and the command goes from nothing to a verdict."""

import json
from pathlib import Path

import pytest

from lensmith.cli import main
from lensmith.errors import DataError, RecipeError
from lensmith.lab.demo import blind_accuracy, write_demo
from lensmith.lab.worlds.shapes import make_shapes
from lensmith.workflows.steps.reading import read_recipe


def test_a_seed_decides_every_byte(tmp_path: Path) -> None:
    first, again, other = (write_demo(tmp_path / str(at), seed=seed, pictures=8) for at, seed in enumerate((4, 4, 5)))
    files = sorted(path.relative_to(first.parent) for path in first.parent.rglob("*") if path.is_file())
    assert {path.parts[0] for path in files} == {"model", "world", "recipe.yaml"}
    assert [(first.parent / path).read_bytes() for path in files] == [
        (again.parent / path).read_bytes() for path in files
    ]
    for name in ("model/model.safetensors", "world/train.jsonl", "recipe.yaml"):
        assert (first.parent / name).read_bytes() != (other.parent / name).read_bytes()


def test_the_recipe_holds_no_problem_and_stays_in_its_folder(tmp_path: Path) -> None:
    recipe = read_recipe(write_demo(tmp_path, seed=6, pictures=8), ()).recipe
    assert recipe.run.seed == 6
    assert (recipe.tune.method, recipe.tune.freeze) == ("full", [])
    assert recipe.data.test is not None
    paths = [recipe.model.name, recipe.run.out, recipe.data.train[0].path, recipe.data.test[0].path]
    assert paths == [str(tmp_path / name) for name in ("model", "run", "world/train.jsonl", "world/test.jsonl")]


def test_writing_it_again_changes_nothing_but_another_recipe_is_left_alone(tmp_path: Path) -> None:
    recipe = write_demo(tmp_path, seed=0, pictures=8)
    assert write_demo(tmp_path, seed=0, pictures=8) == recipe
    mine = recipe.read_text(encoding="utf-8").replace("epochs: 3", "epochs: 30")
    recipe.write_text(mine, encoding="utf-8")
    with pytest.raises(RecipeError, match="another recipe"):
        write_demo(tmp_path, seed=0, pictures=9)
    assert recipe.read_text(encoding="utf-8") == mine
    assert not (tmp_path / "world" / "images" / "train-00008.png").exists()


def test_the_blind_accuracy_is_that_of_the_world(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo", seed=0, pictures=64)
    assert blind_accuracy(tmp_path / "demo") == make_shapes(tmp_path / "same", pictures=64, seed=0).blind["all"]


def test_no_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ask for 1 or more"):
        write_demo(tmp_path / "demo", seed=0, pictures=0)
    assert not (tmp_path / "demo").exists()


def test_the_command_goes_from_nothing_to_a_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", str(tmp_path / "demo"), "--pictures", "24", "--seed", "2", "--json"]) == 0
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    assert f"without looking gets {blind_accuracy(tmp_path / 'demo'):.0%} of" in shown.err
    questions = (tmp_path / "demo" / "world" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    assert result["comparison"]["n"] == len(questions)
    assert Path(result["delivered"]).is_relative_to(tmp_path / "demo" / "run")


def test_too_few_pictures_are_a_wrong_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", str(tmp_path / "demo"), "--pictures", "1", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "usage/wrong"
    assert not (tmp_path / "demo").exists()
