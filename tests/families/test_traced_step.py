"""A training step of every family can be followed without its numbers, and is the real step in work and memory."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from checkpoints import COSTLY, Checkpoint

from lensmith.batching.encode import encode_examples
from lensmith.batching.rows import Collator
from lensmith.config.sections import LoraSection, Recipe, TuneSection
from lensmith.families.placement import choose_placement
from lensmith.training.adapters import apply_tuning
from lensmith.training.module import SupervisedModule
from lensmith.training.outline import outline_model, tune_outline
from lensmith.training.tracing import Ledger, Tracer
from tiny_models import load_tiny, make_example, open_tiny

TUNE = TuneSection(lora=LoraSection(r=2, targets="all", components=["language", "vision"]))
EXAMPLES = [make_example(("Какой цвет?" + " red" * at, "кот 🐈"), pictures=1, number=at) for at in range(3)]


@pytest.mark.parametrize("checkpoint", COSTLY)
def test_a_traced_step_is_the_real_one(checkpoint: Checkpoint, build_once: Callable[..., Path]) -> None:
    folder = build_once(checkpoint.name, checkpoint.build)
    family = open_tiny(folder)
    items = encode_examples(family, EXAMPLES, None).encoded
    placement = choose_placement("cpu", "fp32", full=False)
    recipe = Recipe.model_validate({"model": str(folder), "data": {"train": "a"}, "tune": TUNE.model_dump()})
    outline = tune_outline(outline_model(recipe.model), recipe, torch.float32)
    traced = Tracer(outline.model, family, placement, recompute=False).trace(items)

    module = SupervisedModule(apply_tuning(load_tiny(family, folder), family.facts, TUNE, 0), family)
    module.train()
    batch = Collator(family)(items)
    ledger = Ledger([*module.parameters(), *module.buffers()])
    with ledger:
        for value in batch.values():
            ledger.hold(value)
        (module(**batch)["loss_sum"] / batch["weight_N"].sum()).backward()
    unreached = {name for name, value in module.named_parameters() if value.requires_grad and value.grad is None}

    assert traced.forward.flops + traced.backward.flops == pytest.approx(ledger.work.flops, rel=0.01)
    assert ledger.work.flops > 0
    assert traced.peak_bytes == pytest.approx(ledger.peak_bytes["cpu"], rel=0.05)
    assert traced.unreached == {name.removeprefix("model.") for name in unreached}
