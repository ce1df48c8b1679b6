"""Rounded bases, for every family: which layers they are, what gradients pass through them, what they take."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from checkpoints import CHECKPOINTS, Checkpoint
from test_tuning_contract import batch_of, loss_of, stir
from torch import Tensor, nn

from lensmith.config.sections import LoraSection, ModelSection, Recipe, TuneSection
from lensmith.errors import ModelError, RecipeError
from lensmith.families.contract import Family
from lensmith.families.opening import load_model
from lensmith.families.placement import choose_placement
from lensmith.families.quantising import Quantise, dequantise, held_as, quantised_bytes, settle_backend
from lensmith.training.adapters import apply_tuning
from lensmith.training.deliver import write_model
from lensmith.training.module import SupervisedModule
from lensmith.training.seeing import keep_features
from tiny_models import CPU, Noise, load_tiny, open_tiny

pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed")

QUICK = ("llava-gemma-clip", "lfm2-vl", "moondream2-2025", "qwen2-5-vl")
ALL = [pytest.param(each, id=each.name, marks=[] if each.name in QUICK else [pytest.mark.slow]) for each in CHECKPOINTS]
ADAPTERS = TuneSection(lora=LoraSection(r=2, targets="all"))


@pytest.fixture(params=ALL, scope="module")
def folder(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> Path:
    """Every checkpoint of every family, one after the other."""
    checkpoint: Checkpoint = request.param
    return build_once(checkpoint.name, checkpoint.build)


@pytest.fixture(scope="module")
def base(build_once: Callable[..., Path]) -> Path:
    checkpoint = next(each for each in CHECKPOINTS if each.name == QUICK[0])
    return build_once(checkpoint.name, checkpoint.build)


def load_rounded(family: Family, folder: Path, quantise: Quantise) -> nn.Module:
    return load_model(family, ModelSection(name=str(folder)), device=CPU, dtype=torch.float32, quantise=quantise)


def rounded(model: nn.Module) -> dict[str, nn.Module]:
    return {
        name: layer for name, layer in model.named_modules() if type(layer).__name__ in ("Linear4bit", "Linear8bitLt")
    }


def gradients(module: SupervisedModule) -> dict[str, Tensor]:
    module.train()
    module(**batch_of(module.family))["loss_sum"].backward()
    return {name: value.grad.clone() for name, value in module.named_parameters() if value.grad is not None}


def test_the_language_model_s_own_layers_are_rounded_and_nothing_else(folder: Path) -> None:
    family = open_tiny(folder)
    plain, model = load_tiny(family, folder), load_rounded(family, folder, "4bit")
    names = rounded(model).keys()
    assert held_as(model) == "4bit"
    assert {family.facts.component_of(name) for name in names} == {"language"}
    assert {name.rpartition(".")[2] for name in names} <= family.facts.attention_layers | family.facts.mlp_layers
    before = dict(plain.named_parameters())
    for name, value in model.named_parameters():
        if name.rpartition(".")[0] not in names:
            assert torch.equal(value, before[name]), f"{name} is not what it was"
    blocks = [layer for name, layer in plain.named_modules() if isinstance(layer, nn.Linear) and ".layers." in name]
    assert len(names) >= len(blocks) // 4, "few layers are rounded"


def test_gradients_pass_through_rounded_layers_as_through_plain_ones(folder: Path) -> None:
    """Also in a model that has answered before, which is what every run does."""
    found = []
    for plain in (False, True):
        family = open_tiny(folder)
        model = load_rounded(family, folder, "4bit")
        loss_of(family, model)
        module = SupervisedModule(
            apply_tuning(dequantise(model) if plain else model, family.facts, ADAPTERS, 0), family
        )
        stir(module)
        loss_of(family, module.eval().model)
        found.append(gradients(module))
    first, second = found
    assert first
    assert first.keys() == second.keys()
    assert all("lora_" in name for name in first)
    for name in first:
        torch.testing.assert_close(first[name], second[name], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("quantise", ["4bit", "8bit"])
def test_steps_on_a_rounded_base_lower_the_loss(base: Path, quantise: Quantise) -> None:
    family = open_tiny(base)
    module = SupervisedModule(apply_tuning(load_rounded(family, base, quantise), family.facts, ADAPTERS, 0), family)
    packed = {name: layer.weight.detach().clone() for name, layer in rounded(module).items()}
    first = loss_of(family, module.eval().model)
    optimizer = torch.optim.AdamW([value for value in module.parameters() if value.requires_grad], 0.01)
    for _ in range(10):
        optimizer.zero_grad()
        gradients(module)
        optimizer.step()
    assert loss_of(family, module.eval().model) < 0.7 * first
    assert all(torch.equal(layer.weight, packed[name]) for name, layer in rounded(module).items())


def test_features_of_a_tower_are_shared_with_a_base_that_is_not_rounded(base: Path, tmp_path: Path) -> None:
    recipe = Recipe.model_validate(
        {
            "model": {"name": str(base)},
            "data": {"train": ["unused"]},
            "train": {"features": str(tmp_path), "workers": 0},
        }
    )
    placement, family = choose_placement("cpu", "fp32", full=False), open_tiny(base)
    kept = []
    for model in (load_tiny(family, base), load_rounded(family, base, "4bit")):
        assert keep_features(model, family, recipe, placement, [Noise(1)]) is not None
        kept.append(sorted(path.name for path in tmp_path.rglob("*") if path.is_dir()))
    assert kept[0] == kept[1]


@pytest.mark.parametrize("quantise", ["4bit", "8bit"])
@pytest.mark.parametrize("shape", [(96, 64), (320, 8), (100, 33)])
def test_what_a_rounded_layer_takes_is_known_beforehand(quantise: Quantise, shape: tuple[int, int]) -> None:
    import bitsandbytes as bnb

    rows, columns = shape
    plain = torch.randn(rows, columns)
    if quantise == "8bit":
        layer = bnb.nn.Int8Params(plain, requires_grad=False, has_fp16_weights=False).to("cpu")
        held = [layer.data, layer.SCB]
    else:
        layer = bnb.nn.Params4bit(plain, requires_grad=False, compress_statistics=True, quant_type="nf4").to("cpu")
        held = [layer.data, layer.quant_state.absmax, layer.quant_state.state2.absmax]
    assert quantised_bytes(rows * columns, quantise, rows) == sum(each.numel() * each.element_size() for each in held)


def test_a_device_that_cannot_do_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecipeError, match="cannot compute a 4bit layer on meta"):
        settle_backend("4bit", torch.device("meta"))
    assert settle_backend("none", torch.device("meta")) == ("none", "nothing is quantised")
    name, reason = settle_backend("4bit", CPU)
    assert (name, "computes 4bit layers on cpu" in reason) == ("bitsandbytes", True)
    kernel = "bitsandbytes.backends.cpu.ops.gemm_4bit_forward_kernel"
    for found in (None, object()):  # what bitsandbytes has after it looked for one, as it does on some CPUs
        monkeypatch.setattr(kernel, found, raising=False)
        assert ("its fused kernel for this CPU" in settle_backend("4bit", CPU)[1]) == (found is None)
        assert "kernel" not in settle_backend("8bit", CPU)[1]
    monkeypatch.setattr("lensmith.families.quantising.find_spec", lambda name: None)
    with pytest.raises(RecipeError, match="bitsandbytes, which is not installed"):
        settle_backend("8bit", CPU)


def test_a_kernel_that_is_absent_is_no_matter_of_who_did_not_ask_for_4_bits() -> None:
    code = "import lensmith.workflows, bitsandbytes"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "kernels" not in told.stderr


def test_a_checkpoint_that_is_rounded_already_opens_as_it_is_and_is_not_rounded_again(
    base: Path, tmp_path: Path
) -> None:
    family = open_tiny(base)
    model = load_rounded(family, base, "4bit")
    saved = write_model(model, family, tmp_path / "saved")
    again = open_tiny(saved)
    opened = load_model(again, ModelSection(name=str(saved)), device=CPU, dtype=torch.float32)
    assert held_as(opened) == "4bit"
    assert loss_of(again, opened) == loss_of(family, model)
    with pytest.raises(ModelError, match="quantised already"):
        load_rounded(again, saved, "8bit")
    with pytest.raises(RecipeError, match="rounded weights cannot be trained"):
        apply_tuning(opened, again.facts, TuneSection(method="full"), 0)
