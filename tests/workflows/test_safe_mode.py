"""A recipe that a guard stops: exit code 3; with safe mode, begun again from the base until it holds."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from lensmith.cli import main
from lensmith.config.sections import Recipe
from lensmith.errors import Problem
from lensmith.lab.worlds.shapes import make_shapes
from lensmith.rundir import RunDir, read_json
from lensmith.workflows.steps import safe_mode


@pytest.fixture
def place(tmp_path: Path, llava: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a world, a base model, and a recipe whose rate is far too high for it."""
    make_shapes(tmp_path / "world", pictures=24, seed=0)
    shutil.copytree(llava, tmp_path / "base")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.yaml").write_text(
        """
model: base
data: {train: world/train.jsonl, test: {path: world/test.jsonl, limit: 20}, split: {validation: 0.2}}
prompt: {template: "Посмотри внимательно на всё. {question} Один ответ.", short_template: "{question}"}
tune: {method: full, freeze: []}
train: {epochs: 1, batch_size: 8, learning_rate: 8.0, workers: 0, max_grad_norm: 0, optimizer: sgd, scheduler: constant}
guards: {every: 4, retries: 0, collapse: false}
evaluate: {max_new_tokens: 4, resamples: 100}
run: {out: run}
""",
        encoding="utf-8",
    )
    return tmp_path


def train(capsys: pytest.CaptureFixture[str], *settings: str) -> tuple[int, Any, str]:
    capsys.readouterr()
    told = [word for setting in settings for word in ("--set", setting)]
    code = main(["train", "r.yaml", *told, "--json"])
    said = capsys.readouterr()
    return code, json.loads(said.out), said.err


def test_a_stop_is_exit_code_3_and_safe_mode_saves_the_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told, _ = train(capsys)
    assert code == 3
    assert told["problems"][0]["code"] == "guard/divergence"
    assert "safe_mode" in told["problems"][0]["fix"]
    assert not (place / "run" / "model").exists()

    code, outcome, narration = train(capsys, "train.safe_mode=true")  # the same folder: it is the same run
    assert code == 0, narration
    run = place / "run"
    attempts = read_json(run / "safe_mode.json")["attempts"]
    assert 1 <= len(attempts) <= 4
    resolved = read_json(run / "recipe.json")
    rate = 8.0 * 0.25 ** len(attempts)
    assert resolved["recipe"]["train"]["learning_rate"] == pytest.approx(rate)
    assert resolved["recipe"]["prompt"]["template"] == "{question}"
    assert resolved["recipe"]["evaluate"]["repetition_penalty"] == 1.2
    assert resolved["recipe"]["train"]["warmup"] == 0.1
    for key in ("train.learning_rate", "train.warmup", "prompt.template", "evaluate.repetition_penalty"):
        assert resolved["origins"][key]["text"].startswith("safe mode: ")
    for at in range(1, len(attempts) + 1):
        assert (run / f"stopped-{at}" / "guards.jsonl").exists()
        assert (run / f"stopped-{at}" / "before.jsonl").exists()
    assert outcome["fit"]["stopped"] is None
    assert "safe mode: attempt 1 was stopped (divergence: " in narration
    assert "guard collapse: off: guards.collapse is false" in narration

    finished = (run / "metrics.jsonl").read_bytes()
    assert train(capsys, "train.safe_mode=true")[0] == 0, "a finished run is taken up as it is"
    assert (run / "metrics.jsonl").read_bytes() == finished


@pytest.mark.parametrize(
    ("advice", "rate"), [({}, 0.025), ({"train.learning_rate": 4e-4}, 4e-4), ({"train.learning_rate": 0.09}, 0.025)]
)
def test_the_rate_is_a_quarter_and_no_more_than_is_known_to_work(advice: dict[str, float], rate: float) -> None:
    recipe = Recipe.model_validate(
        {"model": {"name": "base"}, "data": {"train": ["a.jsonl"]}, "train": {"learning_rate": 0.1}}
    )
    changes, _ = safe_mode.choose_safer(recipe, advice)
    value, reason = changes["train.learning_rate"]
    assert value == pytest.approx(rate)
    assert "0.1" in reason


def test_what_pre_flight_advised_is_read_from_the_folder(tmp_path: Path) -> None:
    recipe = {"model": {"name": "base"}, "data": {"train": ["a.jsonl"]}, "train": {"learning_rate": 0.1}}
    run = RunDir(tmp_path / "run")
    run.path.mkdir()
    stored = {"recipe": Recipe.model_validate(recipe).model_dump(mode="json")}
    (run / "recipe.json").write_text(json.dumps(stored))
    findings = [
        {"code": "preflight/few-to-tell", "severity": "warning"},  # as an older lensmith wrote it
        {"code": "preflight/learning-rate", "severity": "warning", "settings": {"train.learning_rate": 3e-4}},
    ]
    (run / "preflight.json").write_text(json.dumps(findings))
    safe_mode.retreat(run, Problem("guard/collapse", "run", "12 of 12 answers repeat themselves"))
    assert safe_mode.read_attempts(run)[0]["values"]["train.learning_rate"] == 3e-4


@pytest.mark.parametrize("left", ["checkpoints", "guards.jsonl", "recipe.json"])
def test_a_retreat_that_was_cut_is_finished(tmp_path: Path, left: str) -> None:
    """Killed while files were moved, those before `left` in the alphabet being gone: the next start moves the rest."""
    run = RunDir(tmp_path / "run")
    names = ["checkpoints", "guards.jsonl", "metrics.jsonl"]
    recipe = {
        "model": {"name": "base"},
        "data": {"train": ["a.jsonl"]},
        "train": {"learning_rate": 0.1},
    }
    (run.path / "checkpoints").mkdir(parents=True)
    for name in names[1:]:
        (run / name).write_text(name)
    (run / "data.json").write_text("{}")
    resolved = Recipe.model_validate(recipe).model_dump(mode="json")
    stored = {"format": 1, "recipe": resolved, "origins": {}, "asked": recipe}
    (run / "recipe.json").write_text(json.dumps(stored))
    safe_mode.retreat(run, Problem("guard/collapse", "run", "12 of 12 answers repeat themselves"))
    aside = run / "stopped-1"
    aside.mkdir()
    (aside / "recipe.json").write_text(json.dumps(stored))
    for name in names:
        if name < left:
            (run / name).rename(aside / name)
    for _ in range(2):  # once finished, nothing is moved again
        safe_mode.finish_retreat(run)
        assert sorted(path.name for path in aside.iterdir()) == [*names, "recipe.json"]
        assert sorted(path.name for path in run.path.iterdir()) == [
            "data.json",
            "recipe.json",
            "safe_mode.json",
            "stopped-1",
        ]
    found = read_json(run / "recipe.json")
    assert found["recipe"]["train"]["learning_rate"] == pytest.approx(0.025)
    assert found["asked"] == recipe
    assert read_json(aside / "recipe.json") == stored
    assert "the prompt stays as it is" in read_json(run / "safe_mode.json")["attempts"][0]["notes"][0]
