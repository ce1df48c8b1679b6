"""Tuning, for every family: what is frozen stays, adapters are where they belong, and what is delivered is what was."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch
from checkpoints import COSTLY, Checkpoint
from safetensors.torch import load_file
from torch import Tensor, nn

from lensmith.batching.encode import encode_examples
from lensmith.batching.rows import Collator
from lensmith.config.sections import LoraSection, ModelSection, PromptSection, Recipe, TuneSection
from lensmith.families.contract import Family
from lensmith.families.opening import load_model, open_family
from lensmith.families.placement import choose_placement
from lensmith.families.tuned import attach_adapter, find_tuned, unwrap
from lensmith.training.adapters import apply_tuning
from lensmith.training.deliver import deliver, merge_adapter
from lensmith.training.module import SupervisedModule
from lensmith.training.seeing import keep_features
from lensmith.types import Example, Turn
from tiny_models import CPU, Noise, load_tiny, open_tiny

LORA = TuneSection(lora=LoraSection(r=2, targets="all"))
FULL = TuneSection(method="full", freeze=["vision"])
EXAMPLES = tuple(
    Example(f"e{at}", (Noise(at // 2),), (Turn(asked, (said,)),), str(at // 2))
    for at, (asked, said) in enumerate((("Цвет?", "красный"), ("Что это?", "кот 🐈"), ("How many?", "two cats")))
)

Built = tuple[Checkpoint, Path]


@pytest.fixture(params=COSTLY, scope="module")
def built(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> Built:
    """Every checkpoint of every family, one after the other."""
    return request.param, build_once(request.param.name, request.param.build)


def tuned(built: Built, tune: TuneSection) -> SupervisedModule:
    """The checkpoint's model, its trained weights moved from where they start, adapters' zeros too."""
    family = open_tiny(built[1])
    module = SupervisedModule(apply_tuning(load_tiny(family, built[1]), family.facts, tune, 0), family)
    stir(module)
    return module.eval()


def stir(module: nn.Module) -> None:
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for value in module.parameters():
            if value.requires_grad:
                value.add_(0.05 * torch.randn(value.shape, generator=generator))


def batch_of(family: Family) -> dict[str, Tensor]:
    result = encode_examples(family, EXAMPLES, None)
    assert not result.problems
    return Collator(family)(result.encoded)


def loss_of(family: Family, model: nn.Module) -> float:
    with torch.no_grad():
        return float(SupervisedModule(model, family)(**batch_of(family))["loss_sum"])


def take_steps(module: SupervisedModule, count: int = 2) -> None:
    """Steps that would move every weight that they are given, by its gradient or by decay."""
    optimizer = torch.optim.AdamW((value for value in module.parameters() if value.requires_grad), 0.01, weight_decay=1)
    for _ in range(count):
        optimizer.zero_grad()
        module(**batch_of(module.family))["loss_sum"].backward()
        optimizer.step()


def held(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in module.state_dict().items()}


def changed(module: nn.Module, before: dict[str, Tensor]) -> set[str]:
    after = held(module)
    assert after.keys() == before.keys()
    return {
        name.removeprefix("model.base_model.model.") for name in after if not torch.equal(after[name], before[name])
    }


def test_adapter_and_merged_model_are_what_was_tuned(built: Built, tmp_path: Path) -> None:
    module = tuned(built, LORA)
    expected, base = loss_of(module.family, module.model), loss_of(module.family, load_tiny(module.family, built[1]))
    assert abs(expected - base) > 1e-3, "an adapter that does nothing would prove nothing"
    section = ModelSection(name=str(built[1]))
    delivered = deliver(module.model, module.family, section, tmp_path)
    found = find_tuned(ModelSection(name=str(delivered)))
    assert found.adapter == delivered
    family = open_family(found.base, PromptSection())
    model = attach_adapter(load_model(family, found.base, device=CPU, dtype=torch.float32), delivered)
    assert loss_of(family, model) == pytest.approx(expected, rel=1e-6)
    merged = deliver(merge_adapter(module.model), module.family, section, tmp_path)
    again = open_tiny(merged)
    assert loss_of(again, load_tiny(again, merged)) == pytest.approx(expected, rel=1e-4)


def test_full_model_comes_back_under_the_names_it_had(built: Built, tmp_path: Path) -> None:
    module = tuned(built, FULL)
    expected = loss_of(module.family, module.model)
    delivered = deliver(module.model, module.family, ModelSection(name=str(built[1])), tmp_path)
    again = open_tiny(delivered)
    assert loss_of(again, load_tiny(again, delivered)) == pytest.approx(expected, rel=1e-5)
    assert names_in(delivered) == names_in(built[1])
    assert [ids.tolist() for ids in ids_of(again)] == [ids.tolist() for ids in ids_of(module.family)]


def names_in(folder: Path) -> set[str]:
    return {name for path in folder.glob("*.safetensors") for name in load_file(path)}


def ids_of(family: Family) -> Sequence[Tensor]:
    return [torch.from_numpy(item.ids_T) for item in encode_examples(family, EXAMPLES, None).encoded]


def test_disabled_adapters_are_the_base(built: Built) -> None:
    module = tuned(built, LORA)
    batch = batch_of(module.family)
    model: nn.Module = module.model
    with torch.no_grad(), model.disable_adapter():  # type: ignore[operator]
        off = module(**batch)["loss_sum"]
    base = SupervisedModule(load_tiny(module.family, built[1]), module.family)
    with torch.no_grad():
        assert torch.equal(off, base(**batch)["loss_sum"])


def test_language_adapters_leave_everything_else_alone(built: Built) -> None:
    """Bare layer names would put them into the tower as well, which has layers of the same names."""
    module = tuned(built, LORA)
    component = module.family.facts.component_of
    trained = [name for name, value in module.named_parameters() if value.requires_grad]
    plain = [name.removeprefix("model.base_model.model.") for name in trained]
    assert plain
    assert all("lora_" in name and component(name) == "language" for name in plain)
    before = held(module)
    take_steps(module)
    assert changed(module, before) == set(plain)


def test_gate_and_up_read_what_the_rest_writes_back(built: Built) -> None:
    """By shape: what `gate_up` tunes takes the hidden state in, what it leaves alone gives one out."""
    family = open_tiny(built[1])
    facts, hidden = family.facts, family.config.get_text_config().hidden_size
    sides: dict[bool, set[tuple[bool, bool]]] = {True: set(), False: set()}
    for path, layer in load_tiny(family, built[1]).named_modules():
        name = path.rpartition(".")[2]
        if isinstance(layer, nn.Linear) and facts.component_of(path) == "language" and name in facts.mlp_layers:
            sides[name in facts.gate_up_layers].add((layer.in_features == hidden, layer.out_features == hidden))
    assert sides == {True: {(True, False)}, False: {(False, True)}}


def test_frozen_tower_stays_while_the_rest_moves(built: Built) -> None:
    module = tuned(built, FULL)
    component = module.family.facts.component_of
    names = {name.removeprefix("model.") for name, _ in module.named_parameters()}
    before = held(module)
    take_steps(module)
    moved = {name.removeprefix("model.") for name in changed(module, before)} & names
    assert "vision" not in {component(name) for name in moved}
    assert "language" in {component(name) for name in moved}
    assert "vision" in {component(name) for name in names}


@pytest.mark.parametrize("tune", [LORA, FULL], ids=["projected", "seen"])
def test_kept_features_give_what_pictures_give(built: Built, tmp_path: Path, tune: TuneSection) -> None:
    module = tuned(built, tune)
    family = module.family
    recipe = Recipe.model_validate(
        {
            "model": {"name": str(built[1])},
            "data": {"train": ["unused"]},
            "tune": {"method": tune.method} | ({"freeze": ["vision"]} if tune is FULL else {}),
            "train": {"features": str(tmp_path), "workers": 0},
        }
    )
    items = encode_examples(family, EXAMPLES, None).encoded
    images = [image for item in items for image in item.images]
    placement = choose_placement("cpu", "fp32", full=False)
    kept = keep_features(unwrap(module.model), family, recipe, placement, images)
    assert (kept is not None) == family.keeps_features
    if kept is None:
        return
    looked, remembered = Collator(family)(items), Collator(family, kept)(items)
    assert not any(name.startswith("pixels_") for name in remembered)
    with torch.no_grad():
        torch.testing.assert_close(module(**remembered)["loss_sum"], module(**looked)["loss_sum"], rtol=1e-5, atol=0)
