"""Short convolutions follow branches: in checkpointed layers, in caches, and beside what transformers does itself."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import encode
from torch import Tensor
from transformers import AutoModelForImageTextToText

from lensmith.batching.rows import Collator, lay_rows, read_inputs, read_pixels
from lensmith.config.sections import LoraSection, TuneSection
from lensmith.families.attention import offer_flex
from lensmith.families.contract import Family
from lensmith.families.inputs import Inputs
from lensmith.families.lfm2_vl.short_conv import Predecessors, TreeConv, find_predecessors
from lensmith.lab.lfm2_vl import Lfm2Variant, build_lfm2_vl
from lensmith.training.adapters import apply_tuning
from lensmith.training.module import SupervisedModule
from lensmith.types import Example, Turn
from tiny_models import Noise, load_tiny, open_tiny

LORA = TuneSection(method="lora", lora=LoraSection(r=4, targets="all"))


@pytest.fixture(params=[Lfm2Variant(splits=True), Lfm2Variant(legacy=True)], ids=["tiles", "legacy"])
def folder(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> Path:
    variant = request.param
    name = "lfm2-vl-tiles" if variant.splits else "lfm2-vl-legacy"
    return build_once(name, lambda out: build_lfm2_vl(out, seed=7, size="test", variant=variant))


@pytest.fixture
def family(folder: Path) -> Family:
    return open_tiny(folder)


def ask(*counts: int) -> list[Example]:
    return [
        Example(f"{picture}-{n}", (Noise(picture),), (Turn(f"Что {'там ' * n}?", ("кот и дом",)),), str(picture))
        for picture, count in enumerate(counts)
        for n in range(count)
    ]


def collate(family: Family, *counts: int) -> dict[str, Tensor]:
    return Collator(family)([encode(family, example) for example in ask(*counts)])


def gradients(module: SupervisedModule, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    module.zero_grad()
    module(**batch)["loss_sum"].backward()
    return {name: value.grad.clone() for name, value in module.named_parameters() if value.grad is not None}


def test_neighbouring_columns_would_be_wrong(folder: Path, family: Family) -> None:
    """The control: a mask alone leaves a branch's first tokens mixed with another branch's last."""
    module = SupervisedModule(load_tiny(family, folder), family)
    batch = collate(family, 3, 2)
    assert "before_BT" in batch
    columns_T = torch.arange(batch["ids_BT"].shape[1])
    neighbours = batch | {"before_BT": (columns_T - 1).expand_as(batch["ids_BT"])}
    with torch.no_grad():
        right, wrong = (float(module(**each)["loss_sum"]) for each in (batch, neighbours))
    assert abs(wrong - right) > 1e-4 * right, "ten times what trees may differ from examples alone"


def test_gradient_checkpointing_runs_the_same_convolutions_again(folder: Path, family: Family) -> None:
    """The layers run once more while gradients flow back, long after the pass that said who comes before whom."""
    model: Any = apply_tuning(load_tiny(family, folder), family.facts, LORA, 0)
    module, batch = SupervisedModule(model, family), collate(family, 4, 1, 2)
    module.train()
    right = gradients(module, batch)
    runs: list[int] = []
    convolutions = [each for each in model.modules() if isinstance(each, TreeConv)]
    assert len(convolutions) == 3
    for each in convolutions:
        each.register_forward_pre_hook(lambda *given: runs.append(1))
    module.recompute_activations()
    found = gradients(module, batch)
    assert len(runs) == 2 * len(convolutions)
    assert found.keys() == right.keys()
    assert any(".conv.in_proj." in name for name in found)
    for name, value in found.items():
        torch.testing.assert_close(value, right[name], rtol=1e-5, atol=1e-7)


def test_cache_of_padded_rows_gives_the_states_of_the_whole(folder: Path, family: Family) -> None:
    """One example a row, padded on the left, read in three parts; the last parts know the first from the cache."""
    model = load_tiny(family, folder)
    items = [encode(family, example) for example in ask(2, 1)]
    rows = lay_rows(items, family.pad_id, side="left")
    inputs = read_inputs(model, family, {**rows, **read_pixels(family, items)})
    assert (inputs.mask[:, 0] == 0).any()
    ends = [inputs.ids_BT.shape[1] - 3, inputs.ids_BT.shape[1] - 2, inputs.ids_BT.shape[1]]
    with torch.no_grad():
        right_BTD = family.hidden(model, inputs)
        cache, parts, start = family.new_cache(model), [], 0
        for end in ends:
            part = replace(inputs, ids_BT=inputs.ids_BT[:, start:end], mask=inputs.mask[:, :end], cache=cache)
            parts.append(family.hidden(model, part if start == 0 else replace(part, pixels={})))
            start = end
    tokens_BT = inputs.mask.bool()
    torch.testing.assert_close(torch.cat(parts, dim=1)[tokens_BT], right_BTD[tokens_BT], rtol=1e-4, atol=1e-5)


def test_published_use_of_the_model_stays_what_it_was(folder: Path, family: Family, tmp_path: Path) -> None:
    model: Any = load_tiny(family, folder)
    names = set(model.state_dict())
    inputs = {"input_ids": torch.tensor([[1, 5, 300, 301, 302]]), "attention_mask": torch.tensor([[0, 1, 1, 1, 1]])}

    def use() -> tuple[Tensor, list[int]]:
        with torch.no_grad():
            said = model.generate(**inputs, max_new_tokens=6, do_sample=False)
            return model(**inputs).logits, said[0].tolist()

    logits, said = use()
    with torch.no_grad():
        family.hidden(model, read_inputs(model, family, collate(family, 3)))
    assert sum(isinstance(each, TreeConv) for each in model.modules()) == 3
    after, said_after = use()
    assert torch.equal(after, logits)
    assert said_after == said
    model.save_pretrained(tmp_path / "saved")
    plain: Any = AutoModelForImageTextToText.from_pretrained(tmp_path / "saved")
    assert set(plain.state_dict()) == names
    assert not any(isinstance(each, TreeConv) for each in plain.modules())
    with torch.no_grad():
        assert torch.equal(plain(**inputs).logits, logits)


def test_states_of_a_tree_do_not_depend_on_its_neighbours(folder: Path, family: Family) -> None:
    """Rows of several trees, the same questions in another order."""
    model = load_tiny(family, folder)
    items = [encode(family, example) for example in ask(1, 3, 1, 2)]
    with torch.no_grad():
        losses = []
        for order in (items, items[::-1]):
            losses.append(float(SupervisedModule(model, family)(**Collator(family)(order))["loss_sum"]))
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_block_masks_say_the_same(folder: Path, family: Family) -> None:
    model: Any = load_tiny(family, folder)
    batch = collate(family, 12, 2, 1)
    with torch.no_grad():
        right_BTD = family.hidden(model, read_inputs(model, family, batch))
        model.set_attn_implementation({"text_config": offer_flex()})
        inputs = read_inputs(model, family, batch)
        assert not isinstance(inputs.mask, Tensor)
        torch.testing.assert_close(family.hidden(model, inputs), right_BTD, rtol=1e-4, atol=1e-5)


def test_predecessors_lead_back_through_trunk_and_cache() -> None:
    before_BS = torch.tensor([[-1, 0, 1, 1, 3, 2, -1], [-1, 0, -1, 2, 3, 4, 5]])
    one, two, three = find_predecessors(before_BS, 3, 3).columns_BT
    assert one.tolist() == [[3, 2, -1], [3, 4, 5]]
    assert two.tolist() == [[1, 1, -1], [2, 3, 4]]
    assert three.tolist() == [[0, 0, -1], [-1, 2, 3]]
    assert find_predecessors(before_BS, 7, 0).columns_BT == ()


def test_one_layer_is_the_published_one_where_nobody_branches(folder: Path, family: Family) -> None:
    model: Any = load_tiny(family, folder)
    layer = model.model.language_model.layers[0].conv
    torch.manual_seed(0)
    states_BTD = torch.randn(2, 9, 32)
    right = layer(states_BTD)
    layer.__class__ = TreeConv
    chain = find_predecessors(torch.arange(-1, 8).expand(2, 9), 9, layer.conv_kernel_size - 1)
    assert isinstance(chain, Predecessors)
    torch.testing.assert_close(layer(states_BTD, attention_mask=chain), right, rtol=1e-5, atol=1e-6)
    assert torch.equal(layer(states_BTD), right)


def test_grown_branches_are_those_of_the_whole_row(folder: Path, family: Family) -> None:
    """A cache of a tree takes one more token of each branch at once, though each continues another column."""
    model = load_tiny(family, folder)
    whole = read_inputs(model, family, collate(family, 3))
    tokens = whole.ids_BT.shape[1]
    before = whole.before_BT
    assert before is not None
    leaves = [column for column in range(tokens) if column not in before[0].tolist()]
    kept = [column for column in range(tokens) if column not in leaves]
    columns = torch.tensor([*kept, *leaves])
    place = torch.full((tokens + 1,), -1)
    place[columns] = torch.arange(tokens)  # place[-1] stays -1: who has no predecessor
    moved = Inputs(
        whole.ids_BT[:, columns],
        whole.mask[:, :, columns][:, :, :, columns],
        whole.positions_BT[:, columns],  # type: ignore[index]
        place[before[:, columns]],
        whole.pixels,
    )
    n = len(kept)
    cache = family.new_cache(model)
    first = replace(
        moved,
        ids_BT=moved.ids_BT[:, :n],
        mask=moved.mask[:, :, :n, :n],
        positions_BT=moved.positions_BT[:, :n],  # type: ignore[index]
        before_BT=moved.before_BT[:, :n],  # type: ignore[index]
        cache=cache,
    )
    later = Inputs(
        moved.ids_BT[:, n:],
        moved.mask[:, :, n:],
        moved.positions_BT[:, n:],  # type: ignore[index]
        moved.before_BT[:, n:],  # type: ignore[index]
        cache=cache,
    )
    assert len(leaves) == 3
    with torch.no_grad():
        right_BTD = family.hidden(model, whole)
        family.hidden(model, first)
        found_BTD = family.hidden(model, later)
    torch.testing.assert_close(found_BTD, right_BTD[:, leaves], rtol=1e-4, atol=1e-5)
