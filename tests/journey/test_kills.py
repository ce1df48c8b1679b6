"""A run killed with SIGKILL at random moments and started again ends as if nothing had happened."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from lensmith.lab.models import build_llava
from lensmith.lab.worlds.shapes import make_shapes

SECONDS_LIMIT = 600


def write_recipe(folder: Path) -> Path:
    """A LoRA run with dropout, saving inside epochs, that takes some seconds."""
    build_llava(folder / "base", seed=0, size="test")
    make_shapes(folder / "world", pictures=60, seed=0)
    recipe = folder / "recipe.yaml"
    recipe.write_text(
        f"""
model: {folder / "base"}
data:
  train: {folder / "world" / "train.jsonl"}
  test: {folder / "world" / "test.jsonl"}
tune: {{lora: {{targets: all, dropout: 0.2}}}}
train: {{epochs: 3, batch_size: 4, accumulate: 2, learning_rate: 2e-3, save_every: 7, log_every: 3, workers: 0}}
evaluate: {{batch_size: 8, max_new_tokens: 6, resamples: 100}}
run: {{seed: 3}}
""",
        encoding="utf-8",
    )
    return recipe


def start(recipe: Path, out: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    command = [sys.executable, "-m", "lensmith", "train", str(recipe), "--out", str(out), "--json"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, start_new_session=True
    )


def results(out: Path) -> dict[str, object]:
    """All that a run leaves that must not depend on whether it was disturbed."""
    texts = {
        name: (out / name).read_text(encoding="utf-8")
        for name in ("metrics.jsonl", "before.jsonl", "after.jsonl", "scores.json", "comparison.json", "data.json")
    }
    weights = load_file(out / "adapter" / "adapter_model.safetensors")
    return {**texts, "weights": {name: value.tobytes() for name, value in weights.items()}}


@pytest.mark.slow
def test_a_run_killed_ten_times_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path)
    began = time.monotonic()
    undisturbed = start(recipe, tmp_path / "whole")
    _, narration = undisturbed.communicate(timeout=SECONDS_LIMIT)
    whole_s = time.monotonic() - began
    assert undisturbed.returncode == 0, narration.decode()

    chance = random.Random(20)
    kills = runs = 0
    while kills < 10:
        out = tmp_path / f"killed-{runs}"
        while True:
            process = start(recipe, out)
            try:
                answer, narration = process.communicate(
                    timeout=chance.uniform(0.3, 1.0) * whole_s if kills < 10 else SECONDS_LIMIT
                )
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                kills += 1
                continue
            assert process.returncode == 0, narration.decode()
            json.loads(answer)
            break
        assert_same(results(out), results(tmp_path / "whole"))
        runs += 1


def assert_same(killed: dict[str, object], whole: dict[str, object]) -> None:
    """Says which of the results differ, not how: they are long."""
    assert [name for name in whole if killed[name] != whole[name]] == []


@pytest.mark.parametrize("spoilt", ["recipe", "data"])
def test_a_folder_with_another_run_is_refused(tmp_path: Path, spoilt: str) -> None:
    recipe = write_recipe(tmp_path)
    first = start(recipe, tmp_path / "run")
    assert first.wait(SECONDS_LIMIT) == 0
    if spoilt == "recipe":
        recipe.write_text(recipe.read_text().replace("epochs: 3", "epochs: 4"))
    else:
        path = tmp_path / "world" / "train.jsonl"
        path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    again = start(recipe, tmp_path / "run")
    answer, _ = again.communicate(timeout=SECONDS_LIMIT)
    assert again.returncode == 1
    assert json.loads(answer)["problems"][0]["code"] == f"run/other-{spoilt}"
