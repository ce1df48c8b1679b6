"""Who sees whom where the beginning of a sequence and its pictures see each other in full.

Axes: B rows, T tokens of this pass, S tokens in sight.
"""

from typing import Any

import torch
from torch import Tensor


def open_prefix(mask: Any, prefix_BT: Tensor) -> Any:
    """A tree's mask, with the prefix of each example seeing all of itself.

    In a causal mask the later of two tokens of one example sees the earlier; here two of a prefix see each other.

    Args:
        mask: `mask_B1TS`, true where a token may look, or a block mask that says the same.
        prefix_BT: true on the tokens of a prefix.

    Returns:
        a mask of the same kind; the same where a cache holds earlier tokens, because then the prefix is behind.
    """
    if not isinstance(mask, Tensor):
        return _open_blocks(mask, prefix_BT)
    if mask.shape[-2] != mask.shape[-1]:
        return mask
    both_BTT = prefix_BT[:, :, None] & prefix_BT[:, None, :]
    return mask | (mask.transpose(-1, -2) & both_BTT[:, None])


def _open_blocks(mask: Any, prefix_BT: Tensor) -> Any:
    from torch.nn.attention.flex_attention import create_block_mask

    causal = mask.mask_mod

    def sees(row: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        both = prefix_BT[row, query] & prefix_BT[row, key]
        return torch.as_tensor(causal(row, head, query, key) | (both & causal(row, head, key, query)))

    rows, tokens = prefix_BT.shape
    return create_block_mask(sees, rows, None, tokens, tokens, device=prefix_BT.device)
