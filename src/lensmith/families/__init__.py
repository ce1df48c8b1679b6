"""What differs between model architectures, and the one place where an example becomes tokens."""

from lensmith.families.contract import Family
from lensmith.registry import Registry

FAMILIES: Registry[type[Family]] = Registry(
    "family",
    {
        "llava": "lensmith.families.llava:Llava",
    },
)
