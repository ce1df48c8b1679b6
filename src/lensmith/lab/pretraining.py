"""How the lab's base models come to be: a blank model, a broad drawn world, and the recipe between them.

A base is pretrained by lensmith itself, as a run like any other: it is killed and taken up like one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lensmith.errors import Problem, RecipeError
from lensmith.lab.worlds import WORLDS
from lensmith.lab.worlds.claiming import workers_that_pay
from lensmith.registry import Registry
from lensmith.rundir import write_text

WORLD = "everyday"
HELD_OUT_PICTURES = 200

RECIPE = """\
# How the base model lab/{base} is made; see docs/lab.md for what it can do.

model: blank                    # random weights: {summary}

data:
  train: world/train.jsonl      # {pictures} pictures, some twenty questions each, in English and Russian
  validation: watched/train.jsonl
  test: held-out/train.jsonl    # other pictures: the scores in the model's card

tune:
  method: full                  # the weights themselves, the tower's too: there is nothing yet to adapt
  freeze: []

train:
  epochs: {epochs}
  batch_size: 640               # questions: some 32 pictures
  together: 64                  # all questions on a picture at once: each picture is computed once an epoch
  learning_rate: 1e-3           # right for random weights, far too high for trained ones
  warmup: 0.03
  weight_decay: 0.05
  save_every: 200               # a base is hours of work: little of it is lost when it is stopped

evaluate:
  batch_size: 256
  max_new_tokens: 24

run:
  out: run
  seed: {seed}
"""


@dataclass(frozen=True, slots=True)
class Base:
    """A base model's beginning.

    Attributes:
        build: writes the model with random weights: folder and seed.
        summary: what it is, in words.
        pictures: to learn from.
        epochs: over them.
    """

    build: Callable[[Path, int], Path]
    summary: str
    pictures: int
    epochs: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What one pretraining learns from.

    Attributes:
        pictures: to learn from.
        epochs: over them.
        seed: of weights, pictures and run.
    """

    pictures: int
    epochs: float
    seed: int

    @property
    def held_out(self) -> int:
        """Pictures that the scores are made on."""
        return min(HELD_OUT_PICTURES, self.pictures)


BASES: Registry[Base] = Registry("base model", {"llava": "lensmith.lab.blanks:LLAVA"})


def write_pretraining(name: str, out: Path, plan: Plan) -> Path:
    """Writes blank/, three worlds and recipe.yaml into `out`, the same for the same plan; returns the recipe.

    What is there already is kept, so that a pretraining that was stopped is taken up at once.

    Args:
        name: of a base.
        out: made when missing.
        plan: what it learns from.

    Raises:
        UnknownNameError: there is no such base.
        DataError: there are fewer than 2 pictures to learn from.
        RecipeError: `out` holds another recipe.yaml; nothing was written.
    """
    base = BASES[name]
    recipe = out / "recipe.yaml"
    told = {"pictures": plan.pictures, "epochs": plan.epochs, "seed": plan.seed}
    text = RECIPE.format(base=name, summary=base.summary, **told)
    if recipe.exists():
        if recipe.read_text(encoding="utf-8") == text:
            return recipe
        raise RecipeError(
            Problem(
                "lab/base-exists",
                str(recipe),
                "there is another recipe in this folder",
                consequence="its pictures and its run would not belong together",
                fix="give another folder, or the same numbers as before",
            )
        )
    make = WORLDS[WORLD]
    worlds = {
        "world": (plan.pictures, plan.seed),
        "watched": (plan.held_out // 2, plan.seed + 1),
        "held-out": (plan.held_out, plan.seed + 2),
    }
    for folder, (count, world_seed) in worlds.items():
        make(out / folder, pictures=count, seed=world_seed, workers=workers_that_pay(count))
    base.build(out / "blank", plan.seed)
    write_text(recipe, text)  # last: what it names is there
    return recipe
