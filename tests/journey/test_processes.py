"""Two processes, started as launchers start them, train as one does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_kills import write_recipe

from lensmith.rundir import read_jsonl_prefix


@pytest.mark.slow
def test_two_processes_take_the_steps_of_one(tmp_path: Path) -> None:
    recipe = write_recipe(tmp_path)
    # 200 examples fill every batch of both; where they do not, the launcher repeats some and the losses part a little
    watched = str(tmp_path / "world" / "test.jsonl")
    settings = ("tune.lora.dropout=0", "train.accumulate=1", "data.train.0.limit=200", f"data.validation={watched}")
    same = [word for setting in settings for word in ("--set", setting)]
    one = [sys.executable, "-m", "lensmith", "train", str(recipe), *same, "--set", "train.batch_size=8"]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    two = [*launcher, *one[1:-1], "train.batch_size=4"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    for command, name in ((one, "one"), (two, "two")):
        done = subprocess.run(
            [*command, "--out", str(tmp_path / name), "--json"],
            env=environment,
            capture_output=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        json.loads(done.stdout)  # one of the processes answers, not both
    logs = [read_jsonl_prefix(tmp_path / name / "metrics.jsonl") for name in ("one", "two")]
    losses = [[row["eval_validation_loss"] for row in log if "eval_validation_loss" in row] for log in logs]
    assert losses[1] == pytest.approx(losses[0], rel=1e-4)
