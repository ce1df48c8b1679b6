"""How the lab's base models come to be: a blank model, a broad drawn world, and the recipe between them.

A base's tower learns to see from maps of pictures (`lensmith.lab.seeing`); then the whole learns to answer, in a run
of lensmith like any other. Both may be killed, and are taken up.
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

RECIPE = """\
# How the base model lab/{base} learns to answer, once its tower sees; docs/lab.md tells what it can do then.

model: seeing/model

data:
  train: world/train.jsonl      # {pictures} pictures, some seventeen questions each, in English and Russian
  validation: watched/train.jsonl
  test: held-out/train.jsonl    # other pictures: the scores in the model's card

tune:
  method: full
  freeze: []

train:
  epochs: {epochs:g}
  batch_size: 320               # questions: some 36 pictures
  together: 9                   # half of a picture's questions at once: rows stay short, batches mixed
  optimizer: muon
  learning_rate: 3e-3           # right for random weights, far too high for trained ones
  warmup: 0.03
  weight_decay: 0.05
  precision: {precision}
  save_every: 200               # little is lost when it is stopped

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


def write_pretraining(name: str, out: Path, plan: Plan) -> Path:
    """Writes blank/, four worlds and recipe.yaml into `out`, the same for the same plan, and returns the recipe.

    What is there already is kept, so that a pretraining that was stopped is taken up at once. The recipe begins with
    seeing/model, which is made from blank/ and maps/.

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
    text = RECIPE.format(**told)
    if holds_recipe(out, text):
        return out / RECIPE_FILE
    worlds = {
        "maps": (SEEING_WORLD, plan.pictures, plan.seed + 3),
        "world": (WORLD, plan.pictures, plan.seed),
        "watched": (WORLD, plan.held_out // 2, plan.seed + 1),
        "held-out": (WORLD, plan.held_out, plan.seed + 2),
    }
    for folder, (world, count, seed) in worlds.items():
        WORLDS[world](out / folder, pictures=count, seed=seed, workers=workers_that_pay(count))
    base.build(out / "blank", plan.seed)
    write_text(out / RECIPE_FILE, text)  # last: what it names is there
    return out / RECIPE_FILE
