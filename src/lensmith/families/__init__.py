"""What differs between model architectures, and the one place where an example becomes tokens."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from lensmith.registry import Registry

if TYPE_CHECKING:  # the names are known without importing torch
    from lensmith.families.contract import Family

# How recipes call a family, where it is, and the `model_type` of the configs that it reads.
_FAMILIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "gemma3": ("lensmith.families.gemma3:Gemma3", ("gemma3",)),
    "generic": ("lensmith.families.generic:Generic", ()),  # whatever else transformers has
    "internvl": ("lensmith.families.internvl:InternVl", ("internvl",)),
    "lfm2_vl": ("lensmith.families.lfm2_vl.family:Lfm2Vl", ("lfm2_vl",)),
    "llava": ("lensmith.families.llava:Llava", ("llava",)),
    "llava_next": ("lensmith.families.llava_next:LlavaNext", ("llava_next",)),
    "moondream2": ("lensmith.families.moondream2.family:Moondream2", ("moondream1",)),
    "paligemma": ("lensmith.families.paligemma:PaliGemma", ("paligemma",)),
    "qwen_vl": ("lensmith.families.qwen_vl.family:QwenVl", ("qwen2_vl", "qwen2_5_vl", "qwen3_vl")),
    "smolvlm": ("lensmith.families.smolvlm:SmolVlm", ("idefics3", "smolvlm")),
}

FAMILIES: "Registry[type[Family]]" = Registry("family", {name: where for name, (where, _) in _FAMILIES.items()})

MODEL_TYPES: dict[str, str] = {kind: name for name, (_, kinds) in _FAMILIES.items() for kind in kinds}
"""The `model_type` of a checkpoint's config, and the family that reads it; here, so that only that one is imported."""

# What makes an architecture known to transformers that it has no code for.
NATIVE: Registry[Callable[[], None]] = Registry(
    "architecture",
    {
        "moondream2": "lensmith.families.moondream2.native:offer_moondream",
    },
)
