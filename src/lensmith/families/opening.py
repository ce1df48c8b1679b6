"""From a recipe's model section to a family, and from a family to a model: on a device, or only counted."""

import os
import sys
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn

from lensmith.config.sections import ModelSection, PromptSection
from lensmith.console import say
from lensmith.errors import ModelError, Problem, suggest
from lensmith.families import FAMILIES, MODEL_TYPES, NATIVE
from lensmith.families.attention import offer_flex
from lensmith.families.contract import Family
from lensmith.families.image_settings import change_settings
from lensmith.families.processors import explain, mend_torchvision, offer_processors
from lensmith.families.quantising import (
    Quantise,
    import_bitsandbytes,
    keep_differentiable,
    make_settings,
    settle_backend,
)


def read_config(section: ModelSection) -> Any:
    """The checkpoint's transformers config; never runs code that comes with a checkpoint.

    Raises:
        ModelError: there is none, or transformers does not know its model_type.
    """
    from huggingface_hub.errors import StrictDataclassError
    from transformers import AutoConfig

    mend_torchvision()  # before transformers imports what imports it
    for name in NATIVE:
        NATIVE[name]()
    try:
        return AutoConfig.from_pretrained(section.place, revision=section.revision, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, StrictDataclassError) as error:
        raise _cannot_open(section, "config.json", error) from error


def find_family(section: ModelSection, config: Any) -> type[Family]:
    """The family that reads this config: the one the recipe names, the one that knows its model_type, or `generic`.

    Raises:
        UnknownNameError: the recipe names a family that does not exist.
        ModelError: no family knows the model_type, and transformers has no image-text-to-text model of it.
    """
    if section.family != "auto":
        return FAMILIES[section.family]
    if config.model_type not in MODEL_TYPES:
        from transformers import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING

        if type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
            return FAMILIES["generic"]
        raise ModelError(
            Problem(
                "model/unknown-type",
                f"model.name {section.name}",
                f"its model_type is {config.model_type}, which no family reads",
                fix=suggest(config.model_type, MODEL_TYPES),
            )
        )
    return FAMILIES[MODEL_TYPES[config.model_type]]


def open_family(section: ModelSection, prompt: PromptSection) -> Family:
    """The family, opened on the checkpoint's config, processor and generation config; no weights are read.

    Raises:
        ModelError: files are missing or do not fit together.
        RecipeError: the image processor has no such setting as the section asks for.
    """
    from transformers import AutoProcessor, GenerationConfig

    # worker processes are forked after the tokenizer was used; its own threads would not survive that
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    config = read_config(section)
    family = find_family(section, config)
    offer_processors()
    try:
        processor = AutoProcessor.from_pretrained(section.place, revision=section.revision, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, ImportError, AttributeError) as error:
        raise _cannot_open(section, "processor", error, explain(error)) from error
    try:
        generation = GenerationConfig.from_pretrained(section.place, revision=section.revision)
    except OSError:  # published checkpoints may lack one; the stop rule then comes from the chat template
        generation = None
    change_settings(getattr(processor, "image_processor", None), section.image_settings)
    opened = family(config, processor, prompt, generation)
    opened.image_settings = dict(section.image_settings)
    return opened


def load_model(
    family: Family,
    section: ModelSection,
    *,
    device: torch.device,
    dtype: torch.dtype,
    quantise: Quantise = "none",
) -> nn.Module:
    """The checkpoint's model on `device` in `dtype`, in evaluation mode, from safetensors only.

    Args:
        family: open on the checkpoint.
        section: where it is.
        device: where it goes.
        dtype: of what is not quantised.
        quantise: how the linear layers of its language model are held; none: in `dtype`, or as they were saved.

    Raises:
        ModelError: weights are missing, of other shapes, in a format that could run code, or quantised already.
        RecipeError: bitsandbytes is needed, and not installed or of no use on the device.
    """
    from transformers import AutoModelForImageTextToText
    from transformers.utils.logging import disable_progress_bar

    how = _quantised(family, section, device=device, dtype=dtype, quantise=quantise)
    if not sys.stderr.isatty():  # bars of reading and writing weights are for someone who watches
        disable_progress_bar()
    try:
        model, report = AutoModelForImageTextToText.from_pretrained(
            section.place,
            revision=section.revision,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=dtype,
            output_loading_info=True,
            **how,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise _cannot_open(section, "weights", error) from error
    absent = sorted(report["missing_keys"])
    if absent:
        raise ModelError(
            Problem(
                "model/missing-weights",
                f"model.name {section.name}",
                f"{len(absent)} tensors are not in the checkpoint, the first {absent[0]}",
                consequence="they would be random numbers",
                fix="use a complete checkpoint",
            )
        )
    family.check_model(model)
    if section.attention == "flex" and device.type == "cuda":
        if family.takes_block_masks:
            model.set_attn_implementation({"text_config": offer_flex()})
        else:
            family.notes.append(f"model.attention: flex is not for family {family.facts.name}: sdpa is used")
    model = model.to(device).eval()
    keep_differentiable(model)
    noted = len(family.notes)
    family.prove(model)
    for note in family.notes[noted:]:
        say(f"  note: {note}")
    return model  # type: ignore[no-any-return]


def _quantised(
    family: Family, section: ModelSection, *, device: torch.device, dtype: torch.dtype, quantise: Quantise
) -> dict[str, Any]:
    """What `from_pretrained` must be told to quantise; nothing where nothing is."""
    saved = getattr(family.config, "quantization_config", None)
    if saved is not None and quantise != "none":
        found = "the checkpoint is quantised already"
        fix = "set tune.quantise: none, or name the model it was made of"
        raise ModelError(Problem("model/quantised", f"model.name {section.name}", found, fix=fix))
    if saved is not None:
        if saved["quant_method"] == "bitsandbytes":
            import_bitsandbytes(f"model.name {section.name}", "a model that is not quantised")
        return {"device_map": {"": _numbered(device)}}
    if quantise == "none":
        return {}
    settle_backend(quantise, device)
    settings = make_settings(build_on_meta(family.config), family.facts, quantise, dtype)
    return {"device_map": {"": _numbered(device)}, "quantization_config": settings}


def _numbered(device: torch.device) -> torch.device:
    """The device with its number, where it has one."""
    if device == torch.device("cuda"):
        return torch.device("cuda", torch.cuda.current_device())
    return device


def build_on_meta(config: Any) -> nn.Module:
    """The model without storage: shapes and names only, from a config alone.

    Raises:
        ModelError: its values contradict each other, or name what transformers does not have.
    """
    from transformers import AutoModelForImageTextToText

    try:
        with torch.device("meta"):
            model: nn.Module = AutoModelForImageTextToText.from_config(config)
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        found = f"no {config.model_type} model can be built from it: {type(error).__name__}: {error}"
        raise ModelError(
            Problem("model/config", "config.json", found, fix="use the config that the model was saved with")
        ) from error
    return model


def _cannot_open(section: ModelSection, what: str, error: Exception, fix: str | None = None) -> ModelError:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return ModelError(
        Problem(
            "model/cannot-open",
            f"model.name {section.name}",
            f"its {what} cannot be opened: {lines[0]}",
            expected="a hub id, or a folder with config.json, a processor and safetensors weights",
            fix=fix or "check the name, the revision and the connection",
        )
    )
