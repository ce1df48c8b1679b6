"""Training pads on the right: what a token sees and where it stands are then the same in every batch."""

from collections.abc import Iterator

import torch
from torch import Tensor

from lensmith.batching import masks
from lensmith.training.preflight.contract import Case, Finding


class Padding:
    """Padding before or among a row's tokens, and targets that are predicted from padding."""

    name = "padding"
    describe = "the side of padding"

    def find(self, case: Case) -> Iterator[Finding]:
        """An error a batch."""
        for at, batch in enumerate(case.batches, 1):
            real_BT = _real(batch.tensors)
            pushed = int((real_BT[:, 1:] & ~real_BT[:, :-1]).any(dim=1).sum()) + int((~real_BT[:, 0]).sum())
            blind = int((~real_BT.flatten()[batch.tensors["from_N"]]).sum())
            if pushed or blind:
                yield Finding(
                    "preflight/padding",
                    "error",
                    f"batch {at} of training",
                    f"{pushed} of {len(real_BT)} rows have padding before their tokens; {blind} targets are predicted "
                    "from padding",
                    "report it: the family lays its rows wrongly",
                )


def _real(tensors: dict[str, Tensor]) -> Tensor:
    """`real_BT`: true where a token is no padding."""
    if "segment_BT" in tensors:
        return tensors["segment_BT"] != masks.PADDING
    return tensors["mask_BT"].to(torch.bool)


PADDING = Padding()
