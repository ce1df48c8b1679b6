"""Opens what a run delivered, or any PEFT adapter: its base, the adapter, and the prompt it was trained with."""

import hashlib
import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from lensmith.config.sections import ModelSection, PromptSection
from lensmith.errors import ModelError, Problem
from lensmith.families.quantising import Quantise

# PEFT 0.21 asks transformers 5.23 by an old name; nothing that a user could do about it.
warnings.filterwarnings("ignore", category=FutureWarning, message="`is_gradient_checkpointing` is deprecated")

# Written beside every delivered model: how it was asked in training, so that it is asked so again.
PROMPT_FILE = "lensmith.json"
ADAPTER_FILE = "adapter_model.safetensors"


@dataclass(frozen=True, slots=True)
class TunedModel:
    """Where a model's parts are.

    Attributes:
        base: what transformers loads.
        adapter: the PEFT adapter's folder, or None.
        prompt: how it was asked in training, or None where that is not known.
        quantise: how the base was held when the adapter was trained and judged.
    """

    base: ModelSection
    adapter: Path | None
    prompt: PromptSection | None
    quantise: Quantise = "none"

    def fingerprint(self) -> str:
        """Changes when the adapter's weights or a local model's files change."""
        if self.adapter is not None:
            with (self.adapter / ADAPTER_FILE).open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
        files = sorted(Path(self.base.place).glob("*.safetensors"))
        stamp = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
        return hashlib.sha256(json.dumps([self.base.model_dump(), stamp]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TunedPair:
    """A tuned model and what it was before.

    Attributes:
        tuned: wrapped by PEFT, or bare.
        base: as it was before, on the same device; None: `tuned` without its adapters.
    """

    tuned: nn.Module
    base: nn.Module | None

    @contextmanager
    def as_base(self) -> Iterator[nn.Module]:
        """The base, unwrapped; adapters are off until the end of the block."""
        if self.base is not None:
            yield self.base
            return
        tuned: Any = self.tuned
        with tuned.disable_adapter():
            yield unwrap(tuned)


def find_tuned(section: ModelSection) -> TunedModel:
    """Follows a run folder to what it delivered, and an adapter to its base; a plain model is its own base.

    Raises:
        ModelError: a run has delivered nothing, or an adapter cannot be used.
    """
    folder = Path(section.name)
    if (folder / "recipe.json").exists():
        delivered = [folder / name for name in ("adapter", "model") if (folder / name).is_dir()]
        if not delivered:
            raise ModelError(
                Problem(
                    "model/unfinished-run",
                    section.name,
                    "the run has delivered no model yet",
                    fix="let it finish with `lensmith train`",
                )
            )
        folder = delivered[0]
    prompt = read_prompt(folder)
    config_path = folder / "adapter_config.json"
    if not config_path.exists():
        return TunedModel(section.model_copy(update={"name": str(folder)} if folder.is_dir() else {}), None, prompt)
    if not (folder / ADAPTER_FILE).exists():
        raise ModelError(
            Problem(
                "model/adapter-without-safetensors",
                str(folder),
                f"there is no {ADAPTER_FILE}",
                consequence="other formats can run code when they are loaded",
                fix="save the adapter as safetensors",
            )
        )
    config = json.loads(config_path.read_text(encoding="utf-8"))
    changed = {"name": config["base_model_name_or_path"], "revision": config.get("revision")}
    if not section.image_settings:  # as it was trained, unless asked otherwise
        changed["image_settings"] = read_settings(folder)
    base = section.model_copy(update=changed)
    return TunedModel(base, folder, prompt, read_quantise(folder))


def attach_adapter(model: nn.Module, adapter: Path) -> nn.Module:
    """The PEFT model: the base with a saved adapter in place, for evaluation.

    Raises:
        ModelError: the adapter does not fit the model.
    """
    from peft import PeftModel

    inner: Any = model
    try:
        tuned: nn.Module = PeftModel.from_pretrained(inner, str(adapter))
    except (ValueError, RuntimeError, OSError) as error:
        found = f"the adapter does not fit its base: {str(error).splitlines()[0]}"
        raise ModelError(
            Problem("model/adapter-misfit", str(adapter), found, fix="use the base that it was trained on")
        ) from error
    return tuned.eval()


def unwrap(model: nn.Module) -> nn.Module:
    """The transformers model inside a PEFT wrapper, its adapters in place; any other model as it is."""
    inner: Any = model
    return inner.get_base_model() if hasattr(inner, "get_base_model") else inner  # type: ignore[no-any-return]


def read_settings(folder: Path) -> dict[str, Any]:
    """The image processor's settings that a delivered model was trained with, where the recipe changed any."""
    path = folder / PROMPT_FILE
    if not path.exists():
        return {}
    return dict(json.loads(path.read_text(encoding="utf-8")).get("image_settings", {}))


def read_quantise(folder: Path) -> Quantise:
    """How the base of a delivered adapter was held in training; none for what lensmith did not write."""
    path = folder / PROMPT_FILE
    held: Quantise = json.loads(path.read_text(encoding="utf-8")).get("quantise", "none") if path.exists() else "none"
    return held


def read_prompt(folder: Path) -> PromptSection | None:
    """The prompt that a delivered model was trained with, or None where its folder does not say."""
    path = folder / PROMPT_FILE
    if not path.exists():
        return None
    prompt = PromptSection.model_validate(json.loads(path.read_text(encoding="utf-8"))["prompt"])
    template = folder / "chat_template.jinja"
    return prompt.model_copy(update={"chat_template": str(template)}) if template.exists() else prompt
