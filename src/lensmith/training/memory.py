"""How much memory training would take, line by line, each with what it rests on."""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from lensmith.config.names import MUON
from lensmith.config.sections import Recipe
from lensmith.families.facts import Facts
from lensmith.families.placement import Placement
from lensmith.families.quantising import find_quantised, quantised_bytes
from lensmith.training.guards.snapshot import fits_memory
from lensmith.training.muon import find_matrices
from lensmith.training.tracing import StepTrace

FLOAT32_BYTES = 4

# Values that an optimiser keeps for each trained one, and the bytes of one of them. Adam keeps two moments; AdEMAMix
# three; plain SGD, as the Trainer sets it up, none. Names that are not here are counted like Adam.
STATES = {
    "sgd": (0, 4),
    "lomo": (0, 4),
    "lion_32bit": (1, 4),
    "paged_lion_32bit": (1, 4),
    "lion_8bit": (1, 1),
    "paged_lion_8bit": (1, 1),
    "adagrad": (1, 4),
    "rmsprop": (1, 4),
    "rmsprop_bnb": (1, 4),
    "rmsprop_bnb_32bit": (1, 4),
    "rmsprop_bnb_8bit": (1, 1),
    "schedule_free_sgd": (1, 4),
    "adamw_torch": (2, 4),
    "adamw_torch_fused": (2, 4),
    "adamw_torch_xla": (2, 4),
    "adamw_torch_npu_fused": (2, 4),
    "paged_adamw_32bit": (2, 4),
    "adamw_8bit": (2, 1),
    "adamw_bnb_8bit": (2, 1),
    "paged_adamw_8bit": (2, 1),
    "adamw_torch_8bit": (2, 1),
    "ademamix": (3, 4),
    "paged_ademamix_32bit": (3, 4),
    "ademamix_8bit": (3, 1),
    "paged_ademamix_8bit": (3, 1),
}
LIKE_ADAM = (2, 4)
# Tensors of fewer values keep 32-bit states under 8-bit optimisers; larger ones add a float32 for each block of 256.
SMALL_VALUES = 4096
BLOCK_VALUES = 256
FACTORED = {"adafactor", "adalomo"}
# What Linux's C library keeps of memory that a step has freed, in activations, by `bench/memory.py`. Tensors of 32 MiB
# or more go back at once, so a large model keeps less.
FREED = 1.5


@dataclass(frozen=True, slots=True)
class MemoryLine:
    """One thing that takes memory, and why so much."""

    name: str
    size_bytes: int
    assumption: str


@dataclass(frozen=True, slots=True)
class MemoryEstimate:
    """What one process takes at the worst moment of a training step.

    Attributes:
        lines: what adds up to the total.
        available_bytes: what the device has in all; None where that is not known.
        missing: what is not in the total, in words; empty: nothing that is known of.
    """

    lines: tuple[MemoryLine, ...]
    available_bytes: int | None
    missing: str

    @property
    def total_bytes(self) -> int:
        """The sum of the lines."""
        return sum(line.size_bytes for line in self.lines)


def estimate_memory(
    model: nn.Module, facts: Facts, recipe: Recipe, placement: Placement, *, longest: StepTrace | None = None
) -> MemoryEstimate:
    """Adds up weights, gradients, optimiser and, where a step could be traced, everything that lives during a step.

    On a CPU also what shares main memory with them: the libraries, and the state that guards go back to.

    Args:
        model: tuned as for training, in the formats it would be held in; storage is not needed.
        facts: of its family.
        recipe: its tune, train and keep sections are read.
        placement: where it would run.
        longest: a step over the longest examples; without it activations are missing from the estimate.
    """
    trained = [value for value in model.parameters() if value.requires_grad]
    frozen = [value for value in model.parameters() if not value.requires_grad]
    rounded, widest = _rounded_weights(model, facts, recipe)
    gradients = _size_bytes(trained)
    states = _states(model, recipe.train.optimizer)
    held = _size_bytes(value for value in [*frozen, *model.buffers()] if id(value) not in rounded)
    how = f"held in {_formats(frozen)}" + (f", {len(rounded)} layers in {recipe.tune.quantise}" if rounded else "")
    lines = [
        MemoryLine("frozen weights", held + sum(rounded.values()), how),
        MemoryLine("trained weights", gradients, f"held in {_formats(trained)}"),
        MemoryLine("gradients", gradients, "one for each trained value, in its format"),
        MemoryLine("optimiser", states, _explain_states(recipe.train.optimizer)),
    ]
    if recipe.keep.kl and recipe.tune.method == "full":
        beside = placement.weights_dtype.itemsize * sum(value.numel() for value in trained)
        lines.append(MemoryLine("base beside the model", beside, "keep.kl: what is trained, as it was before"))
    if longest is not None:
        lines.append(_activations(longest, gradients, recipe, placement))
    if widest:
        lines.append(MemoryLine("one layer written out", widest, "the widest of the rounded ones, while it computes"))
    missing = [] if longest else ["activations, because no training step could be traced"]
    if recipe.keep.scale != 1.0 and recipe.tune.method == "full":
        missing.append(_explain_scaling(model, trained, placement))
    if placement.device.type == "cpu":
        kept = gradients + states if fits_memory(model) else 0
        lines.append(MemoryLine("last good state", kept, "of what is trained, for guards to go back to"))
        lines.append(MemoryLine("program", _program_bytes(), "libraries, as many as this process holds now"))
        if sys.platform == "linux":
            freed = sum(line.size_bytes for line in lines if line.name == "activations")
            how = f"{FREED:g} times the activations, as small models were seen to keep; large ones keep less"
            lines.append(MemoryLine("freed, not given back", int(FREED * freed), how))
    else:
        if longest and recipe.train.activation_offloading:
            missing.append(f"{longest.waiting_bytes / 2**20:,.0f} MiB of main memory, where activations wait")
        missing.append("the program itself, some hundreds of MiB")
    if placement.device.type == "cuda":
        missing.append("the CUDA context and what the allocator keeps in reserve")
    return MemoryEstimate(tuple(lines), find_available_bytes(placement.device), ", ".join(missing))


def _explain_scaling(model: nn.Module, trained: list[nn.Parameter], placement: Placement) -> str:
    """What `Blend` and the base it begins from take, at another moment than the worst of a step."""
    again = placement.weights_dtype.itemsize * sum(value.numel() for value in model.parameters())
    copies = 2 * FLOAT32_BYTES * sum(value.numel() for value in trained)
    size = f"{(again + copies) / 2**20:,.0f} MiB of main memory"
    return f"after training {size} for keep.scale: the base once more and two float32 copies of what was trained"


def _rounded_weights(model: nn.Module, facts: Facts, recipe: Recipe) -> tuple[dict[int, int], int]:
    """Bytes of every weight that is quantised, by its `id`, and of the largest one while it is written out."""
    quantise = recipe.tune.quantise
    if quantise == "none":
        return {}, 0
    weights: list[Any] = [model.get_submodule(name).weight for name in find_quantised(model, facts)]
    sizes = {id(weight): quantised_bytes(weight.numel(), quantise, len(weight)) for weight in weights}
    return sizes, max(_size_bytes([weight]) for weight in weights)


def _states(model: nn.Module, optimizer: str) -> int:
    """What the optimiser keeps for all that is trained."""
    config: Any = getattr(model, "config", None)
    vocabulary = int(config.get_text_config().vocab_size) if config is not None else 2**31
    matrices = find_matrices(model, vocabulary) if optimizer == MUON else set()
    embeddings = {id(layer.weight) for layer in model.modules() if isinstance(layer, nn.Embedding)}
    total = 0
    for value in model.parameters():
        if value.requires_grad:
            how = optimizer
            if optimizer == MUON and id(value) not in matrices:
                how = "adamw_torch"
            elif id(value) in embeddings:
                how = _unrounded(optimizer)
            total += state_bytes(how, tuple(value.shape))
    return total


def _unrounded(optimizer: str) -> str:
    """How an embedding's states are kept: transformers leaves them in 32 bits where bitsandbytes rounds the others."""
    if "8bit" not in optimizer or "torch" in optimizer:
        return optimizer
    count, _ = STATES.get(optimizer, LIKE_ADAM)
    return {1: "lion_32bit", 2: "adamw_torch", 3: "ademamix"}[count]


def _program_bytes() -> int:
    """What this process holds now; 0 where the system does not say."""
    path = Path("/proc/self/statm")
    return int(path.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") if path.exists() else 0


def state_bytes(optimizer: str, shape: tuple[int, ...]) -> int:
    """Bytes of optimiser state for one trained tensor of this shape.

    >>> state_bytes("adamw_torch", (100, 100)), state_bytes("sgd", (100, 100)), state_bytes("adafactor", (100, 100))
    (80000, 0, 800)
    """
    values = torch.Size(shape).numel()
    if optimizer == MUON and len(shape) >= 2:
        return FLOAT32_BYTES * values  # one moment
    if optimizer in FACTORED:
        factored = len(shape) >= 2
        return FLOAT32_BYTES * (values // shape[-1] + values // shape[-2] if factored else values)
    count, each_bytes = STATES.get(optimizer, LIKE_ADAM)
    if each_bytes == FLOAT32_BYTES or values < SMALL_VALUES:
        return count * FLOAT32_BYTES * values
    return count * (each_bytes * values + FLOAT32_BYTES * -(-values // BLOCK_VALUES))


def find_available_bytes(device: torch.device) -> int | None:
    """The memory that the device has in all, or None where it does not say."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    if device.type == "cpu" and hasattr(os, "sysconf"):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def _activations(longest: StepTrace, gradients: int, recipe: Recipe, placement: Placement) -> MemoryLine:
    """What lives in a step beyond the gradients: at the worst moment of the passes, or in the optimiser's own step."""
    # A traced step makes its gradients as it goes. When steps are accumulated they are there from the start.
    in_passes = longest.peak_bytes - (gradients if recipe.train.accumulate == 1 else 0)
    # On a GPU torch's AdamW updates all tensors at once, and holds the root of every second moment meanwhile.
    in_update = gradients if placement.device.type == "cuda" and recipe.train.optimizer == "adamw_torch" else 0
    train = recipe.train
    how = "recomputed in the backward pass" if train.gradient_checkpointing else "all kept for the backward pass"
    how += ", in main memory" if train.activation_offloading and placement.device.type != "cpu" else ""
    assumption = (
        f"a step over the longest examples, {longest.tokens} tokens with padding, traced tensor by tensor; "
        f"{how}; logits of answer tokens only"
    )
    return MemoryLine("activations", max(in_passes, in_update), assumption)


def _explain_states(optimizer: str) -> str:
    if optimizer in FACTORED:
        return f"{optimizer}: one float32 for each row and column of a trained matrix"
    if optimizer == MUON:
        return "muon: one float32 for each value of a linear layer's or patch embedding's weight, two for each other"
    if optimizer not in STATES:
        return f"{optimizer} is counted like AdamW: two float32 for each trained value"
    count, each_bytes = STATES[optimizer]
    if count == 0:
        return f"{optimizer} keeps nothing"
    return f"{optimizer}: {count} × {each_bytes} bytes for each trained value"


def _formats(values: Iterable[torch.Tensor]) -> str:
    return " and ".join(sorted({str(value.dtype).removeprefix("torch.") for value in values})) or "nothing"


def _size_bytes(values: Iterable[torch.Tensor]) -> int:
    return sum(value.numel() * value.element_size() for value in values)
