"""A checkpoint is whole or it does not count."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lensmith.errors import RunError
from lensmith.training.checkpoints import (
    find_checkpoints,
    is_whole,
    keep_only,
    load_trained,
    newest_whole,
    save_trained,
    seal,
    unseal,
)


def make(folder: Path, step: int, *, sealed: bool = True) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    (path / "trained.safetensors").write_bytes(bytes(range(200)) * step)
    (path / "optimizer.pt").write_bytes(b"state" * step)
    if sealed:
        seal(path)
    return path


def test_nothing_there_is_nothing(tmp_path: Path) -> None:
    assert newest_whole(tmp_path / "absent") == (None, [])
    assert find_checkpoints(tmp_path / "absent") == []


@settings(max_examples=25, deadline=None)
@given(sealed=st.dictionaries(st.integers(1, 2000), st.booleans(), max_size=6), spoilt=st.integers(0, 5))
def test_newest_whole_one_counts_and_those_after_it_do_not(
    tmp_path_factory: pytest.TempPathFactory, sealed: dict[int, bool], spoilt: int
) -> None:
    folder = tmp_path_factory.mktemp("checkpoints")
    for step, is_sealed in sealed.items():
        make(folder, step, sealed=is_sealed)
    good = sorted(step for step, is_sealed in sealed.items() if is_sealed)
    for step in good[::-1][:spoilt]:
        (folder / f"checkpoint-{step}" / "optimizer.pt").write_bytes(b"spoilt")
    good = good[: max(0, len(good) - spoilt)]
    found, cut = newest_whole(folder)
    assert (found.step if found else None) == (good[-1] if good else None)
    after = {step for step in sealed if not good or step > good[-1]}
    assert {path.name for path in cut} == {f"checkpoint-{step}" for step in after}


def test_order_is_of_numbers(tmp_path: Path) -> None:
    for step in (9, 100, 20):
        make(tmp_path, step)
    (tmp_path / "checkpoint-best").mkdir()
    (tmp_path / "best.json").write_text("{}")
    assert [checkpoint.step for checkpoint in find_checkpoints(tmp_path)] == [9, 20, 100]


@pytest.mark.parametrize(
    "manifest", ["", "{", "[]", "null", '{"sha256": 3}', '{"sha256": {}}', '{"sha256": {"lost.pt": "0"}}']
)
def test_manifest_that_says_nothing_is_no_declaration(tmp_path: Path, manifest: str) -> None:
    path = make(tmp_path, 1)
    (path / "manifest.json").write_text(manifest)
    (checkpoint,) = find_checkpoints(tmp_path)
    assert not is_whole(checkpoint)


def test_one_flipped_bit_is_seen(tmp_path: Path) -> None:
    path = make(tmp_path, 3)
    (checkpoint,) = find_checkpoints(tmp_path)
    assert is_whole(checkpoint)
    data = bytearray((path / "trained.safetensors").read_bytes())
    data[77] ^= 1
    (path / "trained.safetensors").write_bytes(bytes(data))
    assert not is_whole(checkpoint)


def test_declaration_is_taken_back_before_writing(tmp_path: Path) -> None:
    path = make(tmp_path, 3)
    unseal(path)
    assert newest_whole(tmp_path) == (None, [path])
    unseal(path)


def test_only_the_steps_named_stay(tmp_path: Path) -> None:
    for step in (1, 2, 3, 4):
        make(tmp_path, step, sealed=step != 2)
    keep_only(tmp_path, {1, 4, 99})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint-1", "checkpoint-4"]


class Part(nn.Module):
    def __init__(self, wide: int = 3) -> None:
        super().__init__()
        self.trained = nn.Linear(2, wide)
        self.frozen = nn.Linear(2, 2).requires_grad_(False)


def test_only_what_is_trained_is_stored_and_comes_back(tmp_path: Path) -> None:
    first, second = Part(), Part()
    frozen = second.frozen.weight.clone()
    save_trained(first, tmp_path)
    load_trained(second, tmp_path)
    assert torch.equal(first.trained.weight, second.trained.weight)
    assert torch.equal(second.frozen.weight, frozen)
    assert second.trained.weight.requires_grad


def test_other_names_or_shapes_are_refused_and_change_nothing(tmp_path: Path) -> None:
    save_trained(Part(), tmp_path)
    wide, more = Part(wide=4), Part()
    more.frozen.requires_grad_(True)
    for other in (wide, more):
        before = {name: value.clone() for name, value in other.named_parameters()}
        with pytest.raises(RunError) as caught:
            load_trained(other, tmp_path)
        assert "trained" in str(caught.value) or "frozen" in str(caught.value)
        assert all(torch.equal(before[name], value) for name, value in other.named_parameters())
