"""Two processes are one: the same losses, validations, answers and checkpoints, and each goes on where the other ended.

Questions share pictures, sources have weights, a step is three batches for two processes, the last step of an epoch
leaves one of them nothing, and guards look at answers. float32; SGD, because AdamW divides by gradients near nothing.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from rank_runs import Launch, Run, launch, perform, read_result
from safetensors.torch import load_file
from small_runs import read_log, steps_kept

from lensmith.rundir import write_json
from lensmith.training.checkpoints import TRAINED

LORA: dict[str, Any] = {"lora": {"r": 4, "targets": "all"}}
FULL: dict[str, Any] = {"method": "full", "freeze": ["vision"]}
HOW: dict[str, Any] = {"epochs": 2.0, "batch_size": 2, "accumulate": 3, "log_every": 1, "save_every": 2}
SGD: dict[str, Any] = {"optimizer": "sgd", "learning_rate": 0.05}


@dataclass(frozen=True)
class Done:
    """Finished runs by name, and the folder they are in."""

    folder: Path
    runs: dict[str, Run]

    def out(self, name: str) -> Path:
        return Path(self.runs[name].out)

    def losses(self, name: str) -> list[dict[str, float]]:
        """The log, but for how far the epoch was, which is counted in batches."""
        return [{key: value for key, value in row.items() if key != "epoch"} for row in read_log(self.out(name))]

    def tensors(self, name: str) -> dict[str, Any]:
        last = max(steps_kept(self.out(name)))
        return dict(load_file(self.out(name) / "checkpoints" / f"checkpoint-{last}" / TRAINED))

    def check_same(self, name: str, other: str) -> None:
        """Log and checkpoint of two runs, to a hundred-thousandth; a divergence is a difference of near numbers."""
        first, second = self.losses(name), self.losses(other)
        assert [row.keys() for row in first] == [row.keys() for row in second]
        for row, right in zip(first, second, strict=True):
            assert row == pytest.approx(right, rel=1e-5, abs=2e-7)
        assert steps_kept(self.out(name)) == steps_kept(self.out(other))
        tensors, others = self.tensors(name), self.tensors(other)
        assert tensors.keys() == others.keys()
        for key, value in tensors.items():
            torch.testing.assert_close(value, others[key], rtol=1e-4, atol=2e-5)


@pytest.fixture(scope="module")
def done(llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """By one process and by two; some stopped after six of eight steps and taken up by another number of processes."""
    folder = tmp_path_factory.mktemp("ranks")

    def run(name: str, **how: Any) -> Run:
        given: dict[str, Any] = {"tune": LORA, "train": HOW | SGD, "weights": [0.5, 2.0], "asks": True}
        return Run(str(llava), str(folder / name), **(given | how))

    short: dict[str, Any] = {"tune": FULL, "train": HOW | SGD | {"epochs": 1.0, "learning_rate": 0.01}, "asks": False}
    runs = {name: run(name) for name in ("one", "ddp")}
    runs |= {name: run(name, stop_after=2) for name in ("one-cut", "ddp-cut")}
    runs |= {name: run(name, **short) for name in ("full", "full-fsdp")}
    held: dict[str, Any] = {"train": HOW | SGD | {"epochs": 1.0}, "keep": {"kl": 5.0}, "asks": False}
    runs |= {name: run(name, **held) for name in ("held", "held-ddp")}
    runs |= {
        "one-to-ddp": run("one-to-ddp", goes_on=runs["one-cut"].out),
        "ddp-to-fsdp": run("ddp-to-fsdp", goes_on=runs["ddp-cut"].out),
        "ddp-to-one": run("ddp-to-one"),
    }
    for name in ("one", "one-cut", "full", "held"):
        write_json(Path(runs[name].out) / "result-0.json", perform(runs[name]))
    by_two = [runs[name] for name in ("ddp", "ddp-cut", "one-to-ddp", "held-ddp")]
    sharded = [runs[name] for name in ("full-fsdp", "ddp-to-fsdp")]
    launch([Launch(by_two), Launch(sharded, sharded=True)], folder / "launch")
    shutil.copytree(runs["ddp-cut"].out, runs["ddp-to-one"].out)
    write_json(Path(runs["ddp-to-one"].out) / "result-0.json", perform(runs["ddp-to-one"]))
    return Done(folder, runs)


@pytest.mark.parametrize(("name", "other"), [("ddp", "one"), ("full-fsdp", "full")])
def test_two_processes_give_the_trajectory_of_one(done: Done, name: str, other: str) -> None:
    steps = 8 if other == "one" else 4
    assert [row["step"] for row in done.losses(other) if "loss" in row] == list(range(1, steps + 1))
    done.check_same(name, other)


def test_two_processes_hold_to_the_base_as_one_does(done: Done) -> None:
    """Anchored questions fall unevenly on the two; some batches of one have none."""
    log = [row for row in done.losses("held") if "loss" in row]
    assert len(log) == 4
    assert max(row["kl"] for row in log) > 1e-3
    done.check_same("held-ddp", "held")


@pytest.mark.parametrize("name", ["one-to-ddp", "ddp-to-one", "ddp-to-fsdp"])
def test_a_run_goes_on_with_another_number_of_processes(done: Done, name: str) -> None:
    assert read_result(done.runs["one-cut" if name == "one-to-ddp" else "ddp-cut"]) == {"cut": True}
    done.check_same(name, "one")


def test_each_process_held_a_part(done: Done) -> None:
    assert all(read_result(done.runs["full-fsdp"], rank)["sharded"] for rank in (0, 1))
    assert not read_result(done.runs["full"])["sharded"]


def test_answers_are_in_order_none_lost_or_doubled(done: Done) -> None:
    right = read_result(done.runs["one"])["said"]
    assert len(right) == 19
    assert len(set(right)) > 5
    for rank in (0, 1):
        assert read_result(done.runs["ddp"], rank)["said"] == right
    rows = [json.loads(line) for line in (done.out("ddp") / "after.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == [f"q{at:02}" for at in range(19)]


def test_what_is_found_is_written_once(done: Done) -> None:
    """The guards' log has the same rows, and a checkpoint each process's random state."""
    for name in ("ddp", "one-to-ddp"):
        rows, right = (
            [json.loads(line) for line in (done.out(each) / "guards.jsonl").read_text(encoding="utf-8").splitlines()]
            for each in (name, "one")
        )
        assert [(row["step"], row["guard"], row["verdict"]) for row in rows] == [
            (row["step"], row["guard"], row["verdict"]) for row in right
        ]
    folder = done.out("ddp") / "checkpoints" / "checkpoint-8"
    sealed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["sha256"]
    assert {"rng_state_0.pth", "rng_state_1.pth", TRAINED} <= sealed.keys()


@pytest.mark.slow
def test_a_failure_is_answered_alike(llava: Path, tmp_path: Path) -> None:
    """A rate that empties every answer: two processes go back as one does, and their weights come back whole."""
    wild = HOW | SGD | {"learning_rate": 1e3, "warmup": 0.0, "max_grad_norm": 0.0}

    def run(name: str) -> Run:
        return Run(str(llava), str(tmp_path / name), FULL, wild, {"retries": 4, "rate_cut": 1e-3}, asks=True)

    runs = alone, ddp, fsdp = run("one"), run("ddp"), run("fsdp")
    write_json(Path(alone.out) / "result-0.json", perform(alone))
    launch([Launch([ddp]), Launch([fsdp], sharded=True)], tmp_path / "launch")
    told = [
        [json.loads(line) for line in (Path(each.out) / "guards.jsonl").read_text(encoding="utf-8").splitlines()]
        for each in runs
    ]
    words = [[(row["step"], row["guard"], row["verdict"], row["action"]) for row in rows] for rows in told]
    assert (6, "collapse", "stop", "back to the state of step 0, learning rate × 0.001") in words[0]
    assert words[0] == words[1] == words[2]
    results = [read_result(each, rank) for each in runs for rank in range(1 if each is alone else 2)]
    assert {(each["best_step"], each["last_step"]) for each in results} == {(8, 8)}
    after = [[row["loss"] for row in read_log(Path(each.out)) if row["step"] > 6 and "loss" in row] for each in runs]
    assert len(after[0]) == 2
    assert after[1] == pytest.approx(after[0], rel=1e-4)
    assert after[2] == pytest.approx(after[0], rel=1e-4)


@pytest.mark.slow
def test_processes_with_adam_and_recomputed_activations(llava: Path, tmp_path: Path) -> None:
    """The same steps with AdamW, whose rounding shows sooner, and activations that are made again."""
    how = HOW | {"optimizer": "adamw_torch", "learning_rate": 1e-3, "gradient_checkpointing": True, "epochs": 1.0}
    runs = {name: Run(str(llava), str(tmp_path / name), FULL, how) for name in ("one", "ddp", "fsdp")}
    perform(runs["one"])
    launch([Launch([runs["ddp"]]), Launch([runs["fsdp"]], sharded=True)], tmp_path / "launch")
    found = Done(tmp_path, runs)
    right = [row["loss"] for row in found.losses("one") if "loss" in row]
    for name in ("ddp", "fsdp"):
        assert [row["loss"] for row in found.losses(name) if "loss" in row] == pytest.approx(right, rel=1e-4)


@pytest.mark.slow
def test_sixteen_bits_are_those_of_one_process(llava: Path, tmp_path: Path) -> None:
    """Frozen weights in bfloat16, adapters in float32, products in bfloat16: as near as that format's eight bits."""
    how = HOW | SGD | {"precision": "bf16", "epochs": 1.0}
    runs = {name: Run(str(llava), str(tmp_path / name), LORA, how, asks=True) for name in ("one", "ddp", "fsdp")}
    perform(runs["one"])
    launch([Launch([runs["ddp"]]), Launch([runs["fsdp"]], sharded=True)], tmp_path / "launch")
    found = Done(tmp_path, runs)
    right = [row["loss"] for row in found.losses("one") if "loss" in row]
    for name in ("ddp", "fsdp"):
        assert [row["loss"] for row in found.losses(name) if "loss" in row] == pytest.approx(right, rel=1e-2)
        assert {str(value.dtype) for value in found.tensors(name).values()} == {"torch.float32"}
