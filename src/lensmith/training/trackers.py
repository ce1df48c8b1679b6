"""A run's numbers in a tracker beside metrics.jsonl: W&B, TensorBoard, trackio, MLflow, by transformers' integrations.

What the trackers' own environment variables say wins. Where they say nothing the project is `lensmith`, the run is
called after its folder, and a run that is taken up goes on where it was.
"""

import importlib
import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lensmith.errors import Problem, RecipeError
from lensmith.rundir import RunDir, is_main_process, read_json, write_json

if TYPE_CHECKING:  # recipes are checked without transformers
    from transformers import TrainerCallback

PROJECT = "lensmith"
NAMES_FILE = "trackers.json"
"""In the run folder: `id`, which tells this run from others of its name, and what MLflow calls it, `mlflow_run`."""


def check_trackers(names: Sequence[str]) -> None:
    """Refuses trackers that are not installed, before anything is loaded.

    Raises:
        RecipeError: names each with the command that installs it.
    """
    absent = [name for name in names if find_spec(name) is None]
    if absent:
        raise RecipeError(
            Problem(
                "recipe/tracker-not-installed",
                "run.trackers",
                f"{name} is not installed",
                fix=f"pip install {name}, or take it out of run.trackers",
            )
            for name in absent
        )


def name_run(run: Path) -> str:
    """The run's name in every tracker: its folder's, and a few letters that stay with the folder."""
    return f"{run.name}-{_names(run)['id']}"


@contextmanager
def follow(run: RunDir, names: Sequence[str]) -> Iterator[list["TrainerCallback"]]:
    """The callbacks that report to the trackers; at the end their runs are finished.

    Args:
        run: the folder.
        names: of the trackers; none: no callback.
    """
    if not names or not is_main_process():
        yield []
        return
    with _environment(_settings(run.path)):
        callbacks = [_MAKERS[name](run.path) for name in names]
        try:
            yield [*callbacks, *([_remember_mlflow(run.path)] if "mlflow" in names else [])]
        finally:
            # the integrations leave this to the end of training or of the process, which may hold more runs
            if "wandb" in names:
                importlib.import_module("wandb").finish()
            if "mlflow" in names:
                importlib.import_module("mlflow").end_run()


def _settings(run: Path) -> dict[str, str]:
    """Environment variables that the integrations read."""
    names = _names(run)
    mlflow = {"MLFLOW_RUN_ID": names["mlflow_run"]} if "mlflow_run" in names else {}
    return {
        "WANDB_PROJECT": PROJECT,
        "WANDB_RUN_ID": names["id"],
        "WANDB_RESUME": "allow",
        "WANDB_DIR": str(run),
        "MLFLOW_EXPERIMENT_NAME": PROJECT,
        **mlflow,
    }


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Sets what is not set, and takes it back."""
    added = {name: value for name, value in settings.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _names(run: Path) -> dict[str, str]:
    """What `NAMES_FILE` holds, which is written on the first call."""
    path = run / NAMES_FILE
    if not path.exists():
        write_json(path, {"id": uuid.uuid4().hex[:8]})
    return dict(read_json(path))


def _make_tensorboard(run: Path) -> "TrainerCallback":
    from torch.utils.tensorboard import SummaryWriter
    from transformers.integrations import TensorBoardCallback

    class GoingOn(TensorBoardCallback):  # type: ignore[misc]
        """Tells TensorBoard to forget what was written after the step that the run goes on from: it comes again."""

        def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
            self._open(state)
            super().on_train_begin(args, state, control, **given)

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **given: Any) -> None:
            self._open(state)
            super().on_log(args, state, control, logs=logs, **given)

        def _open(self, state: Any) -> None:
            if self.tb_writer is None:
                forgotten = state.global_step + 1 if state.global_step else 0
                self.tb_writer: Any = SummaryWriter(str(run / "tensorboard"), purge_step=forgotten)

    return GoingOn()


def _make_wandb(run: Path) -> "TrainerCallback":
    from transformers.integrations import WandbCallback

    return WandbCallback()


def _make_trackio(run: Path) -> "TrainerCallback":
    from transformers.integrations import TrackioCallback

    return TrackioCallback()


def _make_mlflow(run: Path) -> "TrainerCallback":
    from transformers.integrations import MLflowCallback

    return MLflowCallback()


_MAKERS = {"tensorboard": _make_tensorboard, "wandb": _make_wandb, "trackio": _make_trackio, "mlflow": _make_mlflow}


def _remember_mlflow(run: Path) -> "TrainerCallback":
    """Writes down what MLflow calls the run, once it has begun there."""
    from transformers import TrainerCallback

    class Remember(TrainerCallback):  # type: ignore[misc]
        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            active = importlib.import_module("mlflow").active_run()
            if active is not None:
                write_json(run / NAMES_FILE, {**_names(run), "mlflow_run": active.info.run_id})

    return Remember()
