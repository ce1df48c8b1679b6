"""The base answers once, its answers join training in the share asked for, and a run that is taken up is the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import TrainerCallback

from lensmith.cli import main
from lensmith.config.loading import load_recipe
from lensmith.errors import RunError
from lensmith.lab.worlds.fills import make_fills
from lensmith.rundir import read_json
from lensmith.workflows.steps import replaying
from lensmith.workflows.train import train_recipe

RECIPE = """
model: {model}
data: {{train: world/train.jsonl, test: {{path: world/test.jsonl, limit: 8}}, split: {{validation: 0.2}}}}
prompt: {{template: "{{question}} Одно слово."}}
tune: {tune}
train: {{epochs: 2, batch_size: 4, accumulate: 2, learning_rate: 1e-3, workers: 0, log_every: 1, save_every: 2}}
keep:
  replay: 0.4
  kl: 0.5
  sources: [{{path: keep/train.jsonl}}, {{path: photos, question: "Какого цвета картинка?"}}]
evaluate: {{metrics: [exact_match], resamples: 100, max_new_tokens: 8}}
run: {{out: run, seed: 1}}
"""
LORA, FULL = "{lora: {r: 4, targets: all}}", "{method: full, freeze: [vision]}"


class PowerCutError(Exception):
    """Stands for a kill: nothing in the code under test catches it."""


class PowerCut(TrainerCallback):  # type: ignore[misc]
    """A kill after so many steps."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step == self.step:
            raise PowerCutError


@pytest.fixture
def make(tmp_path: Path, full_run: Path) -> Callable[[str], Path]:
    """Writes a recipe on a base that answers, with what it is to keep: a world of its own and a folder of pictures."""
    make_fills(tmp_path / "world", pictures=12, seed=7)
    make_fills(tmp_path / "keep", pictures=10, seed=8)
    (tmp_path / "photos").mkdir()
    for at, picture in enumerate(sorted((tmp_path / "keep/images").glob("*test*"))[:3]):
        (tmp_path / "photos" / f"фото {at}.png").write_bytes(picture.read_bytes())
    assert any((tmp_path / "photos").iterdir())

    def write(tune: str) -> Path:
        path = tmp_path / "recipe.yaml"
        path.write_text(RECIPE.format(model=full_run / "model", tune=tune), encoding="utf-8")
        return path

    return write


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("tune", [LORA, FULL], ids=["lora", "full"])
def test_a_run_replays_and_one_that_is_taken_up_is_the_same(
    make: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], tune: str
) -> None:
    recipe = make(tune)
    whole = train_recipe(load_recipe(recipe, [f"run.out={tmp_path}/whole"]))
    assert "replay:" in " ".join(whole.remarks())
    told = replay_json_of(tmp_path / "whole")
    assert told["share_met"] == pytest.approx(0.4, abs=0.03)
    assert told["used"] + sum(each["n"] for each in told["dropped"].values()) == told["asked"]
    assert {Path(each["path"]).name for each in told["sources"]} == {"train.jsonl", "photos"}
    answers = rows(tmp_path / "whole/replay.jsonl")
    assert len(answers) == told["asked"]
    assert all(not answer["answers"] for answer in answers)
    assert {answer["question"] for answer in answers} >= {"Какого цвета картинка?"}
    log = rows(tmp_path / "whole/metrics.jsonl")
    assert max(row.get("kl", 0.0) for row in log) > 0
    read = read_json(tmp_path / "whole/data.json")
    assert read["replay"]["asked"] == told["asked"]

    with pytest.raises(PowerCutError):
        train_recipe(load_recipe(recipe), [PowerCut(3)])
    asked = (tmp_path / "run/replay.jsonl").stat()
    train_recipe(load_recipe(recipe))
    assert (tmp_path / "run/replay.jsonl").stat().st_mtime_ns == asked.st_mtime_ns, "nobody is asked twice"
    assert rows(tmp_path / "run/metrics.jsonl") == log
    name = "adapter/adapter_model.safetensors" if tune == LORA else "model/model.safetensors"
    assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def replay_json_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = read_json(folder / "comparison.json")["replay"]
    assert found == read_json(folder / "replay.json")
    return found


def test_other_questions_are_another_run(make: Callable[[str], Path], tmp_path: Path) -> None:
    recipe = make(LORA)
    with pytest.raises(PowerCutError):
        train_recipe(load_recipe(recipe), [PowerCut(0)])
    lines = (tmp_path / "keep/train.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "keep/train.jsonl").write_text("".join(lines[2:]), encoding="utf-8")
    with pytest.raises(RunError, match="the data has changed"):
        train_recipe(load_recipe(recipe))


def test_a_share_without_questions_ends_with_code_2(
    make: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = make(LORA)
    text = recipe.read_text(encoding="utf-8")
    recipe.write_text(text.replace(text[text.index("keep:") : text.index("evaluate:")], "keep: {replay: 0.2}\n"))
    assert main(["train", str(recipe)]) == 2
    said = capsys.readouterr().err
    assert "keep.sources" in said
    assert "Traceback" not in said


def test_answers_that_are_none_are_left_out_and_counted(make: Callable[[str], Path], tmp_path: Path) -> None:
    """What the base said is changed before training begins; the share is met by the others."""
    recipe = make(LORA)
    with pytest.raises(PowerCutError):
        train_recipe(load_recipe(recipe), [PowerCut(0)])
    path = tmp_path / "run/replay.jsonl"
    said = rows(path)
    spoilt: list[dict[str, Any]] = [
        {"prediction": "  "},
        {"prediction": "красный", "finished": False},
        {"prediction": "да-да-да-да-да-да"},
        {"prediction": "слово 🐈 " + " ".join(str(at) for at in range(600))},
    ]
    said = [each | change for each, change in zip(said, [*spoilt, *({} for _ in said)], strict=False)]
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in said), encoding="utf-8")
    train_recipe(load_recipe(recipe))
    told = replay_json_of(tmp_path / "run")
    reasons = (replaying.EMPTY, replaying.CUT, replaying.LOOPING, replaying.UNFIT)
    lost = {reason: set(told["dropped"][reason]["ids"]) for reason in reasons}
    assert all(said[at]["id"] in lost[reason] for at, reason in enumerate(reasons))
    assert told["used"] == told["asked"] - sum(map(len, lost.values()))
    assert told["share_met"] == pytest.approx(0.4, abs=0.03)


def test_a_plan_counts_what_keeping_costs(make: Callable[[str], Path], capsys: pytest.CaptureFixture[str]) -> None:
    recipe = make(FULL)
    plans = []
    for settings in ((), ("keep.kl=0", "keep.replay=0")):
        capsys.readouterr()
        told = [word for setting in settings for word in ("--set", setting)]
        assert main(["plan", str(recipe), *told, "--json"]) == 0
        plans.append(json.loads(capsys.readouterr().out))
    kept, plain = plans
    sizes, without = ({line["name"]: line["size_bytes"] for line in plan["memory"]["lines"]} for plan in plans)
    assert sizes["base beside the model"] == sizes["trained weights"]
    assert "base beside the model" not in without
    assert sizes["activations"] >= without["activations"]
    stages, before = ({line["name"]: line for line in plan["time"]["lines"]} for plan in (kept, plain))
    assert "that the base answers once" in stages["replay"]["what"]
    assert "replay" not in before
    assert kept["time"]["optimizer_steps"] > plain["time"]["optimizer_steps"]
