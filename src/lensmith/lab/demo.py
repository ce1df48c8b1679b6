"""The demo: a blank model, a drawn world and the recipe that teaches the one the other."""

import json
from pathlib import Path

from lensmith.errors import Problem, RecipeError
from lensmith.lab.models import Variant, build_llava
from lensmith.lab.worlds.folder import blind_baseline
from lensmith.lab.worlds.shapes import make_shapes
from lensmith.rundir import write_text

PICTURES = 4000

RECIPE = """\
# The demo: a model that has never seen anything learns to look at coloured shapes.
# Its weights are random, so before training it answers nothing right. Look into world/images for what it learns
# from. To try other settings, copy this file, change the copy and `run.out`, and give it to `lensmith train`.

model: model                    # a LLaVA of 0.4 million parameters, made for this

data:
  train: world/train.jsonl      # one question a line: image_path, question, answer, and columns to slice by
  test: world/test.jsonl        # other pictures: asked before and after training

tune:
  method: full                  # the weights themselves: there is nothing yet that an adapter could adapt
  freeze: []                    # the vision tower learns too

train:
  epochs: 3
  batch_size: 32                # small, so that the steps are many
  learning_rate: 1e-3           # right for random weights, far too high for trained ones
  warmup: 0.1                   # random weights are easily thrown off: a tenth of the steps to get going

evaluate:
  batch_size: 128               # answers are short and the model is small

run:
  out: run
  seed: {seed}
"""


def write_demo(out: Path, *, seed: int, pictures: int = PICTURES) -> Path:
    """Writes model/, world/ and recipe.yaml into `out`, the same for the same arguments, and returns the recipe.

    Args:
        out: made when missing.
        seed: of the weights, the pictures and the run.
        pictures: to learn from.

    Raises:
        RecipeError: `out` holds another recipe.yaml; nothing was written.
        DataError: `pictures` is below 1.
    """
    recipe, text = out / "recipe.yaml", RECIPE.format(seed=seed)
    if recipe.exists() and recipe.read_bytes() != text.encode():
        raise RecipeError(
            Problem(
                "lab/demo-exists",
                str(recipe),
                "there is another recipe in this folder",
                consequence="the demo would write over it",
                fix="give the demo another folder with --out, or train that recipe with `lensmith train`",
            )
        )
    make_shapes(out / "world", pictures=pictures, seed=seed)
    build_llava(out / "model", seed=seed, variant=Variant(text="llama"))
    write_text(recipe, text)
    return recipe


def blind_accuracy(out: Path) -> float:
    """The share of the demo's test questions that `blind_baseline` answers right: what a model must beat, 0–1."""
    train, test = (
        [json.loads(line) for line in (out / "world" / name).read_text(encoding="utf-8").splitlines()]
        for name in ("train.jsonl", "test.jsonl")
    )
    return blind_baseline(train, test)["all"]
