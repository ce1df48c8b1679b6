"""A sweep whose processes are killed, or that is interrupted: what was begun is taken up, what cannot be is told."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from test_sweep_journey import write

from lensmith.lab.worlds.shapes import make_shapes
from lensmith.sweep.pools import TRIES

LONG = "epochs: 1,", "epochs: 4, save_every: 2,"
TWO = "sweep: {search: random, workers: 2, trials: 2, space: {tune.lora.r: [2, 4, 8]}}\n"
SECONDS_LIMIT = 1500


@pytest.fixture
def recipe(tmp_path: Path, llava: Path) -> Path:
    """Two runs at a time that take some seconds each."""
    make_shapes(tmp_path / "world", pictures=48, seed=0)
    shutil.copytree(llava, tmp_path / "base")
    path = write(tmp_path, TWO)
    path.write_text(path.read_text("utf-8").replace(*LONG), encoding="utf-8")
    return path


@contextmanager
def sweep(recipe: Path, out: str, *more: str) -> Iterator["subprocess.Popen[str]"]:
    """The command in a process group of its own; nothing of it is left afterwards."""
    command = [sys.executable, "-m", "lensmith", "sweep", str(recipe), "--out", out, "--json", *more]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    started = subprocess.Popen(command, cwd=recipe.parent, start_new_session=True, **pipes)
    try:
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
            started.communicate()


def wait_for(started: "subprocess.Popen[str]", seen: Callable[[], Any]) -> Any:
    """What `seen` answers, once that is something."""
    limit = time.monotonic() + SECONDS_LIMIT
    while not (found := seen()):
        assert started.poll() is None, started.communicate()[1][-3000:]
        assert time.monotonic() < limit
        time.sleep(0.02)
    return found


def holder(run: Path) -> int | None:
    """The process that works in a run folder, once it has a checkpoint there and has gone on from it."""
    log = run / "metrics.jsonl"
    if not log.exists() or log.read_text("utf-8").count('"loss"') < 2:
        return None
    pid = (run / ".lock").read_text().split(" ")[0]
    return int(pid) if pid and psutil.pid_exists(int(pid)) and is_alive(psutil.Process(int(pid))) else None


def is_alive(process: psutil.Process) -> bool:
    """False for one that has ended and that nobody has asked how."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
@pytest.mark.timeout(SECONDS_LIMIT)
def test_a_killed_run_is_taken_up_and_one_that_always_dies_fails_alone(recipe: Path) -> None:
    trials = recipe.parent / "s" / "trials"
    with sweep(recipe, "s") as started:
        os.kill(wait_for(started, lambda: holder(trials / "trial-001" / "seed-3")), signal.SIGKILL)
        killed: set[int] = set()
        while len(killed) < TRIES:
            pid = wait_for(started, lambda: holder(trials / "trial-000" / "seed-3"))
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
            wait_for(started, lambda pid=pid: not psutil.pid_exists(pid))
        told, narrated = started.communicate()
    assert started.returncode == 0, narrated[-3000:]
    assert "going on after step" in narrated
    outcome = json.loads(told)
    assert [row["name"] for row in outcome["settings"]] == ["trial-001"]
    (failed,) = outcome["unfinished"]
    assert (failed["name"], failed["ended"]) == ("trial-000", "failed")
    assert "SIGKILL" in failed["reason"]
    assert (recipe.parent / "s" / "sweep.html").exists()
    assert told_to_optuna(recipe.parent / "s") == ["FAIL", "COMPLETE"]


def told_to_optuna(folder: Path) -> list[str]:
    """The states of the search's points."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    storage = JournalStorage(JournalFileBackend(str(folder / "journal.log")))
    return [trial.state.name for trial in optuna.load_study(study_name="sweep", storage=storage).get_trials()]


@pytest.mark.slow
@pytest.mark.timeout(SECONDS_LIMIT)
def test_a_killed_and_an_interrupted_sweep_leave_no_process_and_are_taken_up(recipe: Path) -> None:
    run = recipe.parent / "s" / "trials" / "trial-000" / "seed-3"
    with sweep(recipe, "s") as started:
        wait_for(started, lambda: holder(run))
        children = psutil.Process(started.pid).children(recursive=True)
        started.kill()
        assert children
        wait_until_gone(children)
    with sweep(recipe, "s") as started:
        wait_for(started, lambda: holder(run))
        children = psutil.Process(started.pid).children(recursive=True)
        started.send_signal(signal.SIGINT)
        told, narrated = started.communicate()
    assert (started.returncode, json.loads(told)["problems"][0]["code"]) == (130, "run/interrupted"), narrated[-3000:]
    wait_until_gone(children)
    assert not (run / "failed.json").exists()
    with sweep(recipe, "s") as again:
        told, narrated = again.communicate()
    assert again.returncode == 0, narrated[-3000:]
    assert len(json.loads(told)["settings"]) == 2
    assert "taking up the run in" in narrated


def wait_until_gone(processes: list[psutil.Process]) -> None:
    limit = time.monotonic() + 60
    while any(is_alive(each) for each in processes):
        assert time.monotonic() < limit
        time.sleep(0.05)
