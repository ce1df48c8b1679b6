"""Who sees whom in a row that holds a tree.

Axes: B rows, T tokens (queries), S tokens (keys).
"""

import torch
from torch import Tensor

PADDING = -1
TRUNK = 0


def tree_mask(branch_BT: Tensor) -> Tensor:
    """A boolean mask, `mask_B1TS`, true where a token may look: earlier, and in the trunk or in its own branch.

    Padding looks at itself alone, so that its softmax is over something.

    Args:
        branch_BT: 0 in the trunk, 1, 2, … in the branches, -1 on padding.
    """
    length = branch_BT.shape[1]
    query_BT1, key_B1S = branch_BT[:, :, None], branch_BT[:, None, :]
    causal_TS = torch.ones(length, length, dtype=torch.bool, device=branch_BT.device).tril()
    seen = causal_TS & (query_BT1 != PADDING) & (key_B1S != PADDING) & ((key_B1S == TRUNK) | (key_B1S == query_BT1))
    itself = torch.eye(length, dtype=torch.bool, device=branch_BT.device) & (query_BT1 == PADDING)
    return (seen | itself)[:, None]
