"""Memory: optimiser states against real optimisers, and lines that add up."""

from pathlib import Path

import pytest
import torch
from small_runs import encode, make_examples, make_module, make_recipe
from torch import nn
from transformers import TrainerCallback
from transformers.optimization import Adafactor

from lensmith.config.names import OPTIMIZERS
from lensmith.config.sections import ModelSection, Recipe
from lensmith.families import FAMILIES
from lensmith.families.opening import build_on_meta, load_model, read_config
from lensmith.families.placement import choose_placement
from lensmith.rundir import RunDir
from lensmith.training.adapters import apply_tuning
from lensmith.training.fit import Course, fit
from lensmith.training.memory import STATES, MemoryEstimate, estimate_memory, find_available_bytes, state_bytes
from lensmith.training.muon import MuonAndAdamW
from lensmith.training.tracing import StepTrace, Work
from tiny_models import open_tiny

FACTS = FAMILIES["llava"].facts
SHAPES = [(96, 64), (64,), (3, 5, 7)]
PLACEMENT = choose_placement("cpu", "fp32", full=True)


def recipe_with(**train) -> Recipe:
    return Recipe.model_validate({"model": "org/name", "data": {"train": "a.jsonl"}, "train": train})


def size_of(estimate: MemoryEstimate, name: str) -> int:
    return next(line.size_bytes for line in estimate.lines if line.name == name)


def step(peak_bytes: int) -> StepTrace:
    return StepTrace(2, 100, Work(), Work(), peak_bytes, frozenset())


def real_state_bytes(optimizer: torch.optim.Optimizer) -> int:
    """What the optimiser holds after a step, counters of steps left aside."""
    held = [value for state in optimizer.state.values() for value in state.values() if isinstance(value, torch.Tensor)]
    return sum(value.numel() * value.element_size() for value in held if value.dim())


def _parted(values: list[nn.Parameter]) -> tuple[list[nn.Parameter], list[dict]]:
    return [value for value in values if value.dim() >= 2], [{"params": [value for value in values if value.dim() < 2]}]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("adamw_torch", lambda values: torch.optim.AdamW(values)),
        ("sgd", lambda values: torch.optim.SGD(values, lr=0.1)),
        ("adagrad", lambda values: torch.optim.Adagrad(values)),
        ("rmsprop", lambda values: torch.optim.RMSprop(values)),
        ("muon", lambda values: MuonAndAdamW(*_parted(values), lr=0.1, weight_decay=0.0)),
        ("adafactor", lambda values: Adafactor(values, scale_parameter=False, relative_step=False, lr=0.1)),
    ],
)
def test_states_are_those_of_the_real_optimiser(name, make):
    values = [nn.Parameter(torch.ones(shape)) for shape in SHAPES]
    optimizer = make(values)
    sum(value.sum() for value in values).backward()
    optimizer.step()
    assert sum(state_bytes(name, shape) for shape in SHAPES) == real_state_bytes(optimizer)


def test_eight_bit_states_are_small_and_small_tensors_keep_theirs_whole():
    bnb = pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    values = [nn.Parameter(torch.ones(shape)) for shape in [(128, 128), (64,)]]
    optimizer = bnb.optim.AdamW8bit(values)
    sum(value.sum() for value in values).backward()
    optimizer.step()
    maps = 2 * 256 * 4  # two tables of 256 values, shared by all tensors
    held = real_state_bytes(optimizer)
    assert sum(state_bytes("adamw_8bit", tuple(value.shape)) for value in values) == pytest.approx(held, abs=2 * maps)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_every_optimiser_that_a_recipe_may_name_has_an_estimate(name):
    assert state_bytes(name, (128, 64)) >= 0
    model = nn.Linear(8, 8)
    assert estimate_memory(model, FACTS, recipe_with(optimizer=name), PLACEMENT).total_bytes > 0


def test_no_state_is_stated_for_a_name_that_does_not_exist():
    assert set(STATES) <= OPTIMIZERS


def test_the_lines_are_weights_gradients_optimiser_and_activations():
    model = nn.Linear(10, 10, bias=False)
    frozen = nn.Linear(10, 10, bias=False).requires_grad_(False)
    both = nn.ModuleList([model, frozen])
    found = estimate_memory(both, FACTS, recipe_with(), PLACEMENT, longest=step(1400))
    sizes = {line.name: line.size_bytes for line in found.lines}
    libraries = sizes.pop("program")
    assert 50e6 < libraries < 20e9, "torch and transformers are loaded, and not much else"
    freed = sizes.pop("freed, not given back", 0)  # on Linux
    assert sizes == {
        "frozen weights": 400,
        "trained weights": 400,
        "gradients": 400,
        "optimiser": 800,
        "activations": 1000,
        "last good state": 1200,
    }
    assert found.total_bytes == 4200 + libraries + freed
    assert all(line.assumption for line in found.lines)


def test_gradients_kept_over_accumulated_batches_add_to_the_worst_moment():
    model = nn.Linear(10, 10, bias=False)
    once = estimate_memory(model, FACTS, recipe_with(), PLACEMENT, longest=step(1400))
    twice = estimate_memory(model, FACTS, recipe_with(accumulate=2), PLACEMENT, longest=step(1400))
    assert size_of(twice, "activations") - size_of(once, "activations") == 400


def test_without_a_traced_step_the_estimate_says_what_is_missing():
    found = estimate_memory(nn.Linear(2, 2), FACTS, recipe_with(), PLACEMENT)
    assert "activations" in found.missing
    assert "activations" not in {line.name for line in found.lines}


def test_what_keep_scale_takes_after_full_training_is_told_and_not_added():
    model = nn.Linear(1024, 1024, bias=False)
    made = recipe_with().model_dump()
    told = {}
    for method, scale in (("full", "auto"), ("full", 1.0), ("lora", "auto")):
        how = {**made, "tune": {"method": method}, "keep": {"scale": scale}}
        told[method, scale] = estimate_memory(model, FACTS, Recipe.model_validate(how), PLACEMENT)
    assert "after training 12 MiB of main memory for keep.scale" in told["full", "auto"].missing
    assert "keep.scale" not in told["full", 1.0].missing + told["lora", "auto"].missing
    sizes = [[line.size_bytes for line in each.lines if line.name != "program"] for each in told.values()]
    assert sizes[0] == sizes[1]


def test_tied_weights_are_held_once():
    first, second = nn.Linear(10, 10, bias=False), nn.Linear(10, 10, bias=False)
    second.weight = first.weight
    found = estimate_memory(nn.ModuleList([first, second]), FACTS, recipe_with(), PLACEMENT)
    assert size_of(found, "trained weights") == 400


@pytest.mark.parametrize("optimizer", ["muon", "adamw_8bit", "adamw_torch"])
def test_states_of_a_whole_model_are_those_that_training_makes(llava: Path, tmp_path: Path, optimizer: str) -> None:
    """Muon's embeddings go to AdamW, and 8-bit optimisers leave embeddings in 32 bits."""
    if optimizer == "adamw_8bit":
        pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    recipe = make_recipe(llava, {"method": "full"}, optimizer=optimizer, epochs=1.0)
    module = make_module(recipe)
    kept: list[int] = []

    class Look(TrainerCallback):
        def on_train_end(self, args, state, control, optimizer=None, **_):
            inner = getattr(optimizer, "optimizer", optimizer)
            for states in inner.state.values():
                tables = {"qmap1", "qmap2"}  # of 256 values, shared by all tensors
                kept.extend(
                    value.numel() * value.element_size()
                    for name, value in states.items()
                    if isinstance(value, torch.Tensor) and value.dim() and name not in tables
                )

    items = encode(module, make_examples(3))
    reached: set[str] = set()
    for name, value in module.named_parameters():
        value.register_hook(lambda _, name=name: reached.add(name)) if value.requires_grad else None
    fit(module, recipe, choose_placement("cpu", "fp32", full=True), RunDir(tmp_path), Course(items, dict, [Look()]))
    for name, value in module.named_parameters():
        value.requires_grad_(name in reached)  # the tower's last layer gets no gradient, and so no state
    found = estimate_memory(module.model, FACTS, recipe, PLACEMENT)
    assert size_of(found, "optimiser") == sum(kept)


def test_rounded_layers_take_what_they_take_once_loaded(llava: Path) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")
    family = open_tiny(llava)
    section, recipe = ModelSection(name=str(llava)), make_recipe(llava, {"quantise": "4bit"})
    planned = apply_tuning(build_on_meta(read_config(section)), FACTS, recipe.tune, 0)
    found = estimate_memory(planned, FACTS, recipe, PLACEMENT)
    model = load_model(family, section, device=torch.device("cpu"), dtype=torch.float32, quantise="4bit")
    held = [*model.parameters(), *model.buffers()]
    for layer in model.modules():
        if type(layer).__name__ == "Linear4bit":
            held += [layer.weight.quant_state.absmax, layer.weight.quant_state.state2.absmax]
    assert size_of(found, "frozen weights") == sum(value.numel() * value.element_size() for value in held)
    widest = max(
        layer.in_features * layer.out_features
        for layer in model.model.language_model.layers[0].mlp.children()
        if isinstance(layer, nn.Linear)
    )
    assert size_of(found, "one layer written out") == 4 * widest


def test_the_machine_says_what_it_has():
    lines = Path("/proc/meminfo")
    if not lines.exists():
        pytest.skip("no /proc/meminfo here")
    kib = int(lines.read_text().split("MemTotal:")[1].split()[0])
    assert find_available_bytes(torch.device("cpu")) == pytest.approx(1024 * kib, rel=0.01)
    assert find_available_bytes(torch.device("meta")) is None
