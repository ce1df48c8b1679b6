"""The last good state of a training, kept in the machine's main memory, and the way back to it.

Kept are the trained tensors and the optimiser's state: for LoRA some megabytes, for full tuning with Adam about three
times the trained weights. Data order, step count and schedule go on; only the rate is cut.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lensmith.ranks import count_local_ranks
from lensmith.rundir import read_json, write_json
from lensmith.training.shards import part_state, put, whole, whole_state

TENSORS, NUMBERS = "good.safetensors", "good.json"
_MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True, slots=True)
class GoodState:
    """A state to go back to.

    Attributes:
        step: after which it was taken.
        tensors: the trained ones, by name.
        optimizer: the optimiser's state of each parameter.
        pulse: what was usual then.
    """

    step: int
    tensors: dict[str, Tensor]
    optimizer: dict[Any, Any]
    pulse: dict[str, Any]


def take_state(step: int, model: nn.Module, optimizer: Any, pulse: dict[str, Any]) -> GoodState:
    """A copy in main memory, whole in each of several processes, however the tensors are spread."""
    tensors = {name: whole(value.detach()).to("cpu", copy=True) for name, value in _trained(model)}
    return GoodState(step, tensors, _copied(whole_state(optimizer)["state"], "cpu"), deepcopy(pulse))


def save_state(good: GoodState, folder: Path) -> None:
    """Writes the state beside a checkpoint's files; `load_state` reads it."""
    tensors = {f"trained.{name}": value for name, value in good.tensors.items()}
    numbers: dict[str, dict[str, Any]] = {}
    for index, state in good.optimizer.items():
        for key, value in _flat(state):
            if isinstance(value, Tensor):
                tensors[f"optimizer.{index}.{key}"] = value.contiguous()
            else:
                numbers.setdefault(str(index), {})[key] = value
    save_file(tensors, folder / TENSORS)
    write_json(folder / NUMBERS, {"step": good.step, "pulse": good.pulse, "optimizer": numbers})


def load_state(folder: Path) -> GoodState | None:
    """The state that was written there; None where the checkpoint itself is the good state."""
    if not (folder / NUMBERS).exists():
        return None
    stored = read_json(folder / NUMBERS)
    optimizer: dict[Any, Any] = {}
    for index, state in stored["optimizer"].items():
        for key, value in state.items():
            _nest(optimizer.setdefault(int(index), {}), key, value)
    tensors = {}
    for name, value in load_file(folder / TENSORS).items():
        kind, _, rest = name.partition(".")
        if kind == "trained":
            tensors[rest] = value
        else:
            index, _, key = rest.partition(".")
            _nest(optimizer.setdefault(int(index), {}), key, value)
    return GoodState(stored["step"], tensors, optimizer, stored["pulse"])


def restore_state(good: GoodState, model: nn.Module, optimizer: Any) -> None:
    """Puts the tensors and the optimiser's state back; rates stay as they are now."""
    with torch.no_grad():
        for name, value in _trained(model):
            put(value, good.tensors[name])
    groups = optimizer.state_dict()["param_groups"]
    # copied: where no device or type changes, torch would go on working in the very tensors that are kept
    optimizer.load_state_dict(part_state(optimizer, {"state": _copied(good.optimizer, None), "param_groups": groups}))


def cut_rate(optimizer: Any, scheduler: Any, factor: float) -> None:
    """Multiplies the learning rate by `factor`, now and for the rest of the schedule; checkpoints keep it so."""
    for group in optimizer.param_groups:
        for key in ("lr", "initial_lr"):
            if key in group:
                group[key] = group[key] * factor
    for name in ("base_lrs", "_last_lr"):
        if hasattr(scheduler, name):
            setattr(scheduler, name, [rate * factor for rate in getattr(scheduler, name)])


def fits_memory(model: nn.Module) -> bool:
    """True where a copy with Adam's two moments takes at most half of the memory that is free, or that is not known.

    Each process on the machine keeps one.
    """
    copies = 3 * count_local_ranks()
    wanted = copies * sum(value.numel() * value.element_size() for _, value in _trained(model))
    if not _MEMINFO.exists():
        return True
    lines = dict(line.split(":", 1) for line in _MEMINFO.read_text(encoding="ascii").splitlines())
    free_kib = int(lines.get("MemAvailable", "0 kB").split()[0])
    return free_kib == 0 or wanted <= free_kib * 1024 // 2


def _trained(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    return ((name, value) for name, value in model.named_parameters() if value.requires_grad)


def _flat(state: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every value by its key; values of a dictionary inside, which bitsandbytes has, by `outer/inner`."""
    for key, value in state.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}/")
        else:
            yield f"{before}{key}", value


def _nest(state: dict[str, Any], key: str, value: Any) -> None:
    """Puts a value where `_flat` found it."""
    *outer, last = key.split("/")
    for name in outer:
        state = state.setdefault(name, {})
    state[last] = value


def _copied(state: Any, device: str | None) -> Any:
    """State as optimisers hold it, its tensors copied, to `device` or where they are."""
    if isinstance(state, Tensor):
        return state.detach().to(device, copy=True) if device else state.detach().clone()
    if isinstance(state, dict):
        return {key: _copied(value, device) for key, value in state.items()}
    return deepcopy(state)
