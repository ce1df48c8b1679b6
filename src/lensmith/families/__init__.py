"""What differs between model architectures, and the one place where an example becomes tokens."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from lensmith.registry import Registry

if TYPE_CHECKING:  # the names are known without importing torch
    from lensmith.families.contract import Family

FAMILIES: "Registry[type[Family]]" = Registry(
    "family",
    {
        "lfm2_vl": "lensmith.families.lfm2_vl.family:Lfm2Vl",
        "llava": "lensmith.families.llava:Llava",
        "moondream2": "lensmith.families.moondream2.family:Moondream2",
        "qwen_vl": "lensmith.families.qwen_vl.family:QwenVl",
    },
)

MODEL_TYPES: dict[str, str] = {
    "lfm2_vl": "lfm2_vl",
    "llava": "llava",
    "moondream1": "moondream2",
    "qwen2_vl": "qwen_vl",
    "qwen2_5_vl": "qwen_vl",
    "qwen3_vl": "qwen_vl",
}
"""The `model_type` of a checkpoint's config, and the family that reads it; here, so that only that one is imported."""

# What makes an architecture known to transformers that it has no code for.
NATIVE: Registry[Callable[[], None]] = Registry(
    "architecture",
    {
        "moondream2": "lensmith.families.moondream2.native:offer_moondream",
    },
)
