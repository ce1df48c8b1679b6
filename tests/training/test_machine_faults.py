"""What a machine refuses is told with what is kept and what to change; nothing else is taken for it."""

import errno
import os
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from small_runs import InterruptionError, make_examples, make_module, make_recipe, same, start, steps_kept, weights
from torch.utils.data import DataLoader

from lensmith.batching.encode import encode_examples
from lensmith.batching.rows import Collator
from lensmith.data.images import FileImage
from lensmith.errors import DataError, Problem, RunError
from lensmith.rundir import RunDir, append_jsonl, read_jsonl_prefix, write_json
from lensmith.training.checkpoints import seal
from lensmith.training.faults import (
    is_disk_full,
    is_out_of_memory,
    require_room,
    tell_answering_faults,
    tell_faults,
)
from lensmith.training.pieces import StepCollator
from lensmith.training.trainer import EncodedDataset
from lensmith.types import Example
from tiny_models import Plain


def test_every_sign_of_missing_memory_is_known() -> None:
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"))
    assert not is_out_of_memory(RuntimeError("index out of range"))
    assert not is_out_of_memory(ValueError("out of memory"))
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60)  # the CPU's own words
    assert is_out_of_memory(caught.value)


def test_memory_that_fails_while_answering_names_the_setting_of_answers(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught, tell_faults(RunDir(tmp_path)), tell_answering_faults():
        torch.empty(1 << 60)
    (problem,) = caught.value.problems
    assert problem.code == "run/out-of-memory"
    assert "evaluate.batch_size" in problem.fix
    with pytest.raises(RunError) as caught, tell_faults(RunDir(tmp_path)):
        torch.empty(1 << 60)
    assert "train.gradient_checkpointing" in caught.value.problems[0].fix


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with 64 KiB of room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=False).returncode:
        pytest.skip("a file system can only be mounted by root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_every_way_of_writing_is_understood_where_there_is_no_room(full_disk: Path) -> None:
    tensors = {"a": torch.zeros(100_000)}
    ways = {
        "safetensors": lambda: save_file(tensors, full_disk / "run" / "a"),
        "torch": lambda: torch.save(tensors, full_disk / "run" / "b"),
        "whole": lambda: write_json(full_disk / "run" / "c", "a" * 200_000),
        "growing": lambda: append_jsonl(full_disk / "run" / "d", [{"n": at} for at in range(20_000)]),
    }
    step_1 = full_disk / "run" / "checkpoints" / "checkpoint-1"
    step_1.mkdir(parents=True)
    (step_1 / "trained.safetensors").write_bytes(b"weights")
    seal(step_1)
    for name, write in ways.items():
        with pytest.raises(RunError) as caught, tell_faults(RunDir(full_disk / "run")):
            write()
        (problem,) = caught.value.problems
        assert problem.code == "run/disk-full", name
        assert "the checkpoint of step 1 is whole" in problem.consequence
        for path in (full_disk / "run").glob("?"):
            if path.name == "d":
                assert read_jsonl_prefix(path) == [{"n": at} for at in range(len(read_jsonl_prefix(path)))]
            path.unlink()
    assert list((full_disk / "run").glob(".*")) == [], "no half of a file is left behind"


def test_other_errors_are_left_as_they_are(tmp_path: Path) -> None:
    others = (OSError(errno.EACCES, "no"), RuntimeError("shapes"), DataError(Problem("data/x", "a", "b")), KeyError())
    for error in others:
        with pytest.raises(type(error)) as caught, tell_faults(RunDir(tmp_path)):
            raise error
        assert caught.value is error
        assert not is_disk_full(error)


def test_a_checkpoint_that_would_not_fit_is_not_begun(tmp_path: Path) -> None:
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    require_room(folder, 1000, "a note")
    with pytest.raises(RunError) as caught:
        require_room(folder, 1 << 60, "the checkpoint of step 7")
    (problem,) = caught.value.problems
    assert "the checkpoint of step 7" in problem.found
    assert "are missing" in problem.found
    assert "there is no checkpoint yet" in problem.consequence


def test_a_disk_that_fills_up_stops_before_the_next_checkpoint(llava: Path, full_disk: Path) -> None:
    """An adapter of rank 4 takes some 20 kB and its optimiser twice as much: a second checkpoint finds no room."""
    tune = {"lora": {"r": 4, "targets": "attention"}}
    recipe = make_recipe(llava, tune, epochs=4.0, batch_size=4, save_every=1, optimizer="sgd")
    with pytest.raises(RunError) as caught, tell_faults(RunDir(full_disk)):
        start(recipe, full_disk)
    assert caught.value.problems[0].code == "run/disk-full"
    assert steps_kept(full_disk)


def file_examples(folder: Path) -> list[Example]:
    made = []
    for at, example in enumerate(make_examples(4)):
        path = folder / f"картинка-{at}.png"
        path.write_bytes(Plain((at, 0, 0)).read_bytes())
        made.append(Example(example.id, (FileImage(str(path), path.name),), example.turns, example.group))
    return made


@pytest.mark.parametrize("workers", [0, 1])
def test_a_picture_that_vanished_is_named_also_from_a_worker(llava: Path, tmp_path: Path, workers: int) -> None:
    family = make_module(make_recipe(llava)).family
    items = encode_examples(family, file_examples(tmp_path), None).encoded
    (tmp_path / "картинка-2.png").unlink()
    batches = DataLoader(
        EncodedDataset(items), batch_size=1, num_workers=workers, collate_fn=StepCollator(Collator(family))
    )
    with pytest.raises(RunError) as caught:
        list(batches)
    (problem,) = caught.value.problems
    assert (problem.code, problem.where) == ("run/picture-lost", "картинка-2.png")
    assert "put the picture back" in problem.fix
    assert "Traceback" not in str(caught.value)


def test_a_folder_is_held_by_one_and_names_who_holds_it(tmp_path: Path) -> None:
    with RunDir(tmp_path).lock(), pytest.raises(RunError) as caught, RunDir(tmp_path).lock():
        pass
    assert caught.value.problems[0].code == "run/locked"
    assert str(os.getpid()) in caught.value.problems[0].found
    with RunDir(tmp_path).lock():
        pass


def test_a_child_does_not_hold_its_parents_folder(tmp_path: Path) -> None:
    """As a worker of a data loader does not, that outlives a parent which was killed."""
    ready, done = os.pipe(), os.pipe()
    parent = os.fork()
    if not parent:
        with RunDir(tmp_path).lock():
            child = os.fork()
            if not child:
                select.select([done[0]], [], [], 30)
                os._exit(0)
            os.write(ready[1], b"1")
            time.sleep(30)
        os._exit(0)
    os.read(ready[0], 1)
    with pytest.raises(RunError), RunDir(tmp_path).lock():
        pass
    os.kill(parent, 9)
    os.waitpid(parent, 0)
    try:
        with RunDir(tmp_path).lock():
            pass
    finally:
        os.write(done[1], b"1")


def test_a_lock_left_by_a_process_that_is_gone_holds_nobody(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("4711 on another machine")
    with RunDir(tmp_path).lock():
        assert (tmp_path / ".lock").read_text().startswith(f"{os.getpid()} on ")


@pytest.mark.parametrize("reads", [14, 24])
def test_a_run_with_workers_is_taken_up_with_the_same_bits(llava: Path, tmp_path: Path, reads: int) -> None:
    """Eleven examples an epoch: stopped inside the second and at the third's beginning. Workers are started anew."""
    tune = {"lora": {"r": 4, "targets": "all", "dropout": 0.3}}
    recipe = make_recipe(llava, tune, epochs=3.0, batch_size=2, save_every=2, workers=1)
    whole, _ = start(recipe, tmp_path / "whole")
    with pytest.raises(InterruptionError):
        start(recipe, tmp_path / "again", allowed=reads)
    again, _ = start(recipe, tmp_path / "again")
    assert (tmp_path / "again" / "metrics.jsonl").read_bytes() == (tmp_path / "whole" / "metrics.jsonl").read_bytes()
    assert same(weights(again), weights(whole))
