"""A traced step must be the real step in everything but its numbers: same memory, same work, same gradients' places."""

import os
from pathlib import Path

import pytest
import torch

from lensmith.batching.rows import Collator
from lensmith.config.sections import LoraSection, Recipe, TuneSection
from lensmith.errors import RunError
from lensmith.families.contract import Family
from lensmith.families.placement import DTYPES, choose_placement
from lensmith.lab.models import Variant, build_llava
from lensmith.training.adapters import apply_tuning
from lensmith.training.module import SupervisedModule
from lensmith.training.outline import outline_model, tune_outline
from lensmith.training.tracing import NOT_TRACED, Ledger, Tracer, Work, trace_steps
from tiny_models import load_tiny, make_example, open_tiny

ALL_PARTS = LoraSection(targets="all", components=["vision", "projector", "language"], dropout=0.1)
TUNINGS = {
    "lora": TuneSection(),
    "lora on all parts": TuneSection(lora=ALL_PARTS),
    "full, vision frozen": TuneSection(method="full"),
    "full": TuneSection(method="full", freeze=[]),
}


def encode(family: Family, count: int = 3):
    examples = [make_example(("Какой цвет?" + " red" * at, "blue"), number=at) for at in range(count)]
    return [family.encode(example) for example in examples]


def recipe_for(folder: Path, **sections) -> Recipe:
    return Recipe.model_validate({"model": str(folder), "data": {"train": "a.jsonl"}, **sections})


def trace(folder: Path, tune: TuneSection, precision: str, *, recompute: bool):
    family = open_tiny(folder)
    placement = choose_placement("cpu", precision, full=tune.method == "full")
    recipe = recipe_for(folder, tune=tune.model_dump())
    outline = tune_outline(outline_model(recipe.model), recipe, placement.weights_dtype)
    return Tracer(outline.model, family, placement, recompute=recompute).trace(encode(family))


def take_real_step(folder: Path, tune: TuneSection, precision: str, *, recompute: bool):
    """The same step with numbers, entered in the same ledger."""
    family = open_tiny(folder)
    placement = choose_placement("cpu", precision, full=tune.method == "full")
    model = load_tiny(family, folder).to(placement.weights_dtype)
    module = SupervisedModule(apply_tuning(model, family.facts, tune, 0), family)
    if recompute:
        module.recompute_activations()
    module.train()
    batch = Collator(family)(encode(family))
    ledger = Ledger([*module.parameters(), *module.buffers()])
    with ledger:
        for value in batch.values():
            ledger.hold(value)
        with torch.autocast("cpu", DTYPES[placement.precision], enabled=precision != "fp32"):
            loss = module(**batch)["loss_sum"]
        (loss / batch["weight_N"].sum()).backward()
    names = {name for name, value in module.named_parameters() if value.requires_grad and value.grad is None}
    return ledger, {name.removeprefix("model.") for name in names}


@pytest.mark.parametrize("recompute", [False, True], ids=["kept", "recomputed"])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("tuning", TUNINGS)
def test_a_traced_step_is_the_real_one(llava, tuning, precision, recompute):
    traced = trace(llava, TUNINGS[tuning], precision, recompute=recompute)
    ledger, unreached = take_real_step(llava, TUNINGS[tuning], precision, recompute=recompute)
    assert traced.forward.flops + traced.backward.flops == ledger.work.flops > 0
    assert traced.peak_bytes == pytest.approx(ledger.peak_bytes["cpu"], rel=0.01)
    assert traced.forward.operations + traced.backward.operations == pytest.approx(ledger.work.operations, rel=0.05)
    assert traced.unreached == unreached


@pytest.mark.parametrize(("text", "tower"), [("gemma", "siglip"), ("qwen2", "clip")])
def test_other_text_models_and_towers_are_traced(build_once, text, tower):
    folder = build_once(
        f"{text}-{tower}", lambda out: build_llava(out, seed=1, size="test", variant=Variant(text, tower))
    )
    tune = TuneSection(method="full", freeze=[])
    traced = trace(folder, tune, "fp32", recompute=False)
    ledger, unreached = take_real_step(folder, tune, "fp32", recompute=False)
    assert traced.peak_bytes == pytest.approx(ledger.peak_bytes["cpu"], rel=0.01)
    assert traced.unreached == unreached


def test_layers_behind_the_one_whose_features_are_used_get_no_gradient(old_llava):
    """A feature layer of -2 leaves the tower's last layer and the norm after it without any use."""
    traced = trace(old_llava, TuneSection(method="full", freeze=[]), "fp32", recompute=False)
    tower = "model.vision_tower."
    assert f"{tower}post_layernorm.weight" in traced.unreached
    assert f"{tower}encoder.layers.1.mlp.fc1.weight" in traced.unreached
    assert all(name.startswith((f"{tower}encoder.layers.1.", f"{tower}post_layernorm.")) for name in traced.unreached)


def test_recomputing_activations_takes_less_memory_and_more_work(llava):
    kept = trace(llava, TUNINGS["full"], "fp32", recompute=False)
    recomputed = trace(llava, TUNINGS["full"], "fp32", recompute=True)
    assert recomputed.peak_bytes < kept.peak_bytes
    assert recomputed.backward.flops > kept.backward.flops
    assert recomputed.forward.flops == kept.forward.flops


def test_the_longest_examples_decide_the_memory_and_typical_ones_the_time(llava):
    family = open_tiny(llava)
    items = encode(family, 6)
    recipe = recipe_for(llava, train={"batch_size": 2})
    placement = choose_placement("cpu", "fp32", full=False)
    outline = tune_outline(outline_model(recipe.model), recipe, placement.weights_dtype)
    traces = trace_steps(outline.model, family, items, recipe, placement)
    lengths = sorted(map(len, items))
    assert traces.longest.tokens == 2 * lengths[-1]
    assert traces.typical.tokens < traces.longest.tokens
    assert traces.longest.examples == traces.typical.examples == 2
    assert traces.unreached == frozenset()


def test_a_batch_larger_than_the_data_is_cut_to_it(llava):
    family = open_tiny(llava)
    recipe = recipe_for(llava, train={"batch_size": 64})
    placement = choose_placement("cpu", "fp32", full=False)
    outline = tune_outline(outline_model(recipe.model), recipe, placement.weights_dtype)
    assert trace_steps(outline.model, family, encode(family, 1), recipe, placement).longest.examples == 1


def test_tracing_leaves_the_environment_and_the_random_state_alone(llava):
    os.environ.pop("TRANSFORMERS_DISABLE_TORCH_CHECK", None)
    before = torch.get_rng_state()
    trace(llava, TUNINGS["lora on all parts"], "fp32", recompute=True)
    assert "TRANSFORMERS_DISABLE_TORCH_CHECK" not in os.environ
    assert torch.equal(torch.get_rng_state(), before)


def test_a_model_that_looks_at_its_numbers_is_not_traced_and_says_so(llava):
    family = open_tiny(llava)
    recipe = recipe_for(llava)
    placement = choose_placement("cpu", "fp32", full=False)
    outline = tune_outline(outline_model(recipe.model), recipe, placement.weights_dtype)
    tracer = Tracer(outline.model, family, placement, recompute=False)
    tracer.module.register_forward_pre_hook(
        lambda module, args, given: float(given["weight_N"].sum()), with_kwargs=True
    )
    with pytest.raises(RunError) as raised:
        tracer.trace(encode(family))
    assert raised.value.problems[0].code == NOT_TRACED


def test_a_ledger_counts_what_lives_and_forgets_what_is_freed():
    known = torch.ones(100)
    with Ledger([known]) as ledger:
        first = torch.ones(1000)
        second = first + 1
        view = second[:10]
        assert ledger.held_bytes["cpu"] == 8000
        del first, second
        assert ledger.held_bytes["cpu"] == 4000, "a view keeps its storage"
        del view
        assert ledger.held_bytes["cpu"] == 0
        known.mul_(2)
    assert ledger.peak_bytes["cpu"] == 8000
    assert ledger.held_bytes["cpu"] == 0


def test_a_ledger_counts_multiplications():
    with Ledger([]) as ledger:
        torch.ones(2, 3) @ torch.ones(3, 5)
    assert ledger.work.flops == 2 * 2 * 3 * 5


def test_work_adds_up():
    assert Work(1, 2, 3) + Work(10, 20, 30) == Work(11, 22, 33)
