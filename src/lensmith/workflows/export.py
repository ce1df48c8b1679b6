"""A run's tuned model, as a folder that transformers or PEFT loads with no lensmith code; and from there to a hub."""

import shutil
from pathlib import Path

from lensmith.config.sections import ModelSection, PromptSection
from lensmith.console import say
from lensmith.errors import Problem, RecipeError
from lensmith.families.opening import load_model, open_family
from lensmith.families.placement import DTYPES, Precision, choose_placement
from lensmith.families.tuned import attach_adapter, find_tuned
from lensmith.training.cards import write_card
from lensmith.training.deliver import merge_adapter, set_stop_rule, write_model
from lensmith.training.upload import Upload, plan_upload, send


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
    family = open_family(tuned.base, tuned.prompt or PromptSection())
    if tuned.adapter is None or not merge:
        shutil.copytree(tuned.adapter or tuned.base.name, out)
    else:
        placement = choose_placement("cpu", "fp32", full=True)
        model = load_model(family, tuned.base, device=placement.device, dtype=placement.weights_dtype)
        merged = merge_adapter(attach_adapter(model, tuned.adapter)).to(DTYPES[precision])
        set_stop_rule(merged, family)
        write_model(merged, family, out)
    if write_card(run.absolute(), out, family) is None:
        say("  no card is written: there is no finished run to write it from")
    return out


def push_model(folder: Path, hub_id: str, *, public: bool, dry_run: bool) -> Upload:
    """Sends an exported folder to a hub, or with `dry_run` only tells what would be sent.

    Raises:
        RunError: the folder holds what is no part of a model, or the hub refuses.
    """
    upload = plan_upload(folder, hub_id, public=public)
    whose = "everybody" if public else "you and whom you let in"
    say(f"{'would send' if dry_run else 'sending'} to {hub_id}, readable for {whose}:")
    for name, size_bytes in upload.files.items():
        say(f"  {size_bytes:>14,}  {name}")
    if not dry_run:
        say(f"sent: {send(upload)}")
    return upload
