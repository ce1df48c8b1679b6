"""A tuned model made whole: the adapter added in, and where it is asked for, the language model's layers rounded."""

import tempfile
from pathlib import Path

from lensmith.config.sections import ModelSection
from lensmith.console import say, warn
from lensmith.families.contract import Family
from lensmith.families.opening import load_model
from lensmith.families.placement import DTYPES, Precision, choose_placement
from lensmith.families.quantising import Quantise, dequantise
from lensmith.families.tuned import PROMPT_FILE, TunedModel, attach_adapter
from lensmith.rundir import read_json, write_json
from lensmith.training.deliver import merge_adapter, set_stop_rule, write_model


def write_merged(tuned: TunedModel, family: Family, out: Path, precision: Precision) -> Path:
    """The base with the adapter added in; a base that was rounded in training is rounded first, as it was judged.

    Args:
        tuned: with an adapter.
        family: opened on its base.
        out: the folder.
        precision: the number format of what is written.
    """
    assert tuned.adapter is not None
    placement = choose_placement("cpu", "fp32", full=True)
    where, dtype = placement.device, placement.weights_dtype
    model = dequantise(load_model(family, tuned.base, device=where, dtype=dtype, quantise=tuned.quantise))
    merged = merge_adapter(attach_adapter(model, tuned.adapter)).to(DTYPES[precision])
    set_stop_rule(merged, family)
    write_model(merged, family, out)
    if tuned.quantise != "none":
        base = f"the base as it was judged: rounded to {tuned.quantise} and written out in {precision}"
        say(f"  the adapter is added into {base}")
        write_json(out / PROMPT_FILE, {**read_json(out / PROMPT_FILE), "merged_into": base})
    return out


def write_quantised(tuned: TunedModel, family: Family, out: Path, precision: Precision, quantise: Quantise) -> None:
    """The whole model, rounded after all else was done.

    Args:
        tuned: with an adapter or whole.
        family: opened on its base.
        out: the folder.
        precision: the number format of what is not rounded.
        quantise: 4bit or 8bit.
    """
    placement = choose_placement("cpu", "fp32", full=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as draft:
        name = tuned.base.name
        if tuned.adapter is not None:
            name = str(write_merged(tuned, family, Path(draft) / "whole", precision))
        section, dtype = ModelSection(name=name), DTYPES[precision]
        model = load_model(family, section, device=placement.device, dtype=dtype, quantise=quantise)
        set_stop_rule(model, family)
        write_model(model, family, out)
    warn(f"{quantise}: this is not the model that was judged; `lensmith evaluate {out} DATA` judges it")
