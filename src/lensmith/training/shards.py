"""FSDP2: a process keeps a part of every tensor. What is saved and remembered is whole, as one process has it.

So a checkpoint does not know how many processes wrote it, and any number goes on from it. `whole`, `whole_state` and
`perform` wait for all processes; all must call them in the same order.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule

from lensmith.config.names import MUON
from lensmith.config.sections import Recipe
from lensmith.console import warn
from lensmith.errors import Problem, RecipeError
from lensmith.families.encoded import Encoded
from lensmith.families.facts import Facts
from lensmith.families.placement import is_sharded
from lensmith.ranks import shards_weights
from lensmith.training.module import SupervisedModule

T = TypeVar("T")


def whole(value: Tensor) -> Tensor:
    """A tensor with all its parts; one that has no parts is itself."""
    part: Any = value
    return part.full_tensor() if _is_part(value) else value


def put(target: Tensor, value: Tensor) -> None:
    """Copies a whole tensor into one of which this process may hold a part."""
    target.copy_(_part_like(target, value))


def whole_state(optimizer: Any) -> dict[str, Any]:
    """The optimiser's state dict; where its tensors are spread, whole and in main memory."""
    state: dict[str, Any] = optimizer.state_dict()
    if not shards_weights():
        return state
    return {**state, "state": {index: _whole_each(each) for index, each in state["state"].items()}}


def part_state(optimizer: Any, state: dict[str, Any]) -> dict[str, Any]:
    """A whole state dict as this process's optimiser takes it."""
    if not shards_weights():
        return state
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return {**state, "state": {index: _part_each(parameters[index], each) for index, each in state["state"].items()}}


def perform(module: SupervisedModule, compute: Callable[[], T]) -> T:
    """What `compute` answers; the weights that it needs are there, whichever part of the model it calls."""
    if not is_sharded(module):
        return compute()
    made = module.perform(compute)
    for unit in module.modules():
        if isinstance(unit, FSDPModule):
            unit.reshard()  # what is put into weights that are still gathered would be lost
    return made


def let_shard(trainer: Any, module: SupervisedModule) -> None:
    """Settles how accelerate spreads a trainer's model, where the launcher asks for FSDP2.

    The blocks of the text model are units; all else is one. Numbers keep the formats that they have on one process:
    what is computed in 16 bits is decided by autocast there, too. accelerate does this on GPUs; here also on CPUs.
    """
    if not shards_weights():
        return
    from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin  # type: ignore[import-untyped]
    from torch.distributed.fsdp.wrap import transformer_auto_wrap_policy

    state = trainer.accelerator.state
    plugin = getattr(state, "fsdp_plugin", None) or FullyShardedDataParallelPlugin()
    plugin.auto_wrap_policy = transformer_auto_wrap_policy
    plugin.transformer_cls_names_to_wrap = plugin.transformer_cls_names_to_wrap or name_blocks(module)
    plugin.mixed_precision_policy = None
    if plugin.activation_checkpointing:  # accelerate's own would rename what is trained
        warn("the launcher's activation checkpointing is left out: set train.gradient_checkpointing: true")
        plugin.activation_checkpointing = False
    state.fsdp_plugin, state.distributed_type = plugin, DistributedType.FSDP
    trainer.is_fsdp_enabled = True


def compute_as_one(trainer: Any, module: SupervisedModule) -> None:
    """Gives a module that will be spread the autocast that accelerate gives one process; once, before it is spread."""
    if not shards_weights() or not trainer.accelerator.native_amp:
        return
    compute = module.forward

    def forward(**batch: Tensor) -> dict[str, Tensor]:
        with trainer.accelerator.autocast():
            made = compute(**batch)
        return {name: value.float() if value.is_floating_point() else value for name, value in made.items()}

    module.forward = forward  # type: ignore[method-assign]


def name_blocks(module: SupervisedModule) -> list[str]:
    """The class of the text model's layers, by its longest list of modules; none where it has no such list."""
    facts: Facts = module.family.facts
    texts = tuple(f"{prefix}." for prefix in facts.modules["language"])
    lists = [
        layers
        for name, layers in module.bare.named_modules()
        if isinstance(layers, nn.ModuleList) and len(layers) and f"{name}.".startswith(texts)
    ]
    return [type(max(lists, key=len)[0]).__name__] if lists else []


def check_sharding(recipe: Recipe) -> None:
    """Refuses what cannot be spread over processes, where the launcher asks for FSDP2.

    Raises:
        RecipeError: the optimiser looks at whole matrices or at blocks of its own, or weights are quantised.
    """
    if not shards_weights():
        return
    optimizer, quantise = recipe.train.optimizer, recipe.tune.quantise
    settings = {"train.optimizer": optimizer} if optimizer == MUON or "bit" in optimizer else {}
    settings |= {"tune.quantise": quantise} if quantise != "none" else {}
    fix = "start the processes without FSDP, or take the setting out"
    problems = [
        Problem("recipe/fsdp", key, f"{value} needs whole tensors, and FSDP2 gives each process a part", fix=fix)
        for key, value in settings.items()
    ]
    if problems:
        raise RecipeError(problems)


def check_pictures(module: nn.Module, facts: Facts, items: Sequence[Encoded]) -> None:
    """Refuses batches of which some train what others do not touch, where the launcher asks for FSDP2.

    Gradients are summed group by group, and every process must have the same ones.

    Raises:
        RecipeError: parts that see pictures are trained, and some examples have none.
    """
    seeing = [prefix for component in ("vision", "projector") for prefix in facts.modules.get(component, ())]
    if not shards_weights() or len({bool(item.images) for item in items}) < 2:
        return
    trained = [name for name, value in module.named_parameters() if value.requires_grad]
    if any(prefix in name for name in trained for prefix in seeing):
        found = "some examples have pictures and some have none, and what sees pictures is trained"
        fix = "start the processes without FSDP, or train the language model only"
        raise RecipeError(Problem("recipe/fsdp", "data.train", found, fix=fix))


def _is_part(value: Any) -> bool:
    if not shards_weights():
        return False
    from torch.distributed.tensor import DTensor

    return isinstance(value, DTensor)


def _part_like(target: Tensor, value: Tensor) -> Tensor:
    if not _is_part(target) or value.shape != target.shape:
        return value
    from torch.distributed.tensor import distribute_tensor

    like: Any = target
    here = value.to(device=target.device, dtype=value.dtype)
    made: Tensor = distribute_tensor(here, like.device_mesh, like.placements, src_data_rank=None)
    return made


def _whole_each(state: dict[str, Any]) -> dict[str, Any]:
    return {key: whole(value).cpu() if isinstance(value, Tensor) else value for key, value in state.items()}


def _part_each(parameter: Tensor, state: dict[str, Any]) -> dict[str, Any]:
    return {key: _part_like(parameter, value) if isinstance(value, Tensor) else value for key, value in state.items()}
