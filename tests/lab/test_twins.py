"""A twin follows its arguments, every shipped recipe is sound, and the commands go from nothing to a verdict."""

import json
from pathlib import Path

import pytest

from lensmith.bundled import bundled_models
from lensmith.cli import main
from lensmith.errors import DataError, RecipeError, UnknownNameError
from lensmith.lab.twins import RECIPES, TWINS, write_twin
from lensmith.workflows.steps.reading import read_recipe


@pytest.mark.parametrize("name", TWINS)
def test_every_recipe_holds_no_problem_and_stays_in_its_folder(name: str, tmp_path: Path) -> None:
    recipe = read_recipe(write_twin(name, tmp_path, pictures=24, seed=6), TWINS[name].overrides).recipe
    assert recipe.run.seed == 6
    assert recipe.model.name in bundled_models()
    assert recipe.run.out == str(tmp_path / "run")
    assert recipe.data.test is not None
    for source in (*recipe.data.train, *recipe.data.test):
        assert Path(source.path).is_relative_to(tmp_path / "world")
        assert Path(source.path).exists()


def test_no_shipped_recipe_belongs_to_nobody() -> None:
    assert {path.stem for path in RECIPES.glob("*.yaml")} == {twin.recipe for twin in TWINS.values()}


def test_a_seed_decides_every_byte(tmp_path: Path) -> None:
    first, again, other = (
        write_twin("crosswalk", tmp_path / str(at), seed=seed, pictures=8) for at, seed in enumerate((4, 4, 5))
    )
    files = sorted(path.relative_to(first.parent) for path in first.parent.rglob("*") if path.is_file())
    assert {path.parts[0] for path in files} == {"world", "recipe.yaml"}
    assert [(first.parent / path).read_bytes() for path in files] == [
        (again.parent / path).read_bytes() for path in files
    ]
    for name in ("world/train.jsonl", "recipe.yaml"):
        assert (first.parent / name).read_bytes() != (other.parent / name).read_bytes()


def test_writing_it_again_changes_nothing_but_another_recipe_is_left_alone(tmp_path: Path) -> None:
    recipe = write_twin("crosswalk", tmp_path, seed=0, pictures=8)
    stamps = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    assert write_twin("crosswalk", tmp_path, seed=0, pictures=8) == recipe
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == stamps
    for arguments in ({"pictures": 9, "seed": 0}, {"pictures": 8, "seed": 1}):
        with pytest.raises(RecipeError, match="another recipe"):
            write_twin("crosswalk", tmp_path, **arguments)
    assert {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == stamps


def test_no_pictures_and_no_such_twin_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ask for 1 or more"):
        write_twin("crosswalk", tmp_path / "out", seed=0, pictures=0)
    with pytest.raises(UnknownNameError, match="crosswalk"):
        write_twin("croswalk", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_demo_goes_from_nothing_to_a_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["demo", "--out", str(tmp_path / "demo"), "--pictures", "48", "--seed", "2"]
    assert main([*command, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["comparison"]["n"] == 6
    assert set(result["after"]["metrics"]["label"]["quantities"]) >= {"precision", "recall", "f1"}
    assert any(name.startswith("condition = ") for name in result["comparison"]["metrics"]["label"]["slices"])
    assert main(command) == 0, "taken up where it ended"
    shown = capsys.readouterr().out
    assert "condition = " in shown
    assert "how often each label was answered" in shown


def test_the_list_names_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lab", "twins", "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)["twins"]] == list(TWINS)


def test_a_twin_is_swept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["sweep.space={}", "sweep.seeds=1", "sweep.workers=1", "train.epochs=0.2", "evaluate.resamples=100"]
    settings = 'sweep.settings={"мало": {"tune.lora.r": 2}, "много": {"tune.lora.r": 8}}'
    command = ["lab", "sweep", "characters", str(tmp_path), "--pictures", "16"]
    assert main([*command, "--json", *(word for each in (*asked, settings) for word in ("--set", each))]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in told["settings"]} == {"мало", "много"}
    assert told["objectives"] == ["exact_match @ subject_group = target", "exact_match @ subject_group = control"]
    assert (tmp_path / "sweep" / "sweep.json").exists()
