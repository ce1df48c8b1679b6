"""`lensmith train` under torchrun and `accelerate launch`, on one host and on two, is `lensmith train`."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from finished_runs import RECIPE
from lensmith.lab.models import build_llava
from lensmith.lab.worlds.fills import make_fills
from lensmith.training.blend import SCALES
from lensmith.workflows.steps.reading import read_recipe
from lensmith.workflows.train import train_recipe

pytestmark = pytest.mark.slow

SGD = ("train.optimizer=sgd", "train.learning_rate=0.05", "train.epochs=1", "train.accumulate=2")
ONCE = ("recipe.json", "environment.json", "data.json", "scores.json", "comparison.json", "report.html", "README.md")
CONFIG = """
compute_environment: LOCAL_MACHINE
distributed_type: FSDP
num_machines: 1
num_processes: 2
mixed_precision: 'no'
use_cpu: false
fsdp_config: {fsdp_version: 2, fsdp_cpu_ram_efficient_loading: true, fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model, a world, recipes for LoRA and full tuning, and the run of each by one process."""
    folder = tmp_path_factory.mktemp("several")
    build_llava(folder / "model", seed=1, size="test")
    make_fills(folder / "world", pictures=40, seed=1)
    for name, tune in (("lora", "{lora: {targets: all}}"), ("full", "{method: full, freeze: [vision]}")):
        (folder / f"{name}.yaml").write_text(RECIPE.format(tune=tune), encoding="utf-8")
        train_recipe(read_recipe(folder / f"{name}.yaml", SGD, folder / f"{name}-one"))
    return folder


def train_command(place: Path, name: str, out: str) -> list[str]:
    settings = [part for each in SGD for part in ("--set", each)]
    return ["-m", "lensmith", "train", str(place / f"{name}.yaml"), "--out", str(place / out), *settings]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def torchrun(*flags: str) -> list[str]:
    return [sys.executable, "-m", "torch.distributed.run", *flags]


def finish(started: Sequence["subprocess.Popen[str]"]) -> list[str]:
    """What each wrote on stderr; all must end well."""
    try:
        told = [each.communicate(timeout=1500)[1] for each in started]
    finally:
        for each in started:
            each.kill()
    assert [each.returncode for each in started] == [0] * len(started), told[0][-6000:]
    return told


def start(command: list[str], **extra: str) -> "subprocess.Popen[str]":
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env={**os.environ, **extra}, **pipes)


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def check_same(run: Path, one: Path, how: str) -> None:
    """Losses to a hundred-thousandth, the same answers, and everything written once."""
    log, right = read_rows(run / "metrics.jsonl"), read_rows(one / "metrics.jsonl")
    assert len(log) == len(right) > 4
    for row, expected in zip(log, right, strict=True):
        assert {**row, "epoch": 0} == pytest.approx({**expected, "epoch": 0}, rel=1e-5)
    for name in ("before.jsonl", "after.jsonl"):
        said, expected_said = read_rows(run / name), read_rows(one / name)
        assert [(row["id"], row["prediction"]) for row in said] == [
            (row["id"], row["prediction"]) for row in expected_said
        ]
    for name in ONCE:
        assert (run / name).exists() == (one / name).exists()
    assert [row["guard"] for row in read_rows(run / "guards.jsonl")] == [
        row["guard"] for row in read_rows(one / "guards.jsonl")
    ]
    environment = json.loads((run / "environment.json").read_text(encoding="utf-8"))
    assert (environment["processes"], environment["processes_share"]) == (2, how)
    assert environment["questions_a_step"] == 16


def test_torchrun(place: Path) -> None:
    flags = ("--nproc-per-node", "2", "--master-port", str(free_port()))
    (told,) = finish([start([*torchrun(*flags), *train_command(place, "lora", "lora-ddp")])])
    assert told.count("2 processes (DDP) share the 16 questions of a step") == 1
    check_same(place / "lora-ddp", place / "lora-one", "DDP")


@pytest.mark.parametrize("name", ["lora", "full"])
def test_torchrun_with_what_keeps_knowledge(place: Path, full_run: Path, name: str) -> None:
    """Replay, KL and a measured scale, on a base that answers: the same answers to learn again, and the same scale."""
    make_fills(place / "keep", pictures=12, seed=8)
    keep = {"replay": 0.3, "kl": 0.5, "scale": "auto", "sources": [{"path": str(place / "keep" / "train.jsonl")}]}
    settings = [
        f"model={full_run / 'model'}",
        "train.learning_rate=0.2",
        *(f"keep.{at}={json.dumps(keep[at])}" for at in keep),
    ]
    train_recipe(read_recipe(place / f"{name}.yaml", (*SGD, *settings), place / f"{name}-kept-one"))
    flags = ("--nproc-per-node", "2", "--master-port", str(free_port()))
    given = [part for each in settings for part in ("--set", each)]
    finish([start([*torchrun(*flags), *train_command(place, name, f"{name}-kept-ddp"), *given])])
    one, two = place / f"{name}-kept-one", place / f"{name}-kept-ddp"
    check_same(two, one, "DDP")
    assert max(row.get("kl", 0.0) for row in read_rows(one / "metrics.jsonl")) > 0
    answers = ["replay.jsonl", *(str(path.relative_to(one)) for path in (one / "scale").glob("*.jsonl"))]
    assert len(answers) == 1 + len(SCALES)
    for path in answers:
        said, right = ([(row["id"], row["prediction"]) for row in read_rows(run / path)] for run in (two, one))
        assert said == right
        assert said
    for path, keys in (("replay.json", ("asked", "used", "share_met", "dropped")), ("scale.json", ("chosen",))):
        told, right = (json.loads((run / path).read_text(encoding="utf-8")) for run in (two, one))
        assert [told[key] for key in keys] == [right[key] for key in keys]


@pytest.mark.parametrize("name", ["lora", "full"])
def test_accelerate_launch_with_fsdp2(place: Path, name: str) -> None:
    (place / "fsdp2.yaml").write_text(CONFIG, encoding="utf-8")
    flags = ["--config_file", str(place / "fsdp2.yaml"), "--main_process_port", str(free_port())]
    command = [sys.executable, "-m", "accelerate.commands.launch", *flags, *train_command(place, name, f"{name}-fsdp")]
    finish([start(command)])
    check_same(place / f"{name}-fsdp", place / f"{name}-one", "FSDP2")


def have_namespaces() -> str:
    """Why two hosts cannot be had here; empty where they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "there is no `ip` command"
    made = subprocess.run(["ip", "netns", "add", "lensmith-probe"], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "delete", "lensmith-probe"], capture_output=True, check=False)
    return made.stderr.strip() if made.returncode else ""


@pytest.fixture
def hosts() -> Iterator[list[str]]:
    """Two network namespaces with a cable between them: 10.77.0.1 and 10.77.0.2."""
    if reason := have_namespaces():
        pytest.skip(f"no two hosts here: {reason}")
    names = [f"lensmith-{os.getpid()}-{at}" for at in (1, 2)]

    def ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True, capture_output=True)

    try:
        for name in names:
            ip("netns", "add", name)
        ip("-n", names[0], "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", names[1])
        for at, name in enumerate(names, start=1):
            ip("-n", name, "address", "add", f"10.77.0.{at}/24", "dev", "cable")
            for device in ("lo", "cable"):
                ip("-n", name, "link", "set", device, "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


def test_two_hosts_train_together(place: Path, hosts: list[str]) -> None:
    flags = ["--nnodes", "2", "--nproc-per-node", "1", "--master-addr", "10.77.0.1", "--master-port", "29577"]
    commands = [
        ["ip", "netns", "exec", name, *torchrun(*flags, "--node-rank", str(at))] for at, name in enumerate(hosts)
    ]
    command = train_command(place, "lora", "lora-hosts")
    told = finish([start([*each, *command], GLOO_SOCKET_IFNAME="cable") for each in commands])
    assert ["processes (DDP) share" in each for each in told] == [True, False]
    check_same(place / "lora-hosts", place / "lora-one", "DDP")


def test_hosts_that_share_no_disk_are_told(place: Path, hosts: list[str], tmp_path: Path) -> None:
    flags = ["--nnodes", "2", "--nproc-per-node", "1", "--master-addr", "10.77.0.1", "--master-port", "29578"]
    started = []
    for at, name in enumerate(hosts):
        # the second host has another folder where the run is
        hidden = f'mount -t tmpfs none {tmp_path} && exec "$@"' if at else 'exec "$@"'
        inside = ["unshare", "--mount", "sh", "-c", hidden, "sh"]
        command = [*inside, *torchrun(*flags, "--node-rank", str(at)), *train_command(place, "lora", "")]
        command[command.index("--out") + 1] = str(tmp_path / "run")
        started.append(start(["ip", "netns", "exec", name, *command], GLOO_SOCKET_IFNAME="cable"))
    told = [each.communicate(timeout=600)[1] for each in started]
    assert all(each.returncode for each in started)
    assert "processes 1 do not see the folder that process 0 writes to" in told[0]
