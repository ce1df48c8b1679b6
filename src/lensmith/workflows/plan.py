"""data → parameters → tokens → one step, traced → memory and time: what a recipe would do. Nothing is started."""

import torch

from lensmith.batching.preview import describe_tokens
from lensmith.config.origins import LoadedRecipe
from lensmith.families.opening import open_family
from lensmith.families.placement import choose_placement
from lensmith.training.memory import estimate_memory
from lensmith.training.outline import mark_unreached, outline_model, tune_outline
from lensmith.training.settle import settle_answers, settle_length, settle_machine
from lensmith.training.timing import count_amounts, estimate_time, measure_speed
from lensmith.training.tracing import NOT_TRACED, trace_steps
from lensmith.workflows.steps.drafting import Draft, encode_for_plan, settle_data, settle_family
from lensmith.workflows.steps.parts import read_data
from lensmith.workflows.steps.planning import Plan
from lensmith.workflows.steps.preflight import preview, refusals
from lensmith.workflows.steps.replaying import draw_replay

# A folder with nothing but a config is enough for a plan; that a run needs more is said where tokens would stand.
FORGIVEN = ("model/cannot-open", NOT_TRACED)


def plan_recipe(asked: LoadedRecipe) -> Plan:
    """Finds out as much as can be known before a run; what cannot is told with its reason, and the rest is shown.

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
    data = draft.attempt("data", read_data, recipe)

    outline = draft.attempt("parameters", outline_model, recipe.model)
    loaded = draft.attempt("settings left to auto", settle_family, loaded, outline) or loaded
    dtype = placement.weights_dtype if placement else torch.float32
    tuned = draft.attempt("trained parameters", tune_outline, outline, recipe, dtype)
    prompt = recipe.prompt if outline else None
    family = draft.attempt("tokens", open_family, recipe.model, prompt, forgive=FORGIVEN)

    loaded = draft.attempt("settings left to auto", settle_machine, loaded, placement) or loaded
    loaded = draft.attempt("settings left to auto", settle_length, loaded, family) or loaded
    parts = draft.attempt("tokens", encode_for_plan, draft, family, data, loaded.recipe)
    tokens = draft.attempt("tokens", describe_tokens, family, parts)
    train = parts["train"] if parts else None
    loaded = draft.attempt("settings left to auto", settle_answers, loaded, train) or loaded

    recipe, model = loaded.recipe, tuned.model if tuned else None
    items = train.encoded or None if train else None
    findings = draft.attempt(
        "preflight", preview, family, data, parts, loaded, outline=tuned or outline, placement=placement
    )
    draft.problems += refusals(findings, draft.problems)
    traces = draft.attempt("activations", trace_steps, model, family, items, recipe, placement, forgive=FORGIVEN)
    longest, typical = (traces.longest, traces.typical) if traces else (None, None)
    if tuned and traces:
        tuned = mark_unreached(tuned, traces.unreached)
    facts = tuned.facts if tuned else None
    memory = draft.attempt("memory", estimate_memory, model, facts, recipe, placement, longest=longest)
    replay = draft.attempt("replay", draw_replay, recipe, data, train)
    replayed = len(replay.asked()) if replay else 0
    amounts = draft.attempt("time", count_amounts, parts, model, mixture=data and data.mixture, replayed=replayed)
    speed = draft.attempt("time", measure_speed, placement if typical else None)
    time = draft.attempt("time", estimate_time, typical, amounts, recipe, speed)
    return Plan(loaded, draft, data, tokens, parts, tuned or outline, memory, time, findings)
