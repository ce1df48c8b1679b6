"""One training step on tensors without storage: what it would compute, and how much memory it would hold at once.

The step that is traced is the one that training takes: the same module, the same batch, the same attention kernels and
number formats. Only the numbers are missing, so a model of any size is traced in seconds and in a few megabytes.
"""

import os
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode, unset_fake_temporarily
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.flop_counter import flop_registry, sdpa_backward_flop_count, sdpa_flop_count

from lensmith.batching.rows import PIXELS, Collator
from lensmith.config.sections import Recipe
from lensmith.errors import LensmithError, Problem, RunError
from lensmith.families.contract import Family
from lensmith.families.encoded import Encoded
from lensmith.families.placement import DTYPES, Placement
from lensmith.families.tuned import TunedPair
from lensmith.training.anchor import Anchor
from lensmith.training.module import SupervisedModule
from lensmith.training.offload import offload_activations

NOT_TRACED = "plan/not-traced"


@dataclass(frozen=True, slots=True)
class Work:
    """What computing something takes.

    Attributes:
        flops: multiplications and additions in matrix products and attention.
        operations: kernels that are started.
        moved_bytes: read and written by all of them.
    """

    flops: int = 0
    operations: int = 0
    moved_bytes: int = 0

    def __add__(self, other: "Work") -> "Work":
        return Work(self.flops + other.flops, self.operations + other.operations, self.moved_bytes + other.moved_bytes)


@dataclass(frozen=True, slots=True)
class StepTrace:
    """What one forward and backward pass would take.

    Attributes:
        examples: in the batch.
        tokens: in the batch, padding included.
        forward: of the forward pass.
        backward: of the backward pass, recomputed activations included.
        peak_bytes: most that is alive at one time beside weights and optimiser: batch, activations, gradients.
        unreached: names of trained parameters that get no gradient.
        waiting_bytes: most that is in main memory at one time, where the device has a memory of its own.
    """

    examples: int
    tokens: int
    forward: Work
    backward: Work
    peak_bytes: int
    unreached: frozenset[str]
    waiting_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Traces:
    """A step over the longest examples, which decides the memory, and one over typical ones, which decides the time."""

    longest: StepTrace
    typical: StepTrace

    @property
    def unreached(self) -> frozenset[str]:
        """Trained parameters that got no gradient in either."""
        return self.longest.unreached & self.typical.unreached


def trace_steps(
    model: nn.Module, family: Family, items: Sequence[Encoded], recipe: Recipe, placement: Placement
) -> Traces:
    """Traces one step of each kind.

    Args:
        model: on the meta device, tuned as for training, in the formats it would be held in; is used up.
        family: how it is run.
        items: the training examples, at least one.
        recipe: its train section is read.
        placement: where it would run.

    Raises:
        RunError: the model cannot be traced.
        DataError: a picture cannot be read.
    """
    train = recipe.train
    tracer = Tracer(
        model, family, placement, recompute=train.gradient_checkpointing, offload=train.activation_offloading
    )
    ordered = sorted(items, key=len, reverse=True)
    size = min(recipe.train.batch_size, len(ordered))
    longest = tracer.trace_held(ordered[:size], recipe) if recipe.keep.kl else tracer.trace(ordered[:size])
    # evenly spaced through all lengths, as a batch drawn at random is, padding included
    typical = [ordered[int((at + 0.5) * len(ordered) / size)] for at in range(size)]
    return Traces(longest, tracer.trace(typical))


class Ledger(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the work that is done and the bytes of storage that are alive.

    Args:
        known: tensors that are there anyway and are not counted.

    Attributes:
        work: all that was done.
        held_bytes: alive now, by kind of device.
        peak_bytes: most that was alive at one time, by kind of device.
    """

    def __init__(self, known: Iterable[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.work = Work()
        self.peak_bytes: Counter[str] = Counter()
        self.held_bytes: Counter[str] = Counter()
        self._seen: dict[int, Any] = {}
        for tensor in known:
            self._remember(tensor.untyped_storage(), tensor.device.type)

    def hold(self, tensor: Tensor) -> None:
        """Counts a tensor's storage, once, until it is freed."""
        storage, kind = tensor.untyped_storage(), tensor.device.type
        if id(storage) not in self._seen:
            size = storage.nbytes()
            self._remember(storage, kind, size)
            self.held_bytes[kind] += size
            self.peak_bytes[kind] = max(self.peak_bytes[kind], self.held_bytes[kind])

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Runs one operation and enters it."""
        made = func(*args, **(kwargs or {}))
        outputs = [leaf for leaf in tree_leaves(made) if isinstance(leaf, Tensor)]
        if outputs and not func.is_view:
            inputs = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
            moved_bytes = sum(tensor.numel() * tensor.element_size() for tensor in (*inputs, *outputs))
            self.work += Work(_count_flops(func, args, kwargs or {}, made), 1, moved_bytes)
        for tensor in outputs:
            self.hold(tensor)
        return made

    def _remember(self, storage: torch.UntypedStorage, kind: str, size_bytes: int = 0) -> None:
        """Storage is told apart by identity, which holds for as long as it lives."""
        key = id(storage)
        if key not in self._seen:
            self._seen[key] = weakref.ref(storage, lambda _: self._forget(key, kind, size_bytes))

    def _forget(self, key: int, kind: str, size_bytes: int) -> None:
        del self._seen[key]
        self.held_bytes[kind] -= size_bytes


class Known(TorchDispatchMode):
    """Computes with numbers what depends on known whole numbers alone: which tokens are pictures', and their grids.

    Some towers read shapes from them: how many patches a picture has, where it ends among the others.

    Args:
        fake: makes a tensor without numbers, where one with numbers meets one without.
    """

    def __init__(self, fake: Callable[[Tensor], Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._fake = fake

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Runs one operation with numbers, or without."""
        kwargs = kwargs or {}
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        if tensors and not any(isinstance(tensor, FakeTensor) for tensor in tensors):
            with unset_fake_temporarily():
                return func(*args, **kwargs)
        if not tensors and _counts(func, kwargs):
            with unset_fake_temporarily():
                return func(*args, **kwargs)
        if func._overloadpacket in (torch.ops.aten.index, torch.ops.aten.index_put, torch.ops.aten.index_put_):
            args = (args[0], _find_places(args[1]), *args[2:])
        args, kwargs = tree_map_only(Tensor, self._without_numbers, (args, kwargs))
        return func(*args, **kwargs)

    def _without_numbers(self, tensor: Tensor) -> Tensor:
        return tensor if isinstance(tensor, FakeTensor) else self._fake(tensor)


def _find_places(indices: Sequence[Tensor | None]) -> list[Tensor | None]:
    """Indices in which masks that are known are the numbers of their places: how many there are decides a shape."""
    found: list[Tensor | None] = []
    for index in indices:
        if index is None or index.dtype is not torch.bool or isinstance(index, FakeTensor):
            found.append(index)
        else:
            with unset_fake_temporarily():
                found += index.nonzero(as_tuple=True)
    return found


def _counts(func: Any, kwargs: dict[str, Any]) -> bool:
    """True where whole numbers are made from nothing on the CPU: 0, 1, 2, …"""
    on_cpu = kwargs.get("device") is None or torch.device(kwargs["device"]).type == "cpu"
    return on_cpu and func._overloadpacket is torch.ops.aten.arange


class Tracer:
    """Traces steps of one model.

    Args:
        model: on the meta device, tuned as for training; its parameters are replaced by traceable ones.
        family: how it is run.
        placement: the device and number format that the step would have.
        recompute: True where activations are recomputed in the backward pass.
        offload: True where they wait for it in main memory.
    """

    def __init__(
        self, model: nn.Module, family: Family, placement: Placement, *, recompute: bool, offload: bool = False
    ) -> None:
        self.placement = placement
        self.offload = offload
        self.mode = FakeTensorMode(allow_non_fake_inputs=True)
        with self.mode:
            _materialise(model, placement.device)
        self.module = SupervisedModule(model, family)
        if recompute:
            self.module.recompute_activations()
        self.module.train()
        self.collate = Collator(family)

    def trace(self, items: Sequence[Encoded]) -> StepTrace:
        """One forward and backward pass over these examples; their pictures are decoded for their shapes.

        Args:
            items: the batch.

        Raises:
            RunError: the model does something that depends on the values of its inputs.
        """
        try:
            with _without_value_checks():
                return self._trace(self.collate(items), len(items))
        except LensmithError:
            raise
        except (RuntimeError, ValueError) as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            found = f"a training step could not be followed without its numbers: {lines[0]}"
            raise RunError(Problem(NOT_TRACED, "the model", found)) from error

    def trace_held(self, items: Sequence[Encoded], recipe: Recipe) -> StepTrace:
        """As `trace`, with the model held to its base at every answer, which is the most that can be.

        A base beside the model does the same work as the model itself; its weights are not in the trace.
        """
        model = self.module.model
        pair = TunedPair(model, model if recipe.tune.method == "full" else None)
        self.module.anchor = Anchor(pair, recipe.keep.kl)
        try:
            return self.trace([replace(item, anchored=True) for item in items])
        finally:
            self.module.anchor = None

    def _trace(self, batch: dict[str, Tensor], examples: int) -> StepTrace:
        device, precision = self.placement.device, self.placement.precision
        trained = {name: value for name, value in self.module.named_parameters() if value.requires_grad}
        # whole numbers that come with tokens and pictures are kept: shapes are read from them
        inputs = {name: value if _tells_shapes(name, value) else self._fake(value) for name, value in batch.items()}
        for value in trained.values():
            value.grad = None
        ledger = Ledger([*self.module.parameters(), *self.module.buffers()])
        offload = offload_activations(self.module) if self.offload else nullcontext()
        with self.mode, Known(self._fake), ledger, offload:
            for tensor in inputs.values():
                ledger.hold(tensor)
            with torch.autocast(device.type, DTYPES[precision], enabled=precision != "fp32"):
                summed = self.module(**inputs)["loss_sum"]
            loss = summed / inputs["weight_N"].sum()
            forward, ledger.work = ledger.work, Work()
            loss.backward()
        unreached = frozenset(name.removeprefix("model.") for name, value in trained.items() if value.grad is None)
        for value in trained.values():
            value.grad = None
        waiting_bytes = ledger.peak_bytes["cpu"] if device.type != "cpu" else 0
        work, peak_bytes = (forward, ledger.work), ledger.peak_bytes[device.type]
        return StepTrace(examples, batch["ids_BT"].numel(), *work, peak_bytes, unreached, waiting_bytes)

    def _fake(self, value: Tensor) -> Tensor:
        with self.mode:
            return torch.empty(value.shape, dtype=value.dtype, device=self.placement.device)


def _tells_shapes(name: str, value: Tensor) -> bool:
    return name == "ids_BT" or (name.startswith(PIXELS) and not value.is_floating_point())


def _materialise(model: nn.Module, device: torch.device) -> None:
    """Replaces meta tensors by fake ones on `device`; ties stay ties. Call inside the fake mode."""
    made: dict[Tensor, Tensor] = {}

    def fake(value: Tensor) -> Any:
        if value not in made:
            empty = torch.empty(value.shape, dtype=value.dtype, device=device)
            is_parameter = isinstance(value, nn.Parameter)
            made[value] = nn.Parameter(empty, requires_grad=value.requires_grad) if is_parameter else empty
        return made[value]

    for owner in model.modules():
        for stored in (owner._parameters, owner._buffers):
            stored.update({name: fake(value) for name, value in stored.items() if value is not None})


def _count_flops(func: Any, args: Any, kwargs: Any, made: Any) -> int:
    """Matrix products and attention by torch's own formulas, which leave out attention on a CPU."""
    aten = torch.ops.aten
    packet = func._overloadpacket
    if packet is aten._scaled_dot_product_flash_attention_for_cpu:
        query_key_value = [tensor.shape for tensor in args[:3]]
        return int(sdpa_flop_count(*query_key_value))  # type: ignore[no-untyped-call]
    if packet is aten._scaled_dot_product_flash_attention_for_cpu_backward:
        grad_query_key_value = [tensor.shape for tensor in args[:4]]
        return int(sdpa_backward_flop_count(*grad_query_key_value))  # type: ignore[no-untyped-call]
    return int(flop_registry[packet](*args, **kwargs, out_val=made)) if packet in flop_registry else 0


@contextmanager
def _without_value_checks() -> Iterator[None]:
    """Has transformers skip the checks that look at numbers, by its own switch, and puts the switch back."""
    name = "TRANSFORMERS_DISABLE_TORCH_CHECK"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
