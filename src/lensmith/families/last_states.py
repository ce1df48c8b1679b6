"""What families have in common whose projector reads the last hidden states of a SigLIP tower, as Gemma's do."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lensmith.families.contract import Family


class LastStates(Family):
    """One square a picture, through `model.vision_tower` and `model.multi_modal_projector`."""

    keeps_features = True

    def see(self, model: nn.Module, pixels: Mapping[str, Tensor]) -> Tensor:
        """The tower's last hidden states."""
        body: Any = model.model
        dtype = next(model.parameters()).dtype
        return torch.as_tensor(body.vision_tower(pixels["pixel_values"].to(dtype)).last_hidden_state)

    def project(self, model: nn.Module, seen_UPD: Tensor) -> Tensor:
        """What the projector makes of them."""
        body: Any = model.model
        projector = body.multi_modal_projector
        return torch.as_tensor(projector(seen_UPD.to(next(projector.parameters()).dtype)))
