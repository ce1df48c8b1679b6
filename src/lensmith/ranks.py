"""The processes that a launcher started for one run: how many, which one this is, and what they tell each other.

A launcher (torchrun, `accelerate launch`, srun) counts them in WORLD_SIZE and numbers them in RANK. Every process takes
the same steps in the same order; what only the main one may do (writing, narrating) asks
`lensmith.rundir.is_main_process`. Before `join`, and where there is one process, nobody is waited for.
"""

import os
from datetime import timedelta
from typing import Any, TypeVar

from lensmith.errors import Problem, RecipeError

# The others wait for the main process while it scores; longer than this, something has died.
LONGEST_WAIT = timedelta(hours=4)

T = TypeVar("T")


def count_ranks() -> int:
    """The processes of this run."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def count_local_ranks() -> int:
    """Those of them on this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def own_rank() -> int:
    """This process's number; 0 is the main one."""
    return int(os.environ.get("RANK", "0"))


def own_local_rank() -> int:
    """This process's number on its machine."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def shards_weights() -> bool:
    """True where the launcher was told to use FSDP: each process keeps a part of what is trained."""
    return count_ranks() > 1 and os.environ.get("ACCELERATE_USE_FSDP", "false").lower() in ("1", "true", "yes")


def describe_ranks() -> str:
    """How the processes share a training, in a word."""
    return "alone" if count_ranks() == 1 else "FSDP2" if shards_weights() else "DDP"


def join(device: str) -> None:
    """Lets the processes talk, and gives each its GPU; does nothing where there is one process.

    Args:
        device: as the recipe has it.

    Raises:
        RecipeError: it names one GPU for all, or the launcher asks for the first FSDP.
    """
    if count_ranks() == 1:
        return
    found = "one GPU is named for all processes" if ":" in device else None
    if found:
        fix = "set model.device to auto: each process takes the GPU of its LOCAL_RANK"
        raise RecipeError(Problem("recipe/one-device", "model.device", f"{device}: {found}", fix=fix))
    if shards_weights() and os.environ.get("FSDP_VERSION", "1") != "2":
        found = f"FSDP version {os.environ.get('FSDP_VERSION', '1')} is asked for"
        fix = "set fsdp_version: 2 in the configuration of accelerate, or FSDP_VERSION=2"
        raise RecipeError(Problem("recipe/fsdp-version", "the launcher", found, "version 2", fix=fix))
    # else transformers gives all but one process a model without weights, and each answers questions before training
    os.environ["FSDP_CPU_RAM_EFFICIENT_LOADING"] = "false"
    from accelerate import PartialState  # type: ignore[import-untyped]

    PartialState(cpu=device == "cpu", timeout=LONGEST_WAIT)


def have_joined() -> bool:
    """True where there are several processes, and they can talk."""
    if count_ranks() == 1:
        return False
    from torch import distributed

    return distributed.is_available() and distributed.is_initialized()


def leave() -> None:
    """The end of the talk; all must come to it."""
    if have_joined():
        from torch import distributed

        distributed.destroy_process_group()


def wait_for_all() -> None:
    """Comes back when every process has come here."""
    if have_joined():
        from accelerate import PartialState

        PartialState().wait_for_everyone()


def agree(value: T) -> T:
    """What the main process found, in every process: all must do the same."""
    if not have_joined():
        return value
    from torch import distributed

    box = [value]
    distributed.broadcast_object_list(box, src=0)
    return box[0]


def gather(value: T) -> list[T]:
    """What each process found, in the order of their numbers, in every process."""
    if not have_joined():
        return [value]
    from torch import distributed

    found: list[Any] = [None] * count_ranks()
    distributed.all_gather_object(found, value)
    return found
