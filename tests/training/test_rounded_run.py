"""A run on a 4-bit base: it learns, and what was judged is what comes back, as an adapter and merged."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from test_cards import execute, first_test_example
from transformers import AutoModelForImageTextToText, AutoProcessor

from lensmith.cli import main
from lensmith.lab.models import build_llava
from lensmith.lab.worlds.fills import make_fills
from lensmith.workflows.steps.reading import read_recipe
from lensmith.workflows.train import train_recipe

pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")

RECIPE = """
model: model
data: {train: world/train.jsonl, test: world/test.jsonl}
prompt: {template: "{question} Одно слово."}
tune: {lora: {targets: all}, quantise: 4bit}
train: {epochs: 2, batch_size: 8, learning_rate: 3e-3, workers: 0, log_every: 2, optimizer: adamw_8bit}
evaluate: {metrics: exact_match, resamples: 100}
run: {out: run, seed: 1}
"""


@pytest.fixture(scope="module")
def place(build_once: Callable[..., Path]) -> Path:
    """A folder with a finished run; read-only."""

    def build(folder: Path) -> None:
        build_llava(folder / "model", seed=1, size="demo")  # bitsandbytes needs 64 inputs or more on some CPUs
        make_fills(folder / "world", pictures=60, seed=1)
        (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
        train_recipe(read_recipe(folder / "recipe.yaml", ()))

    return build_once("rounded", build)


def answers(path: Path) -> list[str]:
    return [json.loads(line)["prediction"] for line in path.read_text("utf-8").splitlines()]


def ask(place: Path, model: Path, out: Path) -> list[str]:
    like = ["--set", "evaluate.metrics=exact_match", "--set", "evaluate.max_new_tokens=16"]
    assert main(["evaluate", str(model), str(place / "world" / "test.jsonl"), "--out", str(out), *like]) == 0
    return answers(out / "predictions.jsonl")


def logits(folder: Path) -> torch.Tensor:
    """What a model says about a red picture, loaded with no lensmith code."""
    model = AutoModelForImageTextToText.from_pretrained(folder).eval()
    processor = AutoProcessor.from_pretrained(folder)
    turn = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Какой цвет? 🐈"}]}
    text = processor.apply_chat_template([turn], add_generation_prompt=True)
    inputs = processor(text=text, images=Image.new("RGB", (48, 64), "red"), return_tensors="pt")
    with torch.no_grad():
        return model(**inputs).logits[0]


def test_it_learns_and_says_how_it_was_held(place: Path) -> None:
    run = place / "run"
    losses = [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]
    losses = [row["eval_validation_loss"] for row in losses if "eval_validation_loss" in row]
    assert losses[-1] < 0.6 * losses[0]
    stored: dict[str, Any] = json.loads((run / "recipe.json").read_text("utf-8"))
    assert stored["recipe"]["tune"]["quantise_backend"] == "bitsandbytes"
    assert "computes 4bit layers on cpu" in stored["origins"]["tune.quantise_backend"]["text"]
    assert "bitsandbytes" in json.loads((run / "environment.json").read_text("utf-8"))["packages"]
    assert "held in 4 bits" in (run / "adapter" / "README.md").read_text("utf-8")


def test_the_adapter_comes_back_on_the_base_it_was_judged_on(place: Path, tmp_path: Path) -> None:
    assert len(set(answers(place / "run" / "after.jsonl"))) > 1, "answers that could differ"
    assert ask(place, place / "run", tmp_path / "again") == answers(place / "run" / "after.jsonl")


def test_the_code_in_the_card_rounds_the_base_too(place: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(place / "run" / "adapter", tmp_path / "elsewhere")
    assert "load_in_4bit=True" in (folder / "README.md").read_text("utf-8")
    example, said = first_test_example(place / "run")
    assert execute(folder, example) == said


def test_merged_it_is_the_model_that_was_judged(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    merged = tmp_path / "merged"
    assert main(["export", str(place / "run"), "--merge", "--out", str(merged)]) == 0
    assert "as it was judged: rounded to 4bit" in capsys.readouterr().err
    assert "rounded to 4bit" in json.loads((merged / "lensmith.json").read_text("utf-8"))["merged_into"]
    assert "quantization_config" not in json.loads((merged / "config.json").read_text("utf-8"))
    assert ask(place, merged, tmp_path / "asked") == answers(place / "run" / "after.jsonl")


def test_rounded_for_shipping_it_is_small_and_near_and_says_that_it_was_not_judged(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, small = tmp_path / "whole", tmp_path / "small"
    assert main(["export", str(place / "run"), "--merge", "--out", str(whole)]) == 0
    assert main(["export", str(place / "run"), "--quantise", "4bit", "--out", str(small)]) == 0
    assert "this is not the model that was judged" in capsys.readouterr().err
    assert "quantised after it was judged" in (small / "README.md").read_text("utf-8")
    first, second = logits(whole), logits(small)
    assert torch.nn.functional.cosine_similarity(first, second, dim=-1).min() > 0.95
    assert not torch.equal(first, second)
    sizes = [next(folder.glob("*.safetensors")).stat().st_size for folder in (whole, small)]
    assert sizes[1] < 0.8 * sizes[0]
    assert len(ask(place, small, tmp_path / "asked")) == len(answers(place / "run" / "after.jsonl"))
    assert not list(tmp_path.glob(".small*"))


def test_full_tuning_of_a_rounded_base_is_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", str(place / "recipe.yaml"), "--set", "tune.method=full", "--set", "tune.quantise_backend=none"]
    assert main([*command, "--set", "run.out=elsewhere"]) == 2
    told = capsys.readouterr().err
    assert "recipe/quantise-full" in told
    assert "recipe/no-effect" in told
