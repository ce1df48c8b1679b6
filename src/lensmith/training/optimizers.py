"""Optimisers that live in packages of their own: is the package there, and does it take a step on the device?"""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import torch
from torch import nn

from lensmith.errors import Problem, RecipeError
from lensmith.families.quantising import import_bitsandbytes
from lensmith.ranks import shards_weights

# By a word of the optimiser's name, the first that is in it: what must be importable, and what installs it.
PACKAGES = {
    "galore": ("galore_torch", "galore-torch"),
    "apollo": ("apollo_torch", "apollo-torch"),
    "lomo": ("lomo_optim", "lomo-optim"),
    "grokadamw": ("grokadamw", "grokadamw"),
    "schedule_free": ("schedulefree", "schedulefree"),
    "stable": ("optimi", "torch-optimi"),
    "anyprecision": ("torchdistx", "torchdistx"),
    "torch_4bit": ("torchao", "torchao"),
    "torch_8bit": ("torchao", "torchao"),
    "8bit": ("bitsandbytes", "'lensmith[bnb]'"),
    "paged": ("bitsandbytes", "'lensmith[bnb]'"),
    "bnb": ("bitsandbytes", "'lensmith[bnb]'"),
    "lion": ("bitsandbytes", "'lensmith[bnb]'"),
    "ademamix": ("bitsandbytes", "'lensmith[bnb]'"),
}
# bitsandbytes' own names, and more values than it leaves in 32 bits.
_KINDS = {"adamw": "AdamW", "ademamix": "AdEMAMix", "lion": "Lion", "rmsprop": "RMSprop"}
_VALUES = 8192


def check_optimizer(name: str, device: torch.device) -> None:
    """Refuses an optimiser whose package is not installed or of no use on the device, before anything is loaded.

    bitsandbytes is tried: a few values take one step. Of other packages only the presence is checked.

    Args:
        name: as in the recipe.
        device: where training runs.

    Raises:
        RecipeError: names the package, and an optimiser that needs none.
    """
    package, install = find_package(name)
    if package is None:
        return
    if find_spec(package) is None:
        raise RecipeError(
            Problem(
                "recipe/optimizer-not-installed",
                "train.optimizer",
                f"{name} needs {package}, which is not installed",
                fix=f"pip install {install}, or use adamw_torch",
            )
        )
    if package == "bitsandbytes":
        import_bitsandbytes(f"train.optimizer {name}", "adamw_torch")
        if shards_weights():
            found = f"{name} cannot update weights that are spread over processes, as FSDP does"
            fix = "use adamw_torch, whose states FSDP spreads, or launch with DDP"
            raise RecipeError(Problem("recipe/optimizer-sharded", "train.optimizer", found, fix=fix))
        _check_step(name, device)


def find_package(name: str) -> tuple[str | None, str]:
    """The package that an optimiser comes from and what installs it; None where torch and transformers are enough.

    >>> find_package("adamw_8bit")[0], find_package("adamw_torch_8bit")[0], find_package("adamw_torch_fused")[0]
    ('bitsandbytes', 'torchao', None)
    """
    return next((found for word, found in PACKAGES.items() if word in name), (None, ""))


def _check_step(name: str, device: torch.device) -> None:
    """Raises a RecipeError where bitsandbytes cannot take a step of this kind on this device."""
    try:
        moved = _take_step(name, device)
        reason = "" if moved else "a step changes nothing"
    except (RuntimeError, NotImplementedError, ValueError, AttributeError, KeyError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if reason:
        raise RecipeError(
            Problem(
                "recipe/optimizer-device",
                "train.optimizer",
                f"{name} of bitsandbytes {version('bitsandbytes')} does not work on {device}: {reason}",
                fix="use adamw_torch",
            )
        )


def _take_step(name: str, device: torch.device) -> bool:
    """True where one step moves every value by a finite amount."""
    offered: Any = import_module("bitsandbytes").optim
    kind = next(kind for word, kind in _KINDS.items() if word in name)
    make: Callable[..., torch.optim.Optimizer] = getattr(offered, f"{kind}8bit" if "8bit" in name else f"{kind}32bit")
    value = nn.Parameter(torch.ones(_VALUES, device=device))
    value.grad = torch.linspace(0.5, 1, _VALUES, device=device)
    make([value], lr=0.1).step()
    found = value.detach()
    return bool(torch.isfinite(found).all() and (found != 1).all())
