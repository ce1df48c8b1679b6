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

from lensmith.lab.worlds.shapes import make_shapes

pytest.importorskip("ray", reason="the ray extra is not installed")
SWEEP = "sweep: {search: grid, workers: 2, seeds: 2, space: {tune.lora.r: [2, 4]}}\n"


def start(recipe: Path, out: str, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "lensmith", "sweep", str(recipe), "--out", out, "--json", *more]
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_DISABLE_IMPORT_WARNING": "1"}
    return subprocess.Popen(command, cwd=recipe.parent, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def end(started: "subprocess.Popen[bytes]") -> Any:
    told, narrated = started.communicate(timeout=240)
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
def test_two_ray_workers_give_what_one_process_gives_even_when_one_dies(tmp_path: Path, llava: Path) -> None:
    make_shapes(tmp_path / "world", pictures=24, seed=0)
    shutil.copytree(llava, tmp_path / "base")
    recipe = write(tmp_path, SWEEP)
    alone = end(start(recipe, "one", "--set", "sweep.workers=1"))
    started = start(recipe, "two", "--on", "ray")
    limit = time.monotonic() + 200
    while not list((tmp_path / "two").glob("trials/*/*/before.jsonl")):
        assert started.poll() is None, started.communicate()[1].decode(errors="replace")[-3000:]
        assert time.monotonic() < limit
        time.sleep(0.05)
    assert kill_a_worker(started)
    outcome = end(started)
    assert numbers(outcome) == numbers(alone)
    assert not outcome["unfinished"]
