"""A lab folder belongs to one recipe: what lies beside the recipe was made for it."""

from pathlib import Path

from lensmith.errors import Problem, RecipeError

RECIPE_FILE = "recipe.yaml"


def holds_recipe(folder: Path, text: str) -> bool:
    """Whether the folder holds this recipe already, and with it, since it is written last, all that belongs to it.

    Raises:
        RecipeError: it holds another one.
    """
    recipe = folder / RECIPE_FILE
    if not recipe.exists():
        return False
    if recipe.read_bytes() == text.encode():
        return True
    raise RecipeError(
        Problem(
            "lab/folder-taken",
            str(recipe),
            "there is another recipe in this folder",
            consequence="its pictures and its run would not belong together; nothing was written",
            fix="give another folder, or the same numbers as before, or go on with that recipe by `lensmith train`",
        )
    )
