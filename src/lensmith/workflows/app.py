"""read → load → serve: a run's two models side by side in the browser."""

from pathlib import Path

from lensmith.app.mistakes import read_changes
from lensmith.app.pair import ModelPair
from lensmith.app.serving import Served, check_gradio, is_local, serve, silence_analytics
from lensmith.config.sections import ModelSection, PromptSection, Recipe
from lensmith.console import say, warn
from lensmith.errors import ModelError, Problem
from lensmith.families.opening import load_model, open_family
from lensmith.families.placement import choose_placement
from lensmith.families.tuned import attach_adapter, find_tuned
from lensmith.rundir import read_json
from lensmith.workflows.steps.parts import decode_settings


def open_app(run: Path, host: str = "127.0.0.1", port: int | None = None) -> Served:
    """Loads base and tuned model of a finished run and serves the page; returns once it can be opened.

    Args:
        run: a run folder.
        host: which address to listen at; only this machine by default.
        port: None: the first free one from 7860.

    Raises:
        RecipeError: Gradio is not installed.
        LensmithError: the run is not finished, or a model cannot be opened.
    """
    check_gradio()
    silence_analytics()
    if not (run / "recipe.json").is_file():
        found = "it is no run's folder: there is no recipe.json"
        raise ModelError(Problem("app/no-run", str(run), found, fix="name a folder that `lensmith train` wrote"))
    recipe = Recipe.model_validate(read_json(run / "recipe.json")["recipe"])
    comparison, changes = read_json(run / "comparison.json"), read_changes(run, recipe)
    pair, sides = _load_pair(run, recipe)

    from lensmith.app.page import About, build_page

    first = next(iter(comparison["metrics"].values()))
    base = Path(recipe.model.name)
    about = About(run.absolute().name, base.name if base.is_dir() else recipe.model.name, first["sentence"], sides)
    page = build_page(pair, changes, about)
    if not is_local(host):
        warn(f"everybody who reaches {host} can use the app: there is no password")
    return serve(page, host, port)


def _load_pair(run: Path, recipe: Recipe) -> tuple[ModelPair, str]:
    """Both models, and in words how they are held."""
    tuned = find_tuned(ModelSection(name=str(run)))
    base = recipe.model.model_copy(update={"device": "auto"})
    placement = choose_placement("auto", "auto", full=False)
    family = open_family(base, tuned.prompt or PromptSection())
    device, dtype = placement.device, placement.weights_dtype
    first = load_model(family, base, device=device, dtype=dtype, quantise=tuned.quantise)
    if tuned.adapter is not None:
        sides = "The base is the tuned model with its adapters switched off: it is loaded once."
        second, alone = attach_adapter(first, tuned.adapter), None
    else:
        sides = "All weights were tuned: base and tuned model are both loaded, and take twice the memory."
        second, alone = load_model(family, tuned.base, device=device, dtype=dtype), first
    say(f"  {sides}")
    pair = ModelPair(second, alone, family, decode_settings(recipe), tuple(recipe.evaluate.labels or ()))
    return pair, f"{sides} On {device}."
