"""What differs between model architectures, and the one place where an example becomes tokens."""

from typing import TYPE_CHECKING

from lensmith.registry import Registry

if TYPE_CHECKING:  # the names are known without importing torch
    from lensmith.families.contract import Family

FAMILIES: "Registry[type[Family]]" = Registry(
    "family",
    {
        "llava": "lensmith.families.llava:Llava",
    },
)
