"""The generation of 2025: other names, other views, and a prefix that sees itself in full.

Axes: B rows, T tokens, U pictures, P tokens of a picture, N pictures cut up alike, K views, D width, V vocabulary.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding
from transformers.masking_utils import create_causal_mask

from lensmith.families.inputs import Inputs
from lensmith.families.moondream2.layers import (
    SECOND_NAMES,
    BareParameters,
    Mlp,
    VisionBlock,
    run_projector,
    text_blocks,
    to_patches,
)
from lensmith.families.moondream2.modeling import NativeMoondream
from lensmith.families.moondream2.region import SecondRegion
from lensmith.families.moondream2.sight import open_prefix
from lensmith.families.moondream2.views import Alike, join_second


class Vision(BareParameters):
    """The vision transformer (SigLIP so400m without its pooling head) and the projector."""

    def __init__(self, vision: Any, width: int) -> None:
        super().__init__()
        self.side_px = vision.patch_size
        self.patch_emb = nn.Linear(3 * self.side_px**2, vision.hidden_size)
        self.pos_emb = nn.Parameter(torch.empty(1, vision.side_patches**2, vision.hidden_size))
        self.blocks = nn.ModuleList(VisionBlock(vision, SECOND_NAMES) for _ in range(vision.num_hidden_layers))
        self.post_ln = nn.LayerNorm(vision.hidden_size, eps=vision.layer_norm_eps)
        self.proj_mlp = Mlp(2 * vision.hidden_size, vision.projection_size, width)

    def forward(self, views_NCHW: Tensor) -> Tensor:
        """`features_NPD` after the last norm."""
        states_NPD = self.patch_emb(to_patches(views_NCHW, self.side_px)) + self.pos_emb
        for block in self.blocks:
            states_NPD = block(states_NPD)
        return torch.as_tensor(self.post_ln(states_NPD))


class Text(BareParameters):
    """The language model, whose embedding table is a bare tensor."""

    def __init__(self, text: Any) -> None:
        super().__init__()
        self.wte = nn.Parameter(torch.empty(text.vocab_size, text.hidden_size))
        self.blocks = text_blocks(text, SECOND_NAMES)
        self.post_ln = nn.LayerNorm(text.hidden_size, eps=text.layer_norm_eps)
        self.lm_head = nn.Linear(text.hidden_size, text.vocab_size)


class HfMoondream(NativeMoondream):
    """The generation of 2025: overlapping views; the first token and the picture see each other in full."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        text = config.text_config
        self.model = nn.ModuleDict(
            {
                "vision": Vision(config.vision_config, text.hidden_size),
                "text": Text(text),
                "region": SecondRegion(text.hidden_size, config.region_config),
            }
        )
        self.post_init()

    def see_alike(self, alike: Alike) -> Tensor:
        """The whole picture and its overlapping parts, each through the tower."""
        vision: Any = self.model["vision"]
        values = alike.values.to(vision.pos_emb.dtype)
        features = vision(values.flatten(0, 1)).unflatten(0, values.shape[:2])
        return join_second(features, alike.tiling, self.config.vision_config.overlap_patches)

    def project(self, seen_UPD: Tensor) -> Tensor:
        """The projector's two layers."""
        return run_projector(self.model.get_submodule("vision.proj_mlp"), seen_UPD)

    def embed(self, ids_BT: Tensor) -> Tensor:
        """Rows of the embedding table."""
        text: Any = self.model["text"]
        return embedding(ids_BT, text.wte)

    @property
    def text_blocks(self) -> nn.ModuleList:
        """`model.text.blocks`."""
        return self.model["text"].blocks  # type: ignore[return-value]

    def to_logits(self, hidden_ND: Tensor) -> Tensor:
        """The last norm, then the head."""
        text: Any = self.model["text"]
        return torch.as_tensor(text.lm_head(text.post_ln(hidden_ND)))

    def find_mask(self, inputs: Inputs, states_BTD: Tensor, prefix_BT: Tensor) -> Any:
        """Causal, and full within the prefix of an example that has a picture; without one the prefix is one token."""
        mask, text = inputs.mask, self.config.text_config
        if mask is not None and len(mask.shape) == 4:
            return open_prefix(mask, prefix_BT)
        if inputs.cache is not None and inputs.cache.get_seq_length():
            return create_causal_mask(text, states_BTD, mask, inputs.cache)
        blocks_BT = torch.where(prefix_BT, 0, -1)
        return create_causal_mask(text, states_BTD, mask, inputs.cache, block_sequence_ids=blocks_BT)
