"""A sweep on a local Ray of two workers gives what one process gives, and survives the death of a worker."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from test_sweep_journey import write

from lensmith.cli import main
from lensmith.lab.worlds.shapes import make_shapes

pytest.importorskip("ray", reason="the ray extra is not installed")
SECONDS_LIMIT = 1500
SWEEP = "sweep: {search: grid, workers: 2, space: {tune.lora.r: [2, 4]}}\n"


def start(recipe: Path, out: str, *more: str) -> subprocess.Popen[bytes]:
    # Ray's workers are nice by default, and would starve where the machine is busy
    command = [sys.executable, "-m", "lensmith", "sweep", str(recipe), "--out", out, "--json", *more]
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
    return subprocess.Popen(command, cwd=recipe.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def end(started: "subprocess.Popen[bytes]") -> Any:
    told, narrated = started.communicate()
    assert started.returncode == 0, narrated.decode(errors="replace")[-3000:]
    return json.loads(told)


def numbers(outcome: Any) -> dict[str, Any]:
    return {row["name"]: row["objectives"]["exact_match"]["after"] for row in outcome["settings"]}


def kill_a_worker(started: "subprocess.Popen[bytes]") -> bool:
    """True once one of the workers that run trials is dead."""
    for child in psutil.Process(started.pid).children(recursive=True):
        try:
            if "run_trial" in " ".join(child.cmdline()):
                child.kill()
                return True
        except psutil.NoSuchProcess:
            continue
    return False


@pytest.mark.slow
@pytest.mark.timeout(SECONDS_LIMIT)
def test_two_ray_workers_give_what_one_process_gives_even_when_one_dies(
    tmp_path: Path, llava: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_shapes(tmp_path / "world", pictures=24, seed=0)
    shutil.copytree(llava, tmp_path / "base")
    recipe = write(tmp_path, SWEEP)
    monkeypatch.chdir(tmp_path)
    with start(recipe, "two", "--on", "ray") as started:
        try:
            while not list((tmp_path / "two").glob("trials/*/*/before.jsonl")):
                assert started.poll() is None, started.communicate()[1].decode(errors="replace")[-3000:]
                time.sleep(0.05)
            assert kill_a_worker(started)
            outcome = end(started)
        finally:
            started.terminate()
    assert main(["sweep", str(recipe), "--out", "one", "--json", "--set", "sweep.workers=1"]) == 0
    assert numbers(outcome) == numbers(json.loads(capsys.readouterr().out))
    assert not outcome["unfinished"]
