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


CROSSWALK = Twin("crosswalk", "crosswalk", 2400, "zebra crossing or none: by day, faded, in the dark, behind cars")
CHARTS = Twin("charts", "charts", 1500, "questions about eleven kinds of charts")
CHARACTERS = Twin("characters", "characters", 100, "four characters learned, three others kept")
GQA_RU = Twin("gqa-ru", "gqa-ru-10", 1500, "questions about scenes, in Russian")
STREET_LIGHTS = Twin("street-lights", "street-lights", 2000, "which light is on, and when one cannot tell")

TWINS: Registry[Twin] = Registry(
    "twin",
    {
        "characters": "lensmith.lab.twins:CHARACTERS",
        "charts": "lensmith.lab.twins:CHARTS",
        "crosswalk": "lensmith.lab.twins:CROSSWALK",
        "gqa-ru": "lensmith.lab.twins:GQA_RU",
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
