"""Base weights in 4 or 8 bits (QLoRA: Dettmers et al. 2023, arXiv 2305.14314), by bitsandbytes.

Quantised are the linear layers of the language model's attention and feed-forward blocks. Embeddings, output head,
norms, tower and projector stay as they are: they are small, and what is rounded there is rounded for every token.
"""

import importlib
import logging
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Literal

import torch
from torch import nn

from lensmith.errors import Problem, RecipeError
from lensmith.families.facts import Facts
from lensmith.ranks import shards_weights

Quantise = Literal["none", "4bit", "8bit"]
BACKEND = "bitsandbytes"
# At every layer it repeats in which format it rounds.
logging.getLogger(BACKEND).setLevel(logging.ERROR)

# Values that share a scale in 4 bits, and scales that share one when they are quantised themselves.
BLOCK_VALUES, BLOCK_SCALES = 64, 256
# A layer of so many inputs and outputs is tried before a model is loaded.
_TRIED = 64


def settle_backend(quantise: Quantise, device: torch.device) -> tuple[str, str]:
    """The package that quantises on this device and why it is the one: a layer was computed there, both ways.

    Raises:
        RecipeError: it is not installed, the device cannot do it, or weights are spread over processes.
    """
    if quantise == "none":
        return "none", "nothing is quantised"
    if shards_weights():
        found = f"{quantise} weights cannot be spread over processes, as FSDP does"
        fix = "launch with DDP, which holds them whole in each, or set tune.quantise: none"
        raise RecipeError(Problem("recipe/quantise-sharded", "tune.quantise", found, fix=fix))
    import_bitsandbytes(f"tune.quantise {quantise}", "tune.quantise: none")
    try:
        _try_layer(quantise, device)
    except (RuntimeError, NotImplementedError, ValueError, AssertionError, AttributeError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise RecipeError(
            Problem(
                "recipe/quantise-device",
                "tune.quantise",
                f"{BACKEND} {version(BACKEND)} cannot compute a {quantise} layer on {device}: {lines[0]}",
                fix="set tune.quantise: none, or another model.device",
            )
        ) from error
    reason = f"version {version(BACKEND)} computes {quantise} layers on {device.type}: one was tried, both ways"
    return BACKEND, reason + (_missing_kernel() if (quantise, device.type) == ("4bit", "cpu") else "")


def _missing_kernel() -> str:
    """What bitsandbytes warns of where it looked for a kernel of its own for this CPU and found none."""
    operations = importlib.import_module(f"{BACKEND}.backends.cpu.ops")
    if getattr(operations, "gemm_4bit_forward_kernel", operations) is not None:
        return ""
    return "; its fused kernel for this CPU (package kernels) is absent, and not needed: it has no gradient"


def import_bitsandbytes(asked: str, instead: str) -> Any:
    """The package.

    Args:
        asked: what needs it, as a problem tells it.
        instead: what does not.

    Raises:
        RecipeError: it is not installed.
    """
    if find_spec(BACKEND) is None:
        found = f"{asked} needs {BACKEND}, which is not installed"
        fix = f"pip install 'lensmith[bnb]', or use {instead}"
        raise RecipeError(Problem("recipe/bitsandbytes-not-installed", asked.partition(" ")[0], found, fix=fix))
    return importlib.import_module(BACKEND)


def find_quantised(model: nn.Module, facts: Facts) -> list[str]:
    """Full paths of the layers that are quantised, in a model that is not yet; adapters may be around them.

    >>> from lensmith.families import FAMILIES
    >>> model = nn.ModuleDict({"lm_head": nn.Linear(2, 2)})
    >>> find_quantised(model, FAMILIES["paligemma"].facts)
    []
    """
    named = facts.attention_layers | facts.mlp_layers
    found = []
    for name, layer in model.named_modules():
        plain = name.removeprefix("base_model.model.").removesuffix(".base_layer")
        if type(layer) is nn.Linear and plain.rpartition(".")[2] in named and facts.component_of(plain) == "language":
            found.append(name)
    return found


def quantised_bytes(values: int, quantise: Quantise, rows: int) -> int:
    """What a layer's weight takes: the rounded values and their scales.

    >>> quantised_bytes(4096, "none", 64), quantised_bytes(4096, "8bit", 64), quantised_bytes(4096, "4bit", 64)
    (0, 4352, 2116)

    Args:
        values: in the weight.
        quantise: as in the recipe; none takes nothing.
        rows: outputs of the layer; each has a scale in 8 bits.
    """
    if quantise == "8bit":
        return values + 4 * rows
    if quantise == "none":
        return 0
    scales = -(-values // BLOCK_VALUES)
    return -(-values // 2) + scales + 4 * -(-scales // BLOCK_SCALES)


def make_settings(model: nn.Module, facts: Facts, quantise: Quantise, dtype: torch.dtype) -> Any:
    """The `quantization_config` that transformers loads such a model by, and writes beside it.

    Args:
        model: an outline of it, without weights.
        facts: of its family.
        quantise: 4bit or 8bit.
        dtype: of matrix products.

    Raises:
        RecipeError: no layer would be quantised.
    """
    from transformers import BitsAndBytesConfig

    chosen = set(find_quantised(model, facts))
    if not chosen:
        found = f"family {facts.name} names no linear layer of this model's language part"
        raise RecipeError(Problem("recipe/quantise-nothing", "tune.quantise", found, fix="set tune.quantise: none"))
    whole = [name for part, paths in facts.modules.items() if part != "language" for name in paths]
    left_out = [name for name in whole if _has(model, name)]
    left_out += [
        name
        for name, layer in model.named_modules()
        if isinstance(layer, nn.Linear) and name not in chosen and facts.component_of(name) == "language"
    ]
    if quantise == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=left_out)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
        llm_int8_skip_modules=left_out,
    )


def keep_differentiable(model: nn.Module) -> None:
    """Keeps bitsandbytes from repacking 4-bit weights on a CPU with AVX-512 BF16.

    It does so at the first forward pass in evaluation mode, and what it computes with them afterwards has no gradient
    and is rounded to bfloat16: a model that answers before it is trained would train next to nothing.
    """
    layer: Any
    for layer in model.modules():
        if hasattr(layer, "support_avx512bf16_for_cpu"):
            layer.support_avx512bf16_for_cpu = False


def held_as(model: nn.Module) -> Quantise:
    """How a model holds its quantised layers, none where it has no such layer; adapters may be around them."""
    kinds = {type(layer) for layer in model.modules() if isinstance(layer, nn.Linear)} - {nn.Linear}
    names = {kind.__name__ for kind in kinds}
    return "4bit" if "Linear4bit" in names else "8bit" if "Linear8bitLt" in names else "none"


def dequantise(model: nn.Module) -> nn.Module:
    """The same model with its rounded weights as plain numbers: what it computes stays, within rounding."""
    held: Any = model
    if held_as(model) == "none":
        return model
    plain: nn.Module = held.dequantize()
    return plain


def _has(model: nn.Module, name: str) -> bool:
    with suppress(AttributeError):
        model.get_submodule(name)
        return True
    return False


def _try_layer(quantise: Quantise, device: torch.device) -> None:
    """One layer there and back.

    Raises:
        RuntimeError: what comes of it is not what the weights say.
    """
    bnb: Any = importlib.import_module(BACKEND)
    weight = torch.linspace(-1, 1, _TRIED * _TRIED).reshape(_TRIED, _TRIED)
    if quantise == "4bit":
        layer = bnb.nn.Linear4bit(_TRIED, _TRIED, bias=False, compute_dtype=torch.float32, quant_type="nf4")
        layer.weight = bnb.nn.Params4bit(weight.clone(), requires_grad=False, quant_type="nf4")
    else:
        layer = bnb.nn.Linear8bitLt(_TRIED, _TRIED, bias=False, has_fp16_weights=False)
        layer.weight = bnb.nn.Int8Params(weight.clone(), requires_grad=False, has_fp16_weights=False)
    layer = layer.to(device)
    given = torch.eye(_TRIED, device=device, requires_grad=True)
    made = layer(given)
    made.sum().backward()
    far = (made.detach().cpu() - weight.T).abs().max()
    if given.grad is None or not far < 0.5:  # NF4's widest step is 0.3 of the largest value
        raise RuntimeError("the layer computes something else than its weights say")
