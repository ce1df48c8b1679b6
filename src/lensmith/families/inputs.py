"""What one forward pass of a model reads, whatever the family.

Axes: B rows, T tokens of this pass, S tokens in sight: those that the cache holds, then those of this pass. U pictures
of P tokens, D wide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """Tokens, who sees whom among them, and the pictures that fill their places.

    Attributes:
        ids_BT: int64.
        mask: `mask_BT`, 1 on tokens and 0 on padding, where every row is one example; for trees `mask_B1TS`, true
            where a token may look, or a block mask that says the same.
        positions_BT: int64 places in the example, or `positions_ABT` on A axes; None: counted from the row's first
            token.
        before_BT: int64, for each token the column (among S) of the token that comes before it in its example, -1 at
            the beginning and on padding; None where that is the neighbouring column, that is, beside a `mask_BT`.
        pixels: the vision tower's inputs, of all pictures in the batch, in order.
        projected_UPD: what the projector made of those pictures; then `pixels` is empty.
        cache: made by `Family.new_cache`, grows by this pass; None: nothing is kept.
        answer_BT: true from each row's first supervised token on; None beside a mask for trees.
    """

    ids_BT: Tensor
    mask: Any
    positions_BT: Tensor | None = None
    before_BT: Tensor | None = None
    pixels: Mapping[str, Tensor] = field(default_factory=dict)
    projected_UPD: Tensor | None = None
    cache: Any = None
    answer_BT: Tensor | None = None
