"""Small runs taken to their end, as a user has them: a LoRA and a full one, on plain pictures."""

from pathlib import Path

from lensmith.lab.models import build_llava
from lensmith.lab.worlds.fills import make_fills
from lensmith.workflows.steps.reading import read_recipe
from lensmith.workflows.train import train_recipe

RECIPE = """
model: model
data: {{train: world/train.jsonl, test: world/test.jsonl}}
prompt: {{template: "{{question}} Одно слово."}}
tune: {tune}
train: {{epochs: 2, batch_size: 8, learning_rate: 3e-3, workers: 0, log_every: 2}}
evaluate:
  metrics: [label, exact_match]
  labels: [red, yellow, green, blue, красный, жёлтый, зелёный, синий]
  slices: [language]
  resamples: 100
run: {{out: run, seed: 1}}
"""
LORA = "{lora: {targets: all}}"
FULL = "{method: full, freeze: []}"


def finish_run(folder: Path, tune: str) -> Path:
    """Builds a model and a world in `folder`, trains, and answers the run's folder."""
    build_llava(folder / "model", seed=1, size="test")
    make_fills(folder / "world", pictures=90, seed=1)
    (folder / "recipe.yaml").write_text(RECIPE.format(tune=tune), encoding="utf-8")
    train_recipe(read_recipe(folder / "recipe.yaml", ()))
    return folder / "run"
