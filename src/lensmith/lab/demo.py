"""The demo: a blank model, a drawn world and the recipe that teaches the one the other."""

from pathlib import Path

from lensmith.lab.models import Variant, build_llava
from lensmith.lab.worlds.shapes import make_shapes
from lensmith.rundir import write_text

PICTURES = 4000

RECIPE = """\
# The demo: a model that has never seen anything learns to look at coloured shapes.
# Its weights are random, so before training it scores nothing; see world/ for what it learns from.
# Repeat it with `lensmith train` on this file, change what you like, and compare the two runs.

model: model                    # a LLaVA of 368,448 parameters, in this folder

data:
  train: world/train.jsonl      # one question a line: image_path, question, answer, and columns to slice by
  test: world/test.jsonl        # pictures that are not in train; asked before and after

tune:
  method: full                  # the weights themselves, not adapters: there is nothing yet to adapt
  freeze: []                    # the vision tower learns too

train:
  epochs: {epochs}
  batch_size: 32                # small, for many steps
  learning_rate: {learning_rate}         # high: right for random weights, far too high for trained ones

evaluate:
  batch_size: 128

run:
  seed: {seed}
"""


def write_demo(out: Path, *, seed: int, pictures: int = PICTURES) -> Path:
    """Writes model/, world/ and recipe.yaml into `out`, the same for the same seed, and returns the recipe.

    Args:
        out: made when missing; what an earlier demo wrote there is replaced.
        seed: of the weights, the pictures and the run.
        pictures: to learn from.

    Raises:
        DataError: `pictures` is below 1.
    """
    build_llava(out / "model", seed=seed, size="demo", variant=Variant(text="llama", tower="clip"))
    make_shapes(out / "world", pictures=pictures, seed=seed)
    recipe = out / "recipe.yaml"
    write_text(recipe, RECIPE.format(seed=seed, epochs=EPOCHS, learning_rate=LEARNING_RATE))
    return recipe
