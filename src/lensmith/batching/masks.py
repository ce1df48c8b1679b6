"""Who sees whom in a row that holds trees.

Every token belongs to a segment: a trunk, or what is a branch's own. It sees the earlier tokens of its segment and of
the trunk that its segment grows from. Axes: B rows, T tokens (queries), S tokens (keys).
"""

from typing import Any

import torch
from torch import Tensor

PADDING = -1


def tree_mask(segment_BT: Tensor, trunk_BT: Tensor, segment_BS: Tensor | None = None) -> Tensor:
    """A boolean mask, `mask_B1TS`, true where a token may look.

    Padding looks at itself alone, so that its softmax is over something.

    Args:
        segment_BT: each token's segment, a number of its own in the row; `PADDING` on padding.
        trunk_BT: the segment of the trunk it grows from; for a trunk's own tokens the same as `segment_BT`.
        segment_BS: the segments of the tokens in sight, where a cache holds earlier ones; its last T are
            `segment_BT`.
    """
    if segment_BS is None:
        segment_BS = segment_BT
    length, width = segment_BT.shape[1], segment_BS.shape[1]
    query_BT1, trunk_BT1, key_B1S = segment_BT[:, :, None], trunk_BT[:, :, None], segment_BS[:, None, :]
    past = width - length
    earlier_TS = torch.ones(length, width, dtype=torch.bool, device=segment_BT.device).tril(past)
    seen = earlier_TS & (query_BT1 != PADDING) & ((key_B1S == query_BT1) | (key_B1S == trunk_BT1))
    columns = torch.arange(length, device=segment_BT.device)
    itself_TS = columns[:, None] + past == torch.arange(width, device=segment_BT.device)
    return (seen | (itself_TS & (query_BT1 == PADDING)))[:, None]


def tree_block_mask(segment_BT: Tensor, trunk_BT: Tensor) -> Any:
    """The same as a block mask for FlexAttention, which skips blocks of the row in which nobody sees anybody.

    Args:
        segment_BT: as for `tree_mask`.
        trunk_BT: as for `tree_mask`.
    """
    from torch.nn.attention.flex_attention import create_block_mask

    def sees(row: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        own, theirs = segment_BT[row, query], segment_BT[row, key]
        seen = (query >= key) & (own != PADDING) & ((theirs == own) | (theirs == trunk_BT[row, query]))
        return seen | ((query == key) & (own == PADDING))

    rows, tokens = segment_BT.shape
    return create_block_mask(sees, rows, None, tokens, tokens, device=segment_BT.device)
