"""data → parameters → tokens → one step, traced → memory and time: what a recipe would do. Nothing is started."""

import torch

from lensmith.config.origins import LoadedRecipe
from lensmith.data.dataset import load_data
from lensmith.families.opening import open_family
from lensmith.families.placement import choose_placement
from lensmith.training.memory import estimate_memory
from lensmith.training.outline import outline_model, tune_outline
from lensmith.training.settle import settle_answers, settle_limits
from lensmith.training.timing import estimate_time, measure_speed
from lensmith.training.tracing import NOT_TRACED, trace_steps
from lensmith.workflows.drafting import Draft
from lensmith.workflows.planning import Plan, count_amounts, encode_for_plan, settle_data

# A folder with nothing but a config is enough for a plan; that a run needs more is said where tokens would stand.
FORGIVEN = ("model/cannot-open", NOT_TRACED)


def plan_recipe(asked: LoadedRecipe) -> Plan:
    """Finds out as much as can be known before a run; what cannot be known is told with its reason, and the rest is shown.

    Reads the data, decodes its pictures once, and reads the model's config and processor, but none of its weights.
    Writes nothing.

    Args:
        asked: a recipe that holds no problem.
    """
    draft = Draft()
    loaded = draft.attempt("formats", settle_data, asked) or asked
    recipe = loaded.recipe
    full = recipe.tune.method == "full"
    placement = draft.attempt("device", choose_placement, recipe.model.device, recipe.train.precision, full=full)
    data = draft.attempt("data", load_data, recipe.data, recipe.run.seed)

    outline = draft.attempt("parameters", outline_model, recipe.model)
    dtype = placement.weights_dtype if placement else torch.float32
    tuned = draft.attempt("trained parameters", tune_outline, outline, recipe, dtype)
    prompt = recipe.prompt if outline else None
    family = draft.attempt("tokens", open_family, recipe.model, prompt, forgive=FORGIVEN)

    loaded = draft.attempt("settings left to auto", settle_limits, loaded, family, placement) or loaded
    parts = draft.attempt("tokens", encode_for_plan, draft, family, data, loaded.recipe)
    train = parts["train"] if parts else None
    loaded = draft.attempt("settings left to auto", settle_answers, loaded, train) or loaded
    recipe = loaded.recipe

    model, items = tuned.model if tuned else None, (train.encoded or None) if train else None
    traces = draft.attempt("activations", trace_steps, model, family, items, recipe, placement, forgive=FORGIVEN)
    longest = traces.longest if traces else None
    memory = draft.attempt("memory", estimate_memory, model, recipe, placement, longest=longest)
    speed = draft.attempt("speed", measure_speed, placement if traces else None)
    amounts = draft.attempt("time", count_amounts, parts, model)
    time = draft.attempt("time", estimate_time, traces.typical if traces else None, amounts, recipe, speed)
    return Plan.of(draft, loaded, data, family, parts, outline, tuned, traces, memory, time)
