"""Weights are numbers, and what they make of a real batch stays within what the precision can hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lensmith.errors import LensmithError, PreflightError, Problem
from lensmith.families.placement import DTYPES
from lensmith.training.faults import is_out_of_memory
from lensmith.training.module import SupervisedModule
from lensmith.training.preflight.contract import Case, Finding, UncheckedError

# Training moves activations: this near to the end of the range, no room is left for that.
ROOM = 4.0
_WIDER = "set train.precision to bf16, whose range is float32's, or to fp32"
_AGAIN = "get the model again: what is there computes no numbers"


class Numbers:
    """Weights that are not finite, and activations beyond the range of the precision that is trained in."""

    name = "numbers"
    describe = "the range of weights and activations"

    def find(self, case: Case) -> Iterator[Finding]:
        """An error where a number is lost, a warning where the range nearly is; from one batch, without gradients."""
        model = case.weights()
        if case.placement is None or not case.batches:
            raise UncheckedError("there is no batch, or no device, to try it on")
        broken = [name for name, value in model.named_parameters() if not bool(torch.isfinite(value).all())]
        if broken:
            found = f"{len(broken)} tensors hold values that are no numbers, the first is {broken[0]}"
            held = str(case.placement.weights_dtype).removeprefix("torch.")
            fix = _WIDER if case.placement.precision == "fp16" else _AGAIN
            yield Finding("preflight/weights-not-finite", "error", f"the model's weights in {held}", found, fix)
            return
        yield from self._find_in_activations(case, model)

    def _find_in_activations(self, case: Case, model: nn.Module) -> Iterator[Finding]:
        assert case.placement is not None
        precision = case.placement.precision
        largest, loss = _try(case, model)
        where, most = max(largest.items(), key=lambda pair: pair[1], default=("", 0.0))
        limit = torch.finfo(DTYPES[precision]).max
        fix = _WIDER if precision == "fp16" else _AGAIN
        place = f"train.precision {precision}, {where or 'the model'}"
        if not (most < limit and loss < float("inf")):
            found = f"activations of the first batch exceed {limit:.3g}, the largest number there is"
            yield Finding("preflight/overflow", "error", place, found, fix)
        elif most * ROOM > limit:
            found = f"activations of the first batch reach {most:.3g}; {limit:.3g} is the largest number there is"
            yield Finding("preflight/near-overflow", "warning", place, found, fix)


def _try(case: Case, model: nn.Module) -> tuple[dict[str, float], float]:
    """The largest activation of each layer on the first batch, and the loss; what is no number counts as infinite."""
    assert case.placement is not None
    device, precision = case.placement.device, case.placement.precision
    batch = {name: value.to(device) for name, value in case.batches[0].tensors.items()}
    try:
        with _evaluating(model), _watched(model) as largest, torch.no_grad():
            with torch.autocast(device.type, DTYPES[precision], enabled=precision != "fp32"):
                outputs = SupervisedModule(model, case.family)(**batch)
            loss = float((outputs["loss_sum"] / outputs["weight_sum"]).nan_to_num(nan=float("inf")))
    except LensmithError:
        raise
    except (RuntimeError, ValueError, MemoryError) as error:
        if is_out_of_memory(error):
            found = f"a batch of {len(case.batches[0].items)} questions does not fit the memory"
            raise UncheckedError(found) from error
        found = f"the model refuses it: {str(error).strip().partition(chr(10))[0]}"
        fix = "use the processor that this model was saved with, and train.features: off"
        raise PreflightError(Problem("preflight/batch-refused", "batch 1 of training", found, fix=fix)) from error
    return {name: float(value) for name, value in largest.items()}, loss


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


@contextmanager
def _watched(model: nn.Module) -> Iterator[dict[str, Tensor]]:
    """Notes the largest absolute value that each layer puts out."""
    largest: dict[str, Tensor] = {}

    def watch(name: str) -> Any:
        def note(module: nn.Module, given: Any, made: Any) -> None:
            if isinstance(made, Tensor) and made.is_floating_point() and made.numel():
                most = made.detach().abs().max().float().nan_to_num(nan=float("inf"))
                largest[name] = torch.maximum(largest[name], most) if name in largest else most

        return note

    hooks = [
        layer.register_forward_hook(watch(name))
        for name, layer in model.named_modules()
        if name and not any(True for _ in layer.children())
    ]
    try:
        yield largest
    finally:
        for hook in hooks:
            hook.remove()


NUMBERS = Numbers()
