"""What a run delivers: a plain PEFT adapter or a plain model, which transformers loads with no lensmith code.

An architecture that transformers does not have is written in the layout it was released in.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import nn

from lensmith.config.sections import ModelSection
from lensmith.families.contract import Family
from lensmith.families.quantising import Quantise, held_as
from lensmith.families.tuned import PROMPT_FILE
from lensmith.rundir import is_main_process, write_json

if TYPE_CHECKING:
    from transformers import GenerationConfig


def deliver(model: nn.Module, family: Family, section: ModelSection, run: Path) -> Path:
    """Writes `run/adapter` or `run/model`, whole or not at all, and returns it.

    Args:
        model: a PEFT model, whose adapter is written, or a transformers model, which is written itself.
        family: its processor and prompt go along.
        section: which base the adapter belongs to.
        run: the run folder.
    """
    tuned: Any = model
    if hasattr(tuned, "peft_config"):
        for config in tuned.peft_config.values():
            config.base_model_name_or_path = section.name
            config.revision = section.revision
        return write_model(tuned, family, run / "adapter")
    set_stop_rule(tuned, family)
    return write_model(tuned, family, run / "model")


def write_model(model: Any, family: Family, out: Path) -> Path:
    """Writes model and processor to `out`, replacing what is there, whole or not at all; returns `out`."""
    if not is_main_process():
        return out
    draft = out.with_name(f".{out.name}.draft")
    if draft.exists():
        shutil.rmtree(draft)
    # embeddings never grow here; asked to find that out by itself, PEFT looks for the base on the hub
    is_adapter = hasattr(model, "peft_config")
    model.save_pretrained(draft, **({"save_embedding_layers": False} if is_adapter else {}))
    save_processing(family, draft, quantise=held_as(model) if is_adapter else "none")
    if out.exists():
        shutil.rmtree(out)
    draft.replace(out)
    return out


def merge_adapter(model: nn.Module) -> nn.Module:
    """The base model with the adapters added into its weights, without PEFT around it."""
    tuned: Any = model
    merged: nn.Module = tuned.merge_and_unload(safe_merge=True)
    return merged


def save_processing(family: Family, out: Path, quantise: Quantise = "none") -> None:
    """Writes processor (mended where it needed to be), chat template, stop rule and the prompt of the recipe.

    Args:
        family: of the model.
        out: the folder.
        quantise: how the base of an adapter was held, so that it is held so again.
    """
    family.processor.chat_template = family.template
    family.processor.save_pretrained(out)
    stop_rule(family).save_pretrained(out)
    write_json(
        out / PROMPT_FILE,
        {
            "prompt": family.prompt.model_dump(exclude={"chat_template"}),
            "image_settings": family.image_settings,
            "family": family.facts.name,
            **({} if quantise == "none" else {"quantise": quantise}),
        },
    )


def set_stop_rule(model: nn.Module, family: Family) -> None:
    """Makes the model greedy, as it was evaluated, and end where training answers end."""
    tuned: Any = model
    tuned.generation_config = stop_rule(family)


def stop_rule(family: Family) -> "GenerationConfig":
    """The generation config of what is delivered.

    Not the base's: sampling settings beside `do_sample: false`, as published checkpoints have them, cannot be saved.
    """
    from transformers import GenerationConfig

    return GenerationConfig(
        do_sample=False,
        bos_token_id=family.tokenizer.bos_token_id,
        eos_token_id=list(family.stop_ids),
        pad_token_id=family.pad_id,
    )
