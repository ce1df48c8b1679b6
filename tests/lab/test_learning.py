"""What can be learned by looking is learned from nothing; with the pictures dealt out at random it is not."""

import json
from pathlib import Path
from random import Random

from lensmith.lab.models import build_llava
from lensmith.lab.worlds.fills import make_fills
from lensmith.workflows.steps.judging import Outcome
from lensmith.workflows.steps.reading import read_recipe
from lensmith.workflows.train import train_recipe

RECIPE = """
model: model
data: {train: world/train.jsonl, test: world/test.jsonl}
tune: {method: full, freeze: []}
train: {epochs: 4, batch_size: 16, learning_rate: 3e-3, workers: 0}
evaluate: {batch_size: 64, resamples: 200}
run: {out: run, seed: 1}
"""


def train_on_fills(folder: Path, *, shuffled: bool) -> tuple[Outcome, float]:
    """The end of a run on plain pictures, and what one reaches on the same questions without looking."""
    build_llava(folder / "model", seed=1, size="test")
    world = make_fills(folder / "world", pictures=200, seed=1)
    if shuffled:
        train = folder / "world" / world.data["train"]
        rows = [json.loads(line) for line in train.read_text(encoding="utf-8").splitlines()]
        names = [row["image_path"] for row in rows]
        Random(1).shuffle(names)
        dealt = [row | {"image_path": name} for row, name in zip(rows, names, strict=True)]
        train.write_text("".join(json.dumps(row) + "\n" for row in dealt), encoding="utf-8")
    (folder / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    return train_recipe(read_recipe(folder / "recipe.yaml", ())), world.blind["all"]


def test_a_blank_model_learns_to_look(tmp_path: Path) -> None:
    outcome, blind = train_on_fills(tmp_path, shuffled=False)
    after = outcome.after.metrics["exact_match"].estimate
    assert after.value is not None and after.interval is not None
    assert after.value > 0.9
    assert after.interval.low > blind + 0.2
    assert outcome.comparison.metrics["exact_match"].mean.verdict.word == "better"


def test_shuffled_pictures_teach_nothing_about_pictures(tmp_path: Path) -> None:
    """It learns the form of an answer, a colour in the question's language, and then guesses one of four."""
    outcome, _ = train_on_fills(tmp_path, shuffled=True)
    said = {prediction.prediction for prediction in outcome.after.predictions}
    assert said <= {"red", "yellow", "green", "blue", "красный", "жёлтый", "зелёный", "синий"}
    assert outcome.after.value("exact_match") < 0.5
