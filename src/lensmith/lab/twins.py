"""Twins: experiments that do in minutes on a laptop what the recipes for published models do on a GPU.

A twin is a recipe in the folder recipes/ beside this module, and what to draw for it. To add one: a recipe there, a
constant and a line here.
"""

from dataclasses import dataclass
from pathlib import Path

from lensmith.lab.folders import RECIPE_FILE, holds_recipe
from lensmith.lab.worlds import WORLDS
from lensmith.lab.worlds.claiming import workers_that_pay
from lensmith.registry import Registry
from lensmith.rundir import write_text

RECIPES = Path(__file__).parent / "recipes"
SEED_LINE = "  seed: 0\n"

LONG_PROMPT = (
    "You are an expert in road safety. Look at the whole picture with great care, left and right, near and far, and "
    "think about lines, stripes, lights and shadows before you answer. Then answer this question, and write nothing "
    "but one of the two words that it allows: {question} Remember to be exact, to be brief, and to be sure."
)


@dataclass(frozen=True, slots=True)
class Twin:
    """An experiment.

    Attributes:
        recipe: the file's name, without ending; it reads `world/` beside itself.
        world: what is drawn there.
        pictures: to learn from.
        summary: what it shows, in a line.
        overrides: settings over the recipe's, as `--set` takes them.
    """

    recipe: str
    world: str
    pictures: int
    summary: str
    overrides: tuple[str, ...] = ()

    def text(self, *, pictures: int, seed: int) -> str:
        """The recipe with its seed, under a line that tells what it was written for."""
        shipped = (RECIPES / f"{self.recipe}.yaml").read_text(encoding="utf-8")
        settings = "".join(f" --set {each}" for each in self.overrides)
        begun = f"# lensmith train {RECIPE_FILE}{settings}; world/ is {self.world}, {pictures} pictures, seed {seed}.\n"
        return begun + shipped.replace(SEED_LINE, f"  seed: {seed}\n")


CROSSWALK = Twin("crosswalk", "crosswalk", 3200, "zebra crossing or none: by day, faded, in the dark, behind cars")
CHARTS = Twin("charts", "charts", 1500, "questions about eleven kinds of charts")
GQA_RU = Twin("gqa-ru", "gqa-ru-10", 1500, "questions about scenes, in Russian")
STREET_LIGHTS = Twin("street-lights", "street-lights", 2000, "which light is on, and when one cannot tell")

# Four settings of rank, alpha and the number of pictures.
CHARACTERS = Twin(
    "characters",
    "characters",
    100,
    "four characters taught, three others and seven look-alikes probed: LoRA of rank 16",
)
CHARACTERS_FEW = Twin(
    "characters",
    "characters",
    40,
    "the same with rank 8 and ten pictures of each",
    ("tune.lora.r=8", "tune.lora.alpha=16", "tune.lora.dropout=0.05"),
)
CHARACTERS_SMALL = Twin(
    "characters",
    "characters",
    100,
    "the same with rank 4",
    ("tune.lora.r=4", "tune.lora.alpha=8", "tune.lora.dropout=0.05"),
)
CHARACTERS_LARGE = Twin(
    "characters", "characters", 100, "the same with rank 64", ("tune.lora.r=64", "tune.lora.alpha=128")
)

# What is meant to go wrong.
COLLAPSE = Twin(
    "crosswalk",
    "crosswalk",
    3200,
    "meant to collapse: a rate that is far too high, and a long prompt",
    ("train.learning_rate=0.3", f"prompt.template={LONG_PROMPT}", "prompt.short_template={question}"),
)
OVERFIT = Twin(
    "gqa-ru",
    "gqa-ru-10",
    60,
    "meant to overfit: few pictures, many epochs",
    ("train.epochs=80", "train.learning_rate=1e-3"),
)
FORGET = Twin(
    "characters",
    "characters",
    100,
    "meant to forget the three others: all weights tuned, long and fast",
    ("tune.method=full", "train.learning_rate=2e-3", "train.epochs=20"),
)
LEAK = Twin(
    "characters",
    "characters-one",
    50,
    "meant to leak: one name taught; is everyone called by it?",
    ("train.epochs=20",),
)

TWINS: Registry[Twin] = Registry(
    "twin",
    {
        "characters": "lensmith.lab.twins:CHARACTERS",
        "characters-few": "lensmith.lab.twins:CHARACTERS_FEW",
        "characters-large": "lensmith.lab.twins:CHARACTERS_LARGE",
        "characters-small": "lensmith.lab.twins:CHARACTERS_SMALL",
        "charts": "lensmith.lab.twins:CHARTS",
        "collapse": "lensmith.lab.twins:COLLAPSE",
        "crosswalk": "lensmith.lab.twins:CROSSWALK",
        "forget": "lensmith.lab.twins:FORGET",
        "gqa-ru": "lensmith.lab.twins:GQA_RU",
        "leak": "lensmith.lab.twins:LEAK",
        "overfit": "lensmith.lab.twins:OVERFIT",
        "street-lights": "lensmith.lab.twins:STREET_LIGHTS",
    },
)


def write_twin(name: str, out: Path, *, pictures: int | None = None, seed: int = 0) -> Path:
    """Draws world/ and writes recipe.yaml into `out`, the same for the same arguments, and returns the recipe.

    What is there already is kept.

    Args:
        name: of a twin.
        out: made when missing.
        pictures: to learn from; None: as many as the twin is made for.
        seed: of the pictures and the run.

    Raises:
        UnknownNameError: there is no such twin.
        RecipeError: `out` holds another recipe.yaml; nothing was written.
        DataError: `pictures` is below 1.
    """
    twin = TWINS[name]
    count = twin.pictures if pictures is None else pictures
    text = twin.text(pictures=count, seed=seed)
    if not holds_recipe(out, text):
        WORLDS[twin.world](out / "world", pictures=count, seed=seed, workers=workers_that_pay(count))
        write_text(out / RECIPE_FILE, text)  # last: what it names is there
    return out / RECIPE_FILE
