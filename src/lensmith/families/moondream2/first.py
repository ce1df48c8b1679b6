"""The generation of 2024, as released on 2024-08-26.

Axes: B rows, T tokens, U pictures, P tokens of a picture, N pictures cut up alike, K views, D width, V vocabulary.
"""

from typing import Any

import torch
from torch import Tensor, nn

from lensmith.families.moondream2.layers import (
    FIRST_NAMES,
    BareParameters,
    Mlp,
    VisionBlock,
    nest,
    run_projector,
    text_blocks,
    to_patches,
)
from lensmith.families.moondream2.modeling import NativeMoondream
from lensmith.families.moondream2.region import FirstRegion
from lensmith.families.moondream2.views import Alike, join_first, split_views


class Tower(BareParameters):
    """The vision transformer (SigLIP so400m without its pooling head): views to maps of patches."""

    def __init__(self, vision: Any) -> None:
        super().__init__()
        self.side_px = vision.patch_size
        self.patch_embed = nest("linear", nn.Linear(3 * self.side_px**2, vision.hidden_size))
        self.pos_embed = nn.Parameter(torch.empty(1, vision.side_patches**2, vision.hidden_size))
        self.blocks = nn.ModuleList(VisionBlock(vision, FIRST_NAMES) for _ in range(vision.num_hidden_layers))
        self.norm = nn.LayerNorm(vision.hidden_size, eps=vision.layer_norm_eps)

    def forward(self, views_NCHW: Tensor) -> Tensor:
        """`features_NPD` after the last norm."""
        states_NPD = self.patch_embed["linear"](to_patches(views_NCHW, self.side_px)) + self.pos_embed
        for block in self.blocks:
            states_NPD = block(states_NPD)
        return torch.as_tensor(self.norm(states_NPD))


class Moondream(NativeMoondream):
    """The generation of 2024 (released 2024-08-26): plain causal attention, pictures included."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        text, vision = config.text_config, config.vision_config
        projector = Mlp(2 * vision.hidden_size, vision.projection_size, text.hidden_size)
        self.vision_encoder = nn.ModuleDict(
            {"encoder": nest("model.visual", Tower(vision)), "projection": nest("mlp", projector)}
        )
        ln = nn.LayerNorm(text.hidden_size, eps=text.layer_norm_eps)
        head = {"ln": ln, "linear": nn.Linear(text.hidden_size, text.vocab_size)}
        words = nest("wte", nn.Embedding(text.vocab_size, text.hidden_size))
        body = nn.ModuleDict({"embd": words, "h": text_blocks(text, FIRST_NAMES)})
        self.text_model = nn.ModuleDict({"transformer": body, "lm_head": nn.ModuleDict(head)})
        self.region_model = FirstRegion(text.hidden_size, config.region_config)
        self.post_init()

    def see_alike(self, alike: Alike) -> Tensor:
        """The whole picture and its tiles, each through the tower."""
        tower: Any = self.vision_encoder.get_submodule("encoder.model.visual")
        views_NKCHW = split_views(alike.values.to(tower.pos_embed.dtype), alike.tiling)
        features = tower(views_NKCHW.flatten(0, 1)).unflatten(0, views_NKCHW.shape[:2])
        return join_first(features, alike.tiling)

    def project(self, seen_UPD: Tensor) -> Tensor:
        """The projector's two layers."""
        return run_projector(self.vision_encoder.get_submodule("projection.mlp"), seen_UPD)

    def embed(self, ids_BT: Tensor) -> Tensor:
        """Rows of the embedding table."""
        return torch.as_tensor(self.get_input_embeddings()(ids_BT))

    @property
    def text_blocks(self) -> nn.ModuleList:
        """`text_model.transformer.h`."""
        blocks = self.text_model.get_submodule("transformer.h")
        assert isinstance(blocks, nn.ModuleList)
        return blocks

    def to_logits(self, hidden_ND: Tensor) -> Tensor:
        """The norm inside the head, then its linear layer."""
        head: Any = self.text_model["lm_head"]
        return torch.as_tensor(head["linear"](head["ln"](hidden_ND)))

    def get_input_embeddings(self) -> Any:
        """The embedding table."""
        return self.text_model.get_submodule("transformer.embd.wte")
