"""Processes that die: their task is begun again, then given up; the others go on, and none outlives its sweep."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from lensmith.errors import DataError, Problem
from lensmith.sweep.pools import TRIES, Here, Processes, WorkerDiedError

Task = tuple[str, Path]


def work(task: Task) -> str:
    """Does what the task's first word says, and leaves a line in its file each time it is begun."""
    what, file = task
    with file.open("a", encoding="utf-8") as stream:
        stream.write(f"{os.getpid()}\n")
    begun = len(file.read_text().splitlines())
    if what == "die" or (what == "die once" and begun == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "refuse":
        raise DataError(Problem("data/слово", "строка 7", "нет слова"))
    if what == "break":
        raise ZeroDivisionError
    if what == "tell":
        return multiprocessing.get_start_method()
    if what == "hang":
        time.sleep(600)
    return f"{what} {begun}"


def begun(file: Path) -> int:
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_a_task_outlives_its_process_and_a_deadly_one_takes_no_other_with_it(tmp_path: Path) -> None:
    with Processes(work, 2) as pool:
        deadly = pool.submit(("die", tmp_path / "deadly"))
        others = [pool.submit((what, tmp_path / f"{at}")) for at, what in enumerate(["do", "die once", "refuse", "do"])]
        assert others[0].result() == "do 1"
        assert others[1].result() == "die once 2"
        with pytest.raises(DataError, match="нет слова"):
            others[2].result()
        assert others[3].result() == "do 1"
        with pytest.raises(WorkerDiedError, match="SIGKILL"):
            deadly.result()
    assert begun(tmp_path / "deadly") == TRIES


def test_what_a_process_starts_is_started_as_anywhere_else(tmp_path: Path) -> None:
    """Not as it was itself: a loader's processes would each import everything, for every validation."""
    with Processes(work, 1) as pool:
        assert pool.submit(("tell", tmp_path / "told")).result() == multiprocessing.get_start_method()


def test_an_error_nobody_foresaw_is_not_tried_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Processes(work, 1) as pool:
        with pytest.raises(WorkerDiedError, match="code 1"):
            pool.submit(("break", tmp_path / "broken")).result()
        assert pool.submit(("do", tmp_path / "next")).result() == "do 1"
    assert begun(tmp_path / "broken") == 1
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_an_interruption_ends_the_processes_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Processes(work, 1) as pool:
        pool.submit(("hang", tmp_path / "hung"))
        pool.submit(("do", tmp_path / "waiting"))
        while not begun(tmp_path / "hung"):
            time.sleep(0.02)
        raise KeyboardInterrupt
    assert time.monotonic() - began < 300, "it waited for what hung"
    pid = int((tmp_path / "hung").read_text())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert not begun(tmp_path / "waiting")


def test_in_this_process_a_refusal_is_the_futures_and_a_bug_is_raised(tmp_path: Path) -> None:
    with Here(work) as pool:
        with pytest.raises(DataError):
            pool.submit(("refuse", tmp_path / "a")).result()
        with pytest.raises(ZeroDivisionError):
            pool.submit(("break", tmp_path / "b"))


def test_who_waits_for_processes_loads_no_torch() -> None:
    program = "import sys, lensmith.workflows.sweep; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
