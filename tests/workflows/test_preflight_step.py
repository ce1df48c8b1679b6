"""The last look before training, as a user meets it: in a plan, and where it keeps a run from starting."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from lensmith.batching.encode import encode_examples
from lensmith.cli import main
from lensmith.config.sections import Recipe
from lensmith.errors import PreflightError
from lensmith.families.placement import Placement
from lensmith.lab.worlds.shapes import make_shapes
from lensmith.rundir import RunDir, write_json
from lensmith.training.preflight.contract import Case, Parts
from lensmith.workflows.steps.preflight import FILE, check_ready
from tiny_models import CPU, load_tiny, make_example, open_tiny


@pytest.fixture
def recipe(tmp_path: Path, llava: Path) -> Path:
    make_shapes(tmp_path / "мир", pictures=16, seed=0)
    path = tmp_path / "r.yaml"
    path.write_text(f"model: {llava}\ndata: {{train: мир/train.jsonl}}\n", encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], code: int, *words: str) -> Any:
    capsys.readouterr()
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_plan_makes_the_checks_that_need_no_weights(recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, 0, "plan", str(recipe), "--set", "train.learning_rate=9")["preflight"]
    by_code = {each["code"]: each for each in found}
    assert by_code["preflight/learning-rate"]["severity"] == "warning"
    assert by_code["preflight/few-to-tell"]["where"] in ("data.validation", "data.test")
    assert {each["code"] for each in found if each["severity"] == "could not check"} == {
        "preflight/placeholders",
        "preflight/numbers",
    }
    assert main(["plan", str(recipe), "--set", "train.learning_rate=9"]) == 0
    told = capsys.readouterr().err
    assert "train.learning_rate 9: " in told
    assert "not looked at: " in told


def test_what_cannot_be_trained_stops_before_anything_is_asked_and_frees_the_folder(
    recipe: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    settings = ("--set", "tune.lora.targets=[no_such]", "--set", "train.workers=0", "--out", str(out))
    problems = run(capsys, 2, "train", str(recipe), *settings)["problems"]
    assert {problem["code"] for problem in problems} == {"recipe/no-target", "recipe/unknown-layer"}
    written = json.loads((out / FILE).read_text(encoding="utf-8"))
    assert [each["severity"] for each in written][:2] == ["error", "error"]
    assert not [name for name in ("recipe.json", "data.json", "before.jsonl") if (out / name).exists()]


def make_case(folder: Path, rate: float) -> Case:
    family = open_tiny(folder)
    examples = [make_example(("Что?", "да"), number=at) for at in range(24)]
    given = {"model": {"name": str(folder)}, "data": {"train": ["unused"]}, "train": {"learning_rate": rate}}
    parts = Parts({"train": examples}, {"train": encode_examples(family, examples, None)})
    place = Placement(CPU, "", "fp32", "", torch.float32)
    return Case(Recipe.model_validate(given), family, parts, load_tiny(family, folder), place)


def test_warnings_are_told_and_written(llava: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = check_ready(RunDir(tmp_path), make_case(llava, 0.5))
    assert [each.code for each in found] == ["preflight/learning-rate", "preflight/constant-answer"]
    assert json.loads((tmp_path / FILE).read_text(encoding="utf-8")) == [each.to_json() for each in found]
    told = capsys.readouterr().err
    assert told.count("! ") == 2
    assert "«да»" in told


def test_a_run_that_had_begun_keeps_what_it_wrote(llava: Path, tmp_path: Path) -> None:
    case = make_case(llava, 2e-3)
    assert case.model is not None
    with torch.no_grad():
        next(iter(case.model.parameters())).view(-1)[0] = float("inf")
    for name in ("recipe.json", "before.jsonl"):
        write_json(tmp_path / name, {})
    with pytest.raises(PreflightError):
        check_ready(RunDir(tmp_path), case)
    assert (tmp_path / "recipe.json").exists()
    (tmp_path / "before.jsonl").unlink()
    with pytest.raises(PreflightError):
        check_ready(RunDir(tmp_path), case)
    assert not (tmp_path / "recipe.json").exists()
