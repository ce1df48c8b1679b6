"""Sums over tokens whose logits would not all fit the memory at once."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint


def sum_in_chunks(one_chunk: Callable[..., Tensor], rows: int, *tensors: Tensor) -> Tensor:
    """The sum of `one_chunk` over pieces of `rows` rows, each computed again in the backward pass.

    So what one piece makes is alive for one piece at a time, in both passes. One piece is computed as it is.

    Args:
        one_chunk: takes a piece of each tensor; a scalar in float32.
        rows: at least one.
        tensors: with as many rows each.
    """
    if len(tensors[0]) <= rows:
        return one_chunk(*tensors)
    total = tensors[0].new_zeros((), dtype=torch.float32)
    for pieces in zip(*(torch.split(each, rows) for each in tensors), strict=True):
        total = total + checkpoint(one_chunk, *pieces, use_reentrant=False)
    return total
