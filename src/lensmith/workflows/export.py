"""A run's tuned model, as a folder that transformers or PEFT loads with no lensmith code; and from there to a hub."""

import shutil
from pathlib import Path

from lensmith.config.sections import ModelSection, PromptSection
from lensmith.console import say
from lensmith.errors import Problem, RecipeError
from lensmith.families.opening import open_family
from lensmith.families.placement import Precision
from lensmith.families.quantising import Quantise
from lensmith.families.tuned import find_tuned
from lensmith.training.cards import write_card
from lensmith.training.upload import Upload, plan_upload, send
from lensmith.workflows.steps.converting import check_convertible, convert
from lensmith.workflows.steps.merging import write_merged, write_quantised


def export_model(run: Path, out: Path, *, merge: bool, precision: Precision, quantise: Quantise = "none") -> Path:
    """Writes the run's adapter, or with `merge` or `quantise` the whole model, to `out` and returns it.

    Args:
        run: a run folder, or an adapter's.
        out: must not exist yet.
        merge: True adds the adapter into the base's weights.
        precision: the number format of merged weights, and of what is not quantised.
        quantise: none, or rounds the language model's layers in what is written.

    Raises:
        RecipeError: `out` exists, or bitsandbytes is needed and not there.
        ModelError: the run has delivered nothing.
    """
    if out.exists():
        found = "the folder exists already"
        raise RecipeError(Problem("export/exists", str(out), found, fix="name one that does not with --out"))
    tuned = find_tuned(ModelSection(name=str(run)))
    family = open_family(tuned.base, tuned.prompt or PromptSection())
    if quantise != "none":
        write_quantised(tuned, family, out, precision, quantise)
    elif tuned.adapter is None or not merge:
        shutil.copytree(tuned.adapter or tuned.base.name, out)
    else:
        write_merged(tuned, family, out, precision)
    if write_card(run.absolute(), out, family) is None:
        say("  no card is written: there is no finished run to write it from")
    return out


def export_gguf(run: Path, out: Path, *, precision: Precision, checkout: Path | None) -> tuple[Path, list[Path]]:
    """Writes the whole model to `out`, and beside it GGUF files by llama.cpp's own converter; answers both.

    Args:
        run: a run folder, or an adapter's.
        out: must not exist yet.
        precision: the number format of both.
        checkout: of llama.cpp; None: the commands are told, and no GGUF file is written.

    Raises:
        ModelError: the converter does not take this architecture; nothing was written.
        RecipeError: `out` exists, or the checkout is none.
        RunError: the converter failed.
    """
    tuned = find_tuned(ModelSection(name=str(run)))
    check_convertible(open_family(tuned.base, tuned.prompt or PromptSection()).config, checkout)
    written = export_model(run, out, merge=True, precision=precision)
    return written, convert(written, precision, checkout)


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
