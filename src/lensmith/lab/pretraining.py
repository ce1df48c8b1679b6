"""How the lab's base models come to be: a blank model, a broad drawn world, and the recipe between them.

A base's tower learns to see from maps of pictures (`lensmith.lab.seeing`). Then, in two runs of lensmith like any
others, the language model learns to name what the tower sees, from the same maps in words, and the whole learns to
answer. All three may be stopped, and are taken up. Every word of a map teaches what the tower's numbers mean, of a
question's answer one or two do.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lensmith.lab.folders import RECIPE_FILE, holds_recipe
from lensmith.lab.worlds import WORLDS
from lensmith.lab.worlds.claiming import workers_that_pay
from lensmith.registry import Registry
from lensmith.rundir import write_text

SEEING_WORLD, WORLD = "everyday-maps", "everyday"
HELD_OUT_PICTURES = 200

NAMING_RECIPE = """\
# How the language model of lab/{base} learns to name what the tower sees: maps of pictures, a word a part.

model: seeing/model

data:
  train: {{path: maps/train.jsonl, limit: {pictures}}}    # two maps a picture, in English and Russian
  split: {{validation: 0.004, test: 0.002}}

tune:
  method: full
  freeze: vision

train:
  epochs: 1
  batch_size: 96                # questions: 48 pictures
  together: 2
  optimizer: muon
  learning_rate: 3e-3           # right for random weights, far too high for trained ones; a Moondream2 bears no more
  warmup: 0.05
  weight_decay: 0.05
  precision: {precision}
  save_every: 100               # little is lost when it is stopped
  features: off

guards: {{collapse: false}}       # maps repeat themselves, and a blank model's noise does not

evaluate:
  batch_size: 128

run:
  out: naming
  seed: {seed}
"""

RECIPE = """\
# How the base model lab/{base} learns to answer, once it sees and names; docs/lab.md tells what it can do then.

model: naming/model

data:
  train: world/train.jsonl      # {pictures} pictures, some seventeen questions each, in English and Russian
  validation: watched/train.jsonl
  test: held-out/train.jsonl    # other pictures: the scores in the model's card

tune:
  method: full
  freeze: [vision, projector]   # learning this fast, a model that does not answer yet would teach them not to see

train:
  epochs: {epochs:g}
  batch_size: 320               # questions: some 36 pictures
  together: 9                   # half of a picture's questions at once: rows stay short, batches mixed
  optimizer: muon
  learning_rate: 3e-3
  warmup: 0.03
  weight_decay: 0.05
  precision: {precision}
  save_every: 200
  features: features            # each picture is looked at once

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
        pictures: to learn from, twice: to see, and to be asked.
        seeing_epochs: over the first.
        epochs: over the second.
    """

    build: Callable[[Path, int], Path]
    summary: str
    pictures: int
    seeing_epochs: float
    epochs: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What one pretraining learns from.

    Attributes:
        pictures: to learn from, twice: to see, and to be asked.
        seeing_epochs: over the first.
        epochs: over the second.
        seed: of weights, pictures and runs.
        precision: as in a recipe; bf16 is faster where the processor multiplies bfloat16, slower where it does not.
    """

    pictures: int
    seeing_epochs: float
    epochs: float
    seed: int
    precision: str = "fp32"

    @property
    def held_out(self) -> int:
        """Pictures that the scores are made on."""
        return min(HELD_OUT_PICTURES, self.pictures)


BASES: Registry[Base] = Registry(
    "base model",
    {
        "lfm2-vl": "lensmith.lab.blanks:LFM2_VL",
        "llava": "lensmith.lab.blanks:LLAVA",
        "moondream2": "lensmith.lab.blanks:MOONDREAM2",
    },
)


def plan_pretraining(name: str, *, seed: int, precision: str, **told: float | None) -> Plan:
    """The plan of the shipped base, with what was told otherwise.

    Args:
        name: of a base.
        seed: of all that is random.
        precision: as in `Plan`.
        told: `pictures`, `seeing_epochs`, `epochs`; None leaves the shipped base's.
    """
    base = BASES[name]
    shipped = {"pictures": base.pictures, "seeing_epochs": base.seeing_epochs, "epochs": base.epochs}
    numbers: Any = shipped | {key: value for key, value in told.items() if value is not None}
    return Plan(**numbers, seed=seed, precision=precision)


@dataclass(frozen=True, slots=True)
class Stages:
    """The recipes of a pretraining, in order; the first begins with seeing/model, made from blank/ and maps/."""

    naming: Path
    asking: Path


def write_pretraining(name: str, out: Path, plan: Plan) -> Stages:
    """Writes blank/, four worlds, naming.yaml and recipe.yaml into `out`, the same for the same plan.

    What is there already is kept, so that a pretraining that was stopped is taken up at once.

    Args:
        name: of a base.
        out: made when missing.
        plan: what it learns from.

    Raises:
        UnknownNameError: there is no such base.
        DataError: there are too few pictures to learn from.
        RecipeError: `out` holds another recipe.yaml; nothing was written.
    """
    base = BASES[name]
    told = {"base": name, **asdict(plan)}
    stages, text = Stages(out / "naming.yaml", out / RECIPE_FILE), RECIPE.format(**told)
    if holds_recipe(out, text):
        return stages
    worlds = {
        "maps": (SEEING_WORLD, plan.pictures, plan.seed + 3),
        "world": (WORLD, plan.pictures, plan.seed),
        "watched": (WORLD, plan.held_out // 2, plan.seed + 1),
        "held-out": (WORLD, plan.held_out, plan.seed + 2),
    }
    for folder, (world, count, seed) in worlds.items():
        WORLDS[world](out / folder, pictures=count, seed=seed, workers=workers_that_pay(count))
    base.build(out / "blank", plan.seed)
    write_text(stages.naming, NAMING_RECIPE.format(**told))
    write_text(stages.asking, text)  # last: what it names is there
    return stages
