"""What a machine does wrong in the middle of a run, told as problems: no memory, no room on the disk, a lost picture.

Nothing is mended here. A run that stops for one of these keeps its last whole checkpoint, and the same command goes on
from there.
"""

import errno
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor

from lensmith.errors import DataError, LensmithError, Problem, RunError
from lensmith.rundir import RunDir
from lensmith.training.checkpoints import find_checkpoints

# What allocators say where they raise no error of a kind of its own.
_NO_MEMORY = (
    "out of memory",  # CUDA, MPS, XPU
    "can't allocate memory",  # torch's allocator for the CPU
    "not enough memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)
# A full disk, a quota, and a limit on the size of files.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# torch.save tells a failed write in these words, and gives no number.
_FAILED_WRITES = ("iostream error", "file write failed", "unexpected pos")

TRAINING_MEMORY = "lower train.batch_size and raise train.accumulate as much, or set train.gradient_checkpointing: true"
ANSWERING_MEMORY = "lower evaluate.batch_size; the answers stay the same"


def is_out_of_memory(error: BaseException) -> bool:
    """True when this error is an allocator's."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_MEMORY)


def is_disk_full(error: BaseException) -> bool:
    """True when this error, or one it came from, is that a file could not grow."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        if isinstance(at, OSError) and at.errno in _NO_ROOM:
            return True
        if isinstance(at, SafetensorError) and any(f"(os error {number})" in str(at) for number in _NO_ROOM):
            return True
        if isinstance(at, RuntimeError) and any(words in str(at) for words in _FAILED_WRITES):
            return True
        at = at.__cause__ or at.__context__
    return False


@contextmanager
def tell_faults(run: RunDir) -> Iterator[None]:
    """Turns what the machine refuses into a problem that says what is kept and what to change.

    Args:
        run: the folder that is written to.

    Raises:
        RunError: `run/out-of-memory` or `run/disk-full`.
    """
    try:
        with _tell_memory(TRAINING_MEMORY):
            yield
    except (RuntimeError, OSError, SafetensorError) as error:
        if is_disk_full(error):
            raise _no_room(run.path, f"nothing more can be written: {_first_line(error)}") from error
        raise


@contextmanager
def tell_answering_faults() -> Iterator[None]:
    """The same while questions are answered: memory names the setting of answers, a lost picture is a RunError."""
    with tell_lost_pictures(), _tell_memory(ANSWERING_MEMORY):
        yield


@contextmanager
def tell_lost_pictures() -> Iterator[None]:
    """Turns what is wrong with a picture, once a run is under way, into a RunError that names it.

    Raises:
        RunError: `run/picture-lost`.
    """
    try:
        yield
    except DataError as error:
        lost = [problem for problem in error.problems if problem.code.endswith("-image")]
        if not lost:
            raise
        raise RunError(
            Problem(
                "run/picture-lost",
                lost[0].where,
                f"it could be read when the run began, and not now: {lost[0].found}",
                consequence="without it the result would be another one, so the run stops; what was written is kept",
                fix="put the picture back and give the same command again",
            )
        ) from error


@contextmanager
def _tell_memory(fix: str) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error) and not isinstance(error, LensmithError):
            raise no_memory(f"there is not enough of it: {_first_line(error)}", fix) from error
        raise


def require_room(folder: Path, needed_bytes: int, what: str) -> None:
    """Stops before something is written that would not fit.

    Args:
        folder: where it would be written.
        needed_bytes: how much, at least.
        what: that is, in words.

    Raises:
        RunError: `run/disk-full`, with how much is missing.
    """
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        missing = f"{_size(needed_bytes - free_bytes)} are missing"
        found = f"no room for {what}: it takes {_size(needed_bytes)}, {_size(free_bytes)} are free, {missing}"
        raise _no_room(folder.parent, found)


def state_bytes(tensors: Iterable[Tensor]) -> int:
    """What these tensors take when they are written."""
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def no_memory(found: str, fix: str) -> RunError:
    """The problem of a run that memory does not suffice for."""
    kept = "what was written is kept; the same command goes on from there"
    return RunError(Problem("run/out-of-memory", "memory", found, consequence=kept, fix=fix))


def _no_room(run: Path, found: str) -> RunError:
    whole = find_checkpoints(run / "checkpoints")
    kept = f"the checkpoint of step {whole[-1].step} is whole" if whole else "there is no checkpoint yet"
    return RunError(
        Problem(
            "run/disk-full",
            str(run),
            found,
            consequence=f"the run stops; {kept}, and what was written before is kept",
            fix=f"make room ({_size(shutil.disk_usage(run).free)} are free) and give the same command again",
        )
    )


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]


def _size(size_bytes: int) -> str:
    """Bytes as a person says them.

    >>> _size(0), _size(2_400), _size(7_312_000), _size(2_500_000_000)
    ('0.0 MB', '0.1 MB', '7.4 MB', '2.5 GB')
    """
    if size_bytes < 1e9:
        return f"{-(-size_bytes // 100_000) / 10:.1f} MB"
    return f"{size_bytes / 1e9:.1f} GB"
