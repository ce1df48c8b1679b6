"""A run's tuned model, as a folder that transformers or PEFT loads with no lensmith code."""

import shutil
from pathlib import Path

from lensmith.config.sections import ModelSection, PromptSection
from lensmith.errors import Problem, RecipeError
from lensmith.families.opening import load_model, open_family
from lensmith.families.placement import DTYPES, Precision, choose_placement
from lensmith.families.tuned import attach_adapter, find_tuned
from lensmith.training.deliver import merge_adapter, set_stop_rule, write_model


def export_model(run: Path, out: Path, *, merge: bool, precision: Precision) -> Path:
    """Writes the run's adapter, or with `merge` the base with the adapter added in, to `out` and returns it.

    Args:
        run: a run folder, or an adapter's.
        out: must not exist yet.
        merge: True adds the adapter into the base's weights.
        precision: the number format of merged weights.

    Raises:
        RecipeError: `out` exists.
        ModelError: the run has delivered nothing.
    """
    if out.exists():
        found = "the folder exists already"
        raise RecipeError(Problem("export/exists", str(out), found, fix="name one that does not with --out"))
    tuned = find_tuned(ModelSection(name=str(run)))
    if tuned.adapter is None or not merge:
        shutil.copytree(tuned.adapter or tuned.base.name, out)
        return out
    placement = choose_placement("cpu", "fp32", full=True)
    family = open_family(tuned.base, tuned.prompt or PromptSection())
    model = load_model(family, tuned.base, device=placement.device, dtype=placement.weights_dtype)
    merged = merge_adapter(attach_adapter(model, tuned.adapter)).to(DTYPES[precision])
    set_stop_rule(merged, family)
    return write_model(merged, family, out)
