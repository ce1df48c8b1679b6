"""The start of a run that several processes do together, on one machine or on many."""

import time
from pathlib import Path

from lensmith.config.sections import Recipe
from lensmith.console import say, warn
from lensmith.errors import Problem, RunError
from lensmith.ranks import agree, count_ranks, describe_ranks, gather, join, own_rank
from lensmith.rundir import RunDir

# A disk that machines share may show a new file late.
PATIENCE_S = 30.0


def meet(run: RunDir, recipe: Recipe) -> None:
    """Lets the processes talk, and makes sure that all see the same run folder; nothing where there is one process.

    Args:
        run: its lock is held.
        recipe: device and size of a step are read.

    Raises:
        RunError: some process sees another folder under that name.
        RecipeError: a setting cannot hold for several processes.
    """
    if count_ranks() == 1:
        return
    join(recipe.model.device)
    written = agree(_read(run / ".lock"))
    blind = [rank for rank, sees in enumerate(gather(_sees(run / ".lock", written))) if not sees]
    if blind:
        raise RunError(
            Problem(
                "run/not-shared",
                str(run.path),
                f"processes {', '.join(map(str, blind))} do not see the folder that process 0 writes to",
                consequence="they could not go on from its checkpoints",
                fix="put the run folder on a disk that all machines share, under the same path",
            )
        )
    questions = recipe.train.batch_size * recipe.train.accumulate
    say(f"{count_ranks()} processes ({describe_ranks()}) share the {questions} questions of a step")
    if questions < count_ranks():
        warn(f"{count_ranks() - questions} processes have nothing to do: raise train.batch_size or train.accumulate")


def _sees(path: Path, written: str) -> bool:
    end = time.monotonic() + (PATIENCE_S if own_rank() else 0.0)
    while _read(path) != written:
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    return True


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
