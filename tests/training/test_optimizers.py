"""Optimisers of other packages: refused before anything is loaded where they cannot work, and resumed exactly."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from small_runs import InterruptionError, make_recipe, same, start, weights
from torch.utils._pytree import tree_leaves

from lensmith.config.names import OPTIMIZERS
from lensmith.errors import RecipeError
from lensmith.lab.models import build_llava
from lensmith.training.guards.snapshot import load_state, restore_state, save_state, take_state
from lensmith.training.optimizers import check_optimizer, find_package
from tiny_models import CPU

FULL = {"method": "full"}


@pytest.fixture(scope="module")
def wide(build_once: Callable[..., Path]) -> Path:
    """Layers of more values than bitsandbytes leaves in 32 bits."""
    return build_once("wide", lambda out: build_llava(out, seed=3, size="demo"))


@pytest.mark.parametrize("name", ["adamw_8bit", "paged_adamw_8bit"])
def test_an_interrupted_run_with_8_bit_states_ends_as_one_that_was_not(wide: Path, tmp_path: Path, name: str) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    recipe = make_recipe(wide, FULL, optimizer=name, epochs=2.0, batch_size=4, learning_rate=1e-3)
    whole, fitted = start(recipe, tmp_path / "whole", 8)
    with pytest.raises(InterruptionError):
        start(recipe, tmp_path / "cut", 8, allowed=9)
    resumed, _ = start(recipe, tmp_path / "cut", 8)
    assert same(weights(whole), weights(resumed))
    assert fitted.best_value is not None and fitted.best_value < 6
    state = torch.load(next((tmp_path / "whole" / "checkpoints").glob("checkpoint-*/optimizer.pt")), weights_only=True)[
        "state"
    ]
    assert torch.uint8 in {value.dtype for value in tree_leaves(state) if torch.is_tensor(value)}


def test_a_good_state_with_8_bit_states_is_kept_beside_a_checkpoint_and_restored(tmp_path: Path) -> None:
    bnb = pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    model = torch.nn.Linear(64, 128)
    optimizer = bnb.optim.AdamW8bit(model.parameters(), lr=0.1)

    def step() -> None:
        model.zero_grad()
        model(torch.ones(2, 64)).square().sum().backward()
        optimizer.step()

    step()
    save_state(take_state(1, model, optimizer, {}), tmp_path)
    step()
    after = weights(model)
    step()
    good = load_state(tmp_path)
    assert good is not None
    restore_state(good, model, optimizer)
    step()
    assert same(weights(model), after)


def test_what_does_not_work_on_the_device_is_refused_with_what_does() -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    check_optimizer("adamw_8bit", CPU)
    with pytest.raises(RecipeError, match="does not work on meta") as refused:
        check_optimizer("lion_8bit", torch.device("meta"))
    assert refused.value.problems[0].fix == "use adamw_torch"


def test_weights_that_are_spread_over_processes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(RecipeError, match="spread over processes"):
        check_optimizer("adamw_8bit", CPU)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_a_missing_package_is_named_for_every_optimiser_that_needs_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lensmith.training.optimizers.find_spec", lambda name: None)
    package, _ = find_package(name)
    if package is None:
        check_optimizer(name, CPU)
    else:
        with pytest.raises(RecipeError, match=f"{name} needs {package}, which is not installed"):
            check_optimizer(name, CPU)
