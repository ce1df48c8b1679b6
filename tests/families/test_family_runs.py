"""`lensmith train`, `export` and `evaluate` as a user runs them, on a tiny random model of every family."""

import io
import json
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import chdir, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import CHECKPOINTS, QUICK_LLAVAS, Checkpoint
from safetensors.torch import load_file
from torch import Tensor
from transformers import AutoModelForImageTextToText

from lensmith.cli import main
from lensmith.data.dataset import load_sources
from lensmith.lab.worlds.fills import make_fills
from lensmith.workflows.steps.reading import read_recipe

RECIPE = """
model: {model}
data:
  train: {{path: {world}/train.jsonl, limit: 12}}
  test: {world}/few.jsonl
tune: {tune}
train: {{epochs: {epochs}, batch_size: 4, learning_rate: 2e-2, log_every: 1, save_every: 2, workers: 0}}
evaluate: {{max_new_tokens: 4, resamples: 100, batch_size: 4}}
run: {{out: {out}, seed: 1}}
"""
TUNE = {"lora": "{lora: {targets: all}}", "full": "{method: full, freeze: []}"}
QUICK = ("lfm2-vl-tiles-lora", "moondream2-2025-lora", "paligemma-lora", "smolvlm-full")
SECONDS_LIMIT = 600


def is_told_apart(checkpoint: Checkpoint) -> bool:
    """False for LLaVAs that differ in what a run does not meet."""
    return checkpoint.family != "llava" or checkpoint.name in QUICK_LLAVAS


RUNS = [
    pytest.param(each, method, id=name, marks=[] if name in QUICK else [pytest.mark.slow])
    for each in CHECKPOINTS
    if is_told_apart(each)
    for method in TUNE
    for name in [f"{each.name}-{method}"]
]


@pytest.fixture
def world(build_once: Callable[..., Path]) -> Path:
    """Plain pictures, with six questions to be asked before and after."""

    def build(out: Path) -> None:
        make_fills(out, pictures=60, seed=1)
        asked = (out / "test.jsonl").read_text(encoding="utf-8").splitlines()[:6]
        (out / "few.jsonl").write_text("\n".join(asked), encoding="utf-8")

    return build_once("plain-pictures", build)


def write_recipe(place: Path, model: Path, world: Path, tune: str, epochs: int = 1) -> Path:
    recipe = place / "recipe.yaml"
    filled = RECIPE.format(model=model, world=world, tune=tune, epochs=epochs, out=place / "run")
    recipe.write_text(filled, encoding="utf-8")
    return recipe


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def answers(path: Path) -> list[tuple[str, str]]:
    return [(each["id"], each["prediction"]) for each in read_lines(path)]


def read_weights(folder: Path) -> dict[str, Tensor]:
    return {name: value for path in folder.glob("*.safetensors") for name, value in load_file(path).items()}


def execute_card(folder: Path, run: Path) -> str:
    """What the code in the card prints, beside the picture of the first question."""
    recipe = read_recipe(run, ()).recipe
    assert recipe.data.test is not None
    examples, _ = load_sources(recipe.data.test)
    first = read_lines(run / "after.jsonl")[0]["id"]
    (example,) = (each for each in examples if each.id == first)
    (folder / "picture.jpg").write_bytes(example.images[0].read_bytes())
    (code,) = re.findall(r"```python\n(.*?)\n```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    with chdir(folder), redirect_stdout(io.StringIO()) as printed:
        exec(code, {})
    return printed.getvalue().strip()


@pytest.mark.parametrize(("checkpoint", "method"), RUNS)
def test_trained_exported_and_asked_again(
    checkpoint: Checkpoint, method: str, build_once: Callable[..., Path], world: Path, tmp_path: Path
) -> None:
    base = build_once(checkpoint.name, checkpoint.build)
    run, out = tmp_path / "run", tmp_path / "exported"
    assert main(["train", str(write_recipe(tmp_path, base, world, TUNE[method])), "--json"]) == 0
    losses = [line["loss"] for line in read_lines(run / "metrics.jsonl") if "loss" in line]
    assert len(losses) == 3
    assert all(math.isfinite(loss) and loss > 0 for loss in losses)
    before, after = answers(run / "before.jsonl"), answers(run / "after.jsonl")
    assert len(after) == 6
    assert before != after, "a rate of 2e-2 is felt"

    assert main(["export", str(run), "--merge", "--out", str(out)]) == 0
    exported, were = read_weights(out), read_weights(base)
    assert exported.keys() == were.keys()
    assert {name: value.shape for name, value in exported.items()} == {name: each.shape for name, each in were.items()}
    assert any(not torch.equal(exported[name], value) for name, value in were.items())
    _, info = AutoModelForImageTextToText.from_pretrained(out, output_loading_info=True)
    assert not any(info.values()), info

    for folder in (out, *run.glob("adapter")):
        assert execute_card(folder, run) == after[0][1]

    asked = ["evaluate", str(out), str(world / "few.jsonl"), "--out", str(tmp_path / "again")]
    assert main([*asked, "--set", "evaluate.max_new_tokens=4", "--set", "evaluate.resamples=100"]) == 0
    assert answers(tmp_path / "again" / "predictions.jsonl") == after


KILLED = [each for each in CHECKPOINTS if each.name in ("qwen2-5-vl", "moondream2-2025", "smolvlm")]


@pytest.mark.slow
@pytest.mark.parametrize("checkpoint", KILLED, ids=str)
def test_killed_while_training_it_ends_as_if_undisturbed(
    checkpoint: Checkpoint, build_once: Callable[..., Path], world: Path, tmp_path: Path
) -> None:
    base = build_once(checkpoint.name, checkpoint.build)
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    tune = "{lora: {targets: all, dropout: 0.2}}"
    whole, killed = (write_recipe(tmp_path / name, base, world, tune, epochs=6) for name in ("whole", "killed"))
    assert main(["train", str(whole)]) == 0

    process = start(killed)
    metrics = tmp_path / "killed" / "run" / "metrics.jsonl"
    while process.poll() is None and not (metrics.exists() and metrics.read_text(encoding="utf-8").count("\n") >= 5):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(SECONDS_LIMIT) == -signal.SIGKILL, "it was over before it could be killed"
    assert not (tmp_path / "killed" / "run" / "after.jsonl").exists()
    assert start(killed).wait(SECONDS_LIMIT) == 0
    for name in ("metrics.jsonl", "before.jsonl", "after.jsonl", "comparison.json"):
        first, second = ((tmp_path / each / "run" / name).read_text(encoding="utf-8") for each in ("whole", "killed"))
        assert first == second, name
    first, second = (read_weights(tmp_path / each / "run" / "adapter") for each in ("whole", "killed"))
    assert first.keys() == second.keys()
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def start(recipe: Path) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = [sys.executable, "-m", "lensmith", "train", str(recipe)]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment, start_new_session=True)
