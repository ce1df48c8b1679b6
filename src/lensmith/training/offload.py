"""What the backward pass needs is laid into main memory between the passes (`train.activation_offloading`).

torch's own `save_on_cpu` would move frozen weights along, which the backward pass needs as well; here they stay.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

MAIN_MEMORY = torch.device("cpu")
# Moving less takes as long as moving this much.
SMALLEST_BYTES = 1 << 16


class Moved(NamedTuple):
    """A tensor in main memory, and where it was."""

    tensor: Tensor
    device: torch.device


@contextmanager
def offload_activations(module: nn.Module) -> Iterator[None]:
    """Within it what the backward pass needs waits in main memory, weights and small tensors left out.

    Does nothing to tensors that are there already.

    Args:
        module: whose weights stay where they are.
    """
    weights = [value.untyped_storage() for value in chain(module.parameters(), module.buffers())]
    known = {id(storage) for storage in weights}

    def pack(tensor: Tensor) -> Tensor | Moved:
        size_bytes = tensor.numel() * tensor.element_size()
        stays = tensor.device == MAIN_MEMORY or size_bytes < SMALLEST_BYTES
        if stays or id(tensor.untyped_storage()) in known:
            return tensor
        waiting = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=torch.cuda.is_available())
        # in the order of the device's work, so that it may be copied while more is computed
        return Moved(waiting.copy_(tensor, non_blocking=True), tensor.device)

    def unpack(packed: Tensor | Moved) -> Tensor:
        return packed.tensor.to(packed.device, non_blocking=True) if isinstance(packed, Moved) else packed

    with saved_tensors_hooks(pack, unpack):
        yield
