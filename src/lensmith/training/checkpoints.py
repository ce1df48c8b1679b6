"""Checkpoints that are whole or do not count: a manifest with each file's hash is written last.

A checkpoint is a folder `checkpoint-STEP` with the trained tensors (`trained.safetensors`), optimiser, schedule and
random states as transformers writes them, and `manifest.json`. One without a manifest, or with a file that
does not match it, was cut by a kill or spoilt since; it is passed over and the one before it is used.
"""

import hashlib
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from lensmith.errors import Problem, RunError
from lensmith.rundir import read_json, write_json
from lensmith.training.shards import put, whole

TRAINED = "trained.safetensors"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, order=True)
class Checkpoint:
    """A whole checkpoint: the optimiser step it was taken after, and its folder."""

    step: int
    path: Path


def save_trained(model: nn.Module, folder: Path, *, writes: bool = True) -> None:
    """Writes every parameter that is trained, under its name in `model`, to `folder/trained.safetensors`.

    Args:
        model: of whose weights each process may hold a part; then all must come here.
        folder: of the checkpoint.
        writes: False in all processes but one.
    """
    tensors: dict[str, Tensor] = {}
    for name, value in model.named_parameters():
        if value.requires_grad:
            full = whole(value)
            if writes:
                tensors[name] = full.detach().cpu().contiguous()
    if writes:
        folder.mkdir(parents=True, exist_ok=True)
        save_file(tensors, folder / TRAINED)


def load_trained(model: nn.Module, folder: Path) -> None:
    """Puts `folder/trained.safetensors` into the model's trained parameters.

    Raises:
        RunError: the names or shapes are not exactly those the model trains.
    """
    stored = load_file(folder / TRAINED)
    trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
    different = sorted(
        {*stored.keys() ^ trained.keys()}
        | {name for name in stored.keys() & trained.keys() if stored[name].shape != trained[name].shape}
    )
    if different:
        raise RunError(
            Problem(
                "run/other-checkpoint",
                str(folder / TRAINED),
                f"{len(different)} tensors are not those this recipe trains, the first {different[0]}",
                fix="resume with the recipe the run began with, or start a new run folder",
            )
        )
    with torch.no_grad():
        for name, value in trained.items():
            put(value, stored[name])


def seal(folder: Path) -> None:
    """Declares a checkpoint whole: every file is on the disk and its hash in the manifest."""
    hashes = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name != MANIFEST:
            hashes[path.name] = _hash(path)
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    write_json(folder / MANIFEST, {"sha256": hashes})


def unseal(folder: Path) -> None:
    """Takes the declaration back, before files are written again."""
    (folder / MANIFEST).unlink(missing_ok=True)


def find_checkpoints(folder: Path) -> list[Checkpoint]:
    """The sealed checkpoints, oldest first; their files are not read."""
    found = []
    for path in folder.glob("checkpoint-*"):
        number = path.name.removeprefix("checkpoint-")
        if number.isdigit() and (path / MANIFEST).exists():
            found.append(Checkpoint(int(number), path))
    return sorted(found)


def is_whole(checkpoint: Checkpoint) -> bool:
    """True when every file is there with the hash that the manifest states."""
    try:
        hashes = read_json(checkpoint.path / MANIFEST)["sha256"]
        hashes[TRAINED]  # a manifest that does not name what was trained declares nothing
        return all(_hash(checkpoint.path / name) == value for name, value in hashes.items())
    except (RunError, OSError, KeyError, TypeError, AttributeError):
        return False


def is_last(checkpoint: Checkpoint) -> bool:
    """True when training ended with this checkpoint: no step is left."""
    state = read_json(checkpoint.path / "trainer_state.json")
    return bool(state["global_step"] >= state["max_steps"])


def newest_whole(folder: Path) -> tuple[Checkpoint | None, list[Path]]:
    """The last checkpoint that can be trusted, and the newer folders that cannot."""
    spoilt: list[Path] = []
    for checkpoint in reversed(find_checkpoints(folder)):
        if is_whole(checkpoint):
            newer = [path for path in folder.glob("checkpoint-*") if _step(path) > checkpoint.step]
            return checkpoint, sorted({*spoilt, *newer})
        spoilt.append(checkpoint.path)
    return None, sorted(folder.glob("checkpoint-*")) if folder.exists() else []


def keep_only(folder: Path, steps: Collection[int]) -> None:
    """Removes checkpoints of other steps than these; each loses its manifest first."""
    for path in folder.glob("checkpoint-*"):
        if _step(path) not in steps:
            unseal(path)
            shutil.rmtree(path)


def remember_best(folder: Path, step: int, metric: str, value: float) -> None:
    """Writes down which step is best so far, beside the checkpoints."""
    write_json(folder / "best.json", {"step": step, "metric": metric, "value": value})


def _step(path: Path) -> int:
    number = path.name.removeprefix("checkpoint-")
    return int(number) if number.isdigit() else -1


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
