"""Faults of a machine, made on purpose: every run ends like an undisturbed one, or stops, says why, and goes on later.

Each attempt is `lensmith train` in a forked process, so that imports are paid for once. What happens to it is real:
SIGKILL, a file system without room, a limit on files, bytes changed on the disk, pictures taken away. Nothing of
lensmith is replaced. `LENSMITH_KILLS` says how many kills there are.
"""

import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from test_kills import assert_same, results, write_recipe

from lensmith.training.checkpoints import find_checkpoints, is_whole

KILLS = int(os.environ.get("LENSMITH_KILLS", "10"))
SEED = int(os.environ.get("LENSMITH_KILLS_SEED", "8"))
SECONDS_LIMIT = 600
# Three epochs of a dozen steps: long enough to be disturbed, short enough to be disturbed often.
SMALL = ("data.train.0.limit=100", "data.test.0.limit=12")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(max(1800, 60 * KILLS))]


@dataclass
class Attempt:
    """`lensmith train` in a process of its own.

    Attributes:
        recipe: the file.
        out: the run folder.
        settings: `section.key=value`.
        prepare: called in the new process before anything else.
    """

    recipe: Path
    out: Path
    settings: Sequence[str] = ()
    prepare: Callable[[], object] = lambda: None
    process: Any = field(init=False)

    def __post_init__(self) -> None:
        self.told = self.recipe.parent / f"{self.out.name}.told"
        self.process = multiprocessing.get_context("fork").Process(target=self._run)
        self.process.start()

    def _run(self) -> None:
        from lensmith.cli import main

        os.setpgid(0, 0)
        sys.stdout = self.told.with_suffix(".json").open("w")
        sys.stderr = self.told.open("w")
        os.environ["XDG_CACHE_HOME"] = str(self.recipe.parent / f"{self.out.name}.cache")
        self.prepare()
        words = [word for setting in (*SMALL, *self.settings) for word in ("--set", setting)]
        code = main(["train", str(self.recipe), *words, "--out", str(self.out), "--json"])
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    def wait(self) -> int:
        """Its exit code."""
        self.process.join(SECONDS_LIMIT)
        assert self.process.exitcode is not None, self.narration()
        return int(self.process.exitcode)

    def finish(self) -> None:
        """Waits for an end without a fault."""
        assert self.wait() == 0, self.narration()

    def problem(self) -> dict[str, str]:
        """Waits for the end of the run by a problem, and answers it."""
        assert self.wait() == 1, self.narration()
        found: dict[str, str] = json.loads(self.told.with_suffix(".json").read_text())["problems"][0]
        return found

    def narration(self) -> str:
        return self.told.read_text(errors="replace")

    def kill(self, *, alone: bool = False) -> None:
        """SIGKILL, to its workers too unless it is to die alone."""
        with suppress(ProcessLookupError):
            (os.kill if alone else os.killpg)(self.process.pid, signal.SIGKILL)
        self.process.join()

    def until(self, condition: Callable[[], bool], seconds: float = SECONDS_LIMIT) -> bool:
        """Waits until it is so; False when the process ended, or the time did."""
        ends = time.monotonic() + seconds
        while not condition():
            if self.process.exitcode is not None or time.monotonic() > ends:
                return False
            time.sleep(0.0005)
        return True


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recipe, a world and a base; torch and its like are loaded, for all the forks."""
    import torch

    import lensmith.workflows.train  # noqa: F401

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("faults")
    write_recipe(folder)
    return folder


@dataclass(frozen=True)
class Whole:
    """An undisturbed run: how long it took, and what it left."""

    seconds: float
    results: dict[str, object]


def run_whole(place: Path, name: str, *settings: str) -> Whole:
    began = time.monotonic()
    Attempt(place / "recipe.yaml", place / name, settings).finish()
    return Whole(time.monotonic() - began, results(place / name))


@pytest.fixture(scope="module")
def whole(place: Path) -> Whole:
    return run_whole(place, "whole")


def is_writing(out: Path) -> bool:
    """True while a checkpoint is not sealed yet, or a file not renamed yet."""
    with suppress(FileNotFoundError):
        checkpoints = list((out / "checkpoints").glob("checkpoint-*"))
        drafts = [*out.glob(".*.*"), *(out / "checkpoints").glob("*/.*")]
        return bool(drafts) or any(not (path / "manifest.json").exists() for path in checkpoints)
    return False


def test_kills_at_any_moment(place: Path, whole: Whole, record_property: Callable[[str, object], None]) -> None:
    """One half at a random instant, the other half soon after something begins to be written."""
    chance = random.Random(SEED)
    kills = runs = writing = 0
    while kills < KILLS:
        out = place / f"killed-{runs}"
        while True:
            attempt = Attempt(place / "recipe.yaml", out)
            delay_s, late_s = chance.uniform(0.02, 1.0) * whole.seconds, chance.uniform(0, 0.01)
            aims = chance.random() < 0.5
            attempt.process.join(delay_s if kills < KILLS else SECONDS_LIMIT)
            if aims and attempt.until(lambda out=out: is_writing(out), whole.seconds):  # type: ignore[misc]
                writing += 1
                time.sleep(late_s)
            if attempt.process.exitcode is not None:
                attempt.finish()
                break
            attempt.kill()
            kills += 1
        assert_same(results(out), whole.results)
        shutil.rmtree(out)
        runs += 1
    record_property("kills", f"{kills} in {runs} runs, {writing} while something was written")
    assert writing or kills < 10


@pytest.mark.parametrize("harm", ["flip", "cut", "lose"])
@pytest.mark.parametrize("after", [1, 3])
def test_a_spoilt_last_checkpoint_is_passed_over(place: Path, whole: Whole, harm: str, after: int) -> None:
    chance = random.Random(f"{harm} {after}")
    out = place / f"spoilt-{harm}-{after}"
    attempt = Attempt(place / "recipe.yaml", out)
    seen: set[int] = set()

    def enough() -> bool:
        with suppress(FileNotFoundError):
            seen.update(checkpoint.step for checkpoint in find_checkpoints(out / "checkpoints"))
        return len(seen) > after

    assert attempt.until(enough), attempt.narration()
    attempt.kill()
    last = find_checkpoints(out / "checkpoints")[-1]
    file = chance.choice([path for path in sorted(last.path.iterdir()) if path.name != "manifest.json"])
    data = bytearray(file.read_bytes())
    at = chance.randrange(len(data))
    data[at] ^= 1 << chance.randrange(8)
    file.unlink()
    if harm != "lose":
        file.write_bytes(data if harm == "flip" else data[:at])
    again = Attempt(place / "recipe.yaml", out)
    again.finish()
    assert f"{last.path.name} is cut or damaged" in again.narration()
    assert_same(results(out), whole.results)


@pytest.fixture
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of four megabytes."""
    folder = place / "disk"
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], check=False)
    if done.returncode:
        pytest.skip("a file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("free_kib", [8, 40, 120, 260, 420, 640])
def test_a_full_disk_stops_and_goes_on_when_there_is_room(
    place: Path, whole: Whole, small_disk: Path, free_kib: int
) -> None:
    """The less room, the earlier it stops: at the first file, at the first answers, at a checkpoint, at the end."""
    (small_disk / "ballast").write_bytes(bytes((4096 - free_kib) << 10))
    out = small_disk / f"run-{free_kib}"
    attempt = Attempt(place / "recipe.yaml", out)
    if attempt.wait() or free_kib < 500:
        problem = attempt.problem()
        assert problem["code"] == "run/disk-full"
        assert "MB are free" in problem["fix"]
        checkpoints = find_checkpoints(out / "checkpoints")
        assert all(is_whole(checkpoint) for checkpoint in checkpoints)
        assert ("is whole" in problem["consequence"]) == bool(checkpoints)
    (small_disk / "ballast").unlink()
    Attempt(place / "recipe.yaml", out).finish()
    assert_same(results(out), whole.results)


@pytest.mark.parametrize("limit_kib", [4, 60, 150])
def test_a_limit_on_files_stops_and_goes_on_without_it(place: Path, whole: Whole, limit_kib: int) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_kib << 10, resource.RLIM_INFINITY))

    out = place / f"limited-{limit_kib}"
    assert Attempt(place / "recipe.yaml", out, ("train.features=off",), limit).problem()["code"] == "run/disk-full"
    assert all(is_whole(checkpoint) for checkpoint in find_checkpoints(out / "checkpoints"))
    Attempt(place / "recipe.yaml", out, ("train.features=off",)).finish()
    assert_same(results(out), run_whole(place, f"unlimited-{limit_kib}", "train.features=off").results)


@pytest.mark.parametrize("workers", [0, 1])
def test_pictures_that_vanish_stop_it_and_it_goes_on_when_they_are_back(place: Path, workers: int) -> None:
    settings = ("train.features=off", f"train.workers={workers}")
    expected = run_whole(place, f"seen-{workers}", *settings)
    images, away = place / "world" / "images", place / "world" / "away"
    out = place / f"vanished-{workers}"
    attempt = Attempt(place / "recipe.yaml", out, settings)
    assert attempt.until(lambda: bool(find_checkpoints(out / "checkpoints"))), attempt.narration()
    images.rename(away)
    problem = attempt.problem()
    assert problem["code"] == "run/picture-lost"
    assert problem["where"].endswith(".png")
    assert "put the picture back" in problem["fix"]
    assert find_checkpoints(out / "checkpoints")
    assert Attempt(place / "recipe.yaml", out, settings).wait() in (1, 2), "without them it does not go on"
    away.rename(images)
    Attempt(place / "recipe.yaml", out, settings).finish()
    assert_same(results(out), expected.results)


def test_a_folder_is_one_process_s_and_free_again_at_its_death(place: Path) -> None:
    """A worker outlives its killed parent for seconds; it must not hold the folder."""
    settings = ("train.features=off", "train.workers=1")
    expected = run_whole(place, "locked-whole", *settings)
    out = place / "locked"
    first = Attempt(place / "recipe.yaml", out, settings)
    assert first.until(lambda: bool(find_checkpoints(out / "checkpoints"))), first.narration()
    second = Attempt(place / "recipe.yaml", out, settings).problem()
    assert second["code"] == "run/locked"
    assert str(first.process.pid) in second["found"]
    first.kill(alone=True)
    Attempt(place / "recipe.yaml", out, settings).finish()
    assert_same(results(out), expected.results)
