"""Where and in which number format a model runs, always with a reason."""

import pytest
import torch

from lensmith.errors import RecipeError
from lensmith.families.placement import choose_placement

CPU_ONLY = pytest.mark.skipif(
    torch.cuda.is_available() or torch.backends.mps.is_available(), reason="says what happens where there is no GPU"
)


def refusal(device: str, precision: str) -> str:
    with pytest.raises(RecipeError) as caught:
        choose_placement(device, precision, full=False)
    (problem,) = caught.value.problems
    assert problem.fix or problem.expected
    return problem.where


def test_cpu_alone_is_exact_and_says_why() -> None:
    placed = choose_placement("cpu", "auto", full=False)
    assert (placed.device, placed.precision, placed.weights_dtype) == (torch.device("cpu"), "fp32", torch.float32)
    assert "cpu" in placed.precision_reason
    assert placed.device_reason == "asked for"


@CPU_ONLY
def test_auto_finds_what_is_there_and_says_so() -> None:
    placed = choose_placement("auto", "auto", full=True)
    assert placed.device == torch.device("cpu")
    assert placed.precision == "fp32"
    assert "GPU" in placed.device_reason


def test_half_precision_that_cannot_train_is_refused() -> None:
    assert refusal("cpu", "fp16") == "train.precision"


@pytest.mark.parametrize(("full", "held"), [(False, torch.bfloat16), (True, torch.float32)])
def test_bfloat16_on_a_cpu_is_the_users_choice(full: bool, held: torch.dtype) -> None:
    placed = choose_placement("cpu", "bf16", full=full)
    assert placed.precision == "bf16"
    assert placed.precision_reason == "asked for"
    assert placed.weights_dtype == held
    assert placed.trained_dtype == torch.float32


@pytest.mark.parametrize("precision", ["fp8", "", "float32", "BF16"])
def test_unknown_precision_is_refused(precision: str) -> None:
    assert refusal("cpu", precision) == "train.precision"


@CPU_ONLY
@pytest.mark.parametrize("device", ["cuda", "cuda:1", "mps", "tpu", "", "gpu"])
def test_device_that_is_not_there_is_refused(device: str) -> None:
    assert refusal(device, "auto") == "model.device"
