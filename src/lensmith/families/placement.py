"""Where a model runs and in which number format, each with the reason that a run records."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from lensmith.errors import Problem, RecipeError
from lensmith.ranks import shards_weights

Precision = Literal["fp32", "bf16", "fp16"]
DTYPES: dict[Precision, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class Placement:
    """A device and a precision.

    Attributes:
        device: where the model runs.
        device_reason: why there.
        precision: the format of matrix products.
        precision_reason: why that one.
        weights_dtype: the format frozen weights are held in.
        trained_dtype: the format trained weights are held in: float32 always, because an update of 1e-5 of
            a weight is lost in bfloat16.
    """

    device: torch.device
    device_reason: str
    precision: Precision
    precision_reason: str
    weights_dtype: torch.dtype
    trained_dtype: torch.dtype = torch.float32


def choose_placement(device: str, precision: str, *, full: bool) -> Placement:
    """Chooses device and precision, each `auto` or as asked.

    Args:
        device: a torch device's name, or auto.
        precision: fp32, bf16, fp16, or auto.
        full: True when the weights themselves are trained.

    Raises:
        RecipeError: the device is not there, or cannot do the precision that was asked for.
    """
    where, device_reason = _choose_device(device)
    how, precision_reason = _choose_precision(precision, where)
    held = torch.float32 if full else DTYPES[how]
    return Placement(where, device_reason, how, precision_reason, held)


def is_sharded(model: nn.Module) -> bool:
    """True where this process holds but a part of the model's weights, and all must read it together."""
    if not shards_weights():
        return False
    from torch.distributed.tensor import DTensor

    return any(isinstance(value, DTensor) for value in model.parameters())


def _choose_device(asked: str) -> tuple[torch.device, str]:
    if asked == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda"), f"{torch.cuda.get_device_name(0)} is there"
        if torch.backends.mps.is_available():
            return torch.device("mps"), "Apple's GPU is there"
        return torch.device("cpu"), "no GPU is there"
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    kind = asked.partition(":")[0]
    if not there.get(kind, False):
        raise RecipeError(
            Problem(
                "recipe/no-such-device",
                "model.device",
                f"{asked} cannot be used here",
                expected=" or ".join(["auto", *(name for name, usable in there.items() if usable)]),
                fix="take model.device out, or set it to auto",
            )
        )
    return torch.device(asked), "asked for"


def _choose_precision(asked: str, device: torch.device) -> tuple[Precision, str]:
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
        auto: tuple[Precision, str] = (
            ("bf16", "the GPU multiplies bfloat16 natively, with float32's range")
            if fast
            else ("fp16", "the GPU has no bfloat16; float16 with loss scaling")
        )
    else:
        auto = ("fp32", f"exact, and half precision is no faster on {device.type}")
    if asked == "auto":
        return auto
    if asked == "fp16" and device.type == "cpu":
        raise RecipeError(
            Problem(
                "recipe/precision",
                "train.precision",
                "fp16 cannot be trained on a CPU: its gradients underflow without loss scaling, which needs a GPU",
                expected="fp32 or bf16",
                fix="set train.precision to auto",
            )
        )
    for precision in DTYPES:
        if asked == precision:
            return precision, "asked for"
    raise RecipeError(Problem("recipe/precision", "train.precision", f"{asked!r}", expected=", ".join(DTYPES)))
