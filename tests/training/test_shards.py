"""What a launcher may ask for, and what it may not, is told before anything is loaded."""

from pathlib import Path

import pytest
from small_runs import encode, make_examples, make_module, make_recipe
from torch import nn

from lensmith.errors import RecipeError
from lensmith.families.placement import is_sharded
from lensmith.ranks import agree, describe_ranks, gather, join, leave, wait_for_all
from lensmith.training.shards import check_pictures, check_sharding, name_blocks, part_state, whole, whole_state
from tiny_models import make_example


@pytest.fixture
def fsdp(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a launcher leaves the environment for two processes that share weights."""
    for name, value in (("WORLD_SIZE", "2"), ("ACCELERATE_USE_FSDP", "true"), ("FSDP_VERSION", "2")):
        monkeypatch.setenv(name, value)


def test_one_process_waits_for_nobody() -> None:
    join("cpu")
    wait_for_all()
    assert (agree("да"), gather("да"), describe_ranks()) == ("да", ["да"], "alone")
    leave()


def test_layers_of_the_language_model_are_units(llava: Path) -> None:
    assert name_blocks(make_module(make_recipe(llava))) == ["LlamaDecoderLayer"]


@pytest.mark.usefixtures("fsdp")
def test_a_whole_tensor_is_itself(llava: Path) -> None:
    module = make_module(make_recipe(llava))
    value = next(iter(module.parameters()))
    assert whole(value) is value
    assert not is_sharded(module)


def test_state_of_one_process_is_not_touched() -> None:
    state = {"state": {0: {"step": 1}}, "param_groups": []}

    class Optimizer:
        param_groups: tuple[()] = ()

        def state_dict(self) -> dict[str, object]:
            return state

    assert whole_state(Optimizer()) is state
    assert part_state(Optimizer(), state) is state


@pytest.mark.usefixtures("fsdp")
@pytest.mark.parametrize(("train", "tune"), [({"optimizer": "muon"}, {}), ({}, {"quantise": "8bit"})])
def test_what_needs_whole_tensors_is_refused(llava: Path, train: dict[str, str], tune: dict[str, str]) -> None:
    check_sharding(make_recipe(llava))
    with pytest.raises(RecipeError, match="needs whole tensors"):
        check_sharding(make_recipe(llava, tune, **train))


@pytest.mark.usefixtures("fsdp")
def test_pictures_in_some_examples_only_are_refused_where_they_are_learned(llava: Path) -> None:
    examples = [*make_examples(2), make_example(("Привет?", "да"), pictures=0, number=9)]
    full = make_module(make_recipe(llava, {"method": "full", "freeze": ["vision"]}))
    with pytest.raises(RecipeError, match="some examples have pictures"):
        _check(full, examples)
    _check(full, examples[:2])
    _check(make_module(make_recipe(llava)), examples)


def test_a_launcher_that_asks_for_the_first_fsdp_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(RecipeError, match="FSDP version 1"):
        join("auto")
    with pytest.raises(RecipeError, match="one GPU is named for all"):
        join("cuda:1")


def _check(module: nn.Module, examples: list[object]) -> None:
    check_pictures(module, module.family.facts, encode(module, examples))  # type: ignore[arg-type]
