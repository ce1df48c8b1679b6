"""Trackers get what metrics.jsonl gets, a run that is taken up goes on where it was, a missing one is told first."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from small_runs import (
    Interrupting,
    InterruptionError,
    encode,
    make_examples,
    make_module,
    make_recipe,
    read_log,
    watch_loss,
)

from lensmith.cli import main
from lensmith.config.sections import Recipe
from lensmith.families.placement import choose_placement
from lensmith.rundir import RunDir, read_json
from lensmith.training.fit import Course, fit, make_arguments
from lensmith.training.trackers import PROJECT, check_trackers, follow, name_run


def tracked(llava: Path, *trackers: str, **train: Any) -> Recipe:
    recipe = make_recipe(llava, epochs=2, batch_size=2, log_every=1, **train)
    return recipe.model_copy(update={"run": recipe.run.model_copy(update={"trackers": list(trackers)})})


def train(recipe: Recipe, out: Path, allowed: int | None = None) -> None:
    """A run of some steps, as a new process would go on with it; the power goes after `allowed` examples."""
    module = make_module(recipe)
    items = encode(module, make_examples(8))
    run = RunDir(out)
    with follow(run, recipe.run.trackers) as watchers:
        course = Course(Interrupting(items, allowed) if allowed else items, lambda: watch_loss(module), watchers)
        fit(module, recipe, choose_placement("cpu", "fp32", full=False), run, course)


def logged(out: Path, key: str) -> dict[int, float]:
    return {row["step"]: row[key] for row in read_log(out) if key in row}


def test_tensorboard_holds_the_loss_of_a_run_that_was_interrupted(llava: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    recipe, out = tracked(llava, "tensorboard", save_every=3), tmp_path / "прогон"
    with pytest.raises(InterruptionError):
        train(recipe, out, allowed=13)  # after the fifth step, which comes again: there is a checkpoint of the fourth
    assert max(logged(out, "loss")) == 5
    train(recipe, out)
    events = EventAccumulator(str(out / "tensorboard")).Reload()
    for tag, key in (("train/loss", "loss"), ("eval/validation_loss", "eval_validation_loss")):
        shown = [(event.step, event.value) for event in events.Scalars(tag)]
        assert [step for step, _ in shown] == list(logged(out, key)), "each step once"
        assert [value for _, value in shown] == pytest.approx(list(logged(out, key).values()))
    assert len(logged(out, "loss")) == 8


def test_wandb_offline_keeps_one_id_and_leaves_the_environment_alone(
    llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wandb = pytest.importorskip("wandb", reason="wandb is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    before = dict(os.environ)
    recipe, out = tracked(llava, "wandb", save_every=3), tmp_path / "run"
    with pytest.raises(InterruptionError):
        train(recipe, out, allowed=13)
    train(recipe, out)
    assert wandb.run is None, "finished, so that another run of this process begins its own"
    written = sorted(out.glob("wandb/offline-run-*/run-*.wandb"))
    assert len(written) == 2
    assert {path.name for path in written} == {f"run-{read_json(out / 'trackers.json')['id']}.wandb"}
    assert {name: value for name, value in os.environ.items() if name.startswith(("WANDB_P", "WANDB_R", "MLFLOW"))} == {
        name: value for name, value in before.items() if name.startswith(("WANDB_P", "WANDB_R", "MLFLOW"))
    }


def test_trackio_holds_the_loss(llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    pytest.importorskip("trackio", minversion="0.20", reason="trackio is not installed")
    import sqlite3

    recipe, out = tracked(llava, "trackio"), tmp_path / "run"
    train(recipe, out)
    (database,) = (tmp_path / "trackio").rglob(f"{PROJECT}*.db")
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT run_name, metrics FROM metrics ORDER BY step").fetchall()
    assert {name for name, _ in rows} == {name_run(out)}
    losses = [json.loads(metrics)["train/loss"] for _, metrics in rows if "train/loss" in json.loads(metrics)]
    assert losses == pytest.approx(list(logged(out, "loss").values()))


def test_mlflow_goes_on_with_its_run(llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow", reason="mlflow is not installed")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    recipe, out = tracked(llava, "mlflow", save_every=3), tmp_path / "run"
    with pytest.raises(InterruptionError):
        train(recipe, out, allowed=13)
    train(recipe, out)
    mlflow.flush_async_logging()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    (found,) = mlflow.search_runs(experiment_names=[PROJECT], output_format="list")
    assert found.info.run_name == name_run(out)
    history = mlflow.MlflowClient().get_metric_history(found.info.run_id, "loss")
    assert {metric.step for metric in history} == set(logged(out, "loss"))


def test_a_run_has_a_name_of_its_own(llava: Path, tmp_path: Path) -> None:
    names = [name_run(tmp_path / place / "run") for place in ("a", "b")]
    assert names[0] != names[1]
    assert all(name.startswith("run-") for name in names)
    assert name_run(tmp_path / "a" / "run") == names[0], "it stays with the folder"
    placement = choose_placement("cpu", "fp32", full=False)
    arguments = make_arguments(tracked(llava, "wandb"), placement, tmp_path / "a" / "run" / "checkpoints")
    assert (arguments.run_name, arguments.project) == (names[0], PROJECT)
    make_arguments(tracked(llava), placement, tmp_path / "c" / "checkpoints")
    assert not (tmp_path / "c").exists(), "a run without trackers writes nothing about them"


def test_trackers_that_are_missing_are_told_together_before_anything_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("wandb", "mlflow"):
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "site-packages" not in path])
    monkeypatch.setattr(
        sys, "meta_path", [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
    )
    (tmp_path / "a.jsonl").write_text('{"image": "a.png", "question": "q", "answer": "a"}\n', encoding="utf-8")
    (tmp_path / "r.yaml").write_text(
        "model: org/m\ndata: a.jsonl\nrun: {trackers: [wandb, mlflow]}\n".replace(
            "data: a.jsonl", "data: {train: a.jsonl}"
        )
    )
    assert main(["train", str(tmp_path / "r.yaml")]) == 2
    told = capsys.readouterr().err
    assert "pip install wandb" in told
    assert "pip install mlflow" in told
    check_trackers([])


def test_a_tracker_that_nobody_knows_is_a_problem_of_the_recipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.yaml").write_text("model: org/m\ndata: {train: org/data}\nrun: {trackers: wandbb}\n")
    assert main(["train", str(tmp_path / "r.yaml")]) == 2
    assert "did you mean `wandb`" in capsys.readouterr().err
