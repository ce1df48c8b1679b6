"""What both generations are built of. The maths is the same in both; the names of the parts are not.

Axes: B rows, T tokens, N views, P patches, D width, H heads, E width of a head, R turned part of a head.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, linear, scaled_dot_product_attention, unfold
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS


@dataclass(frozen=True, slots=True)
class Names:
    """What one generation calls its parts."""

    norms: tuple[str, str]
    attention: str
    into: str
    out: str


FIRST_NAMES = Names(("norm1", "norm2"), "mixer", "Wqkv", "out_proj")
SECOND_NAMES = Names(("ln1", "ln2"), "attn", "qkv", "proj")


def nest(path: str, module: nn.Module) -> nn.ModuleDict:
    """Containers around a module, so that its parameters get these names before theirs.

    >>> next(nest("model.visual", nn.Linear(1, 1)).named_parameters())[0]
    'model.visual.weight'
    """
    for name in reversed(path.split(".")):
        module = nn.ModuleDict({name: module})
    assert isinstance(module, nn.ModuleDict)
    return module


class BareParameters(nn.Module):
    """A module with parameters of its own, which start as a normal distribution."""


class Mlp(nn.Module):
    """Two layers with the tanh form of GELU between them."""

    def __init__(self, width: int, inner: int, out: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, out)

    def forward(self, states: Tensor) -> Tensor:
        """Any axes, `width` wide, to `out` wide."""
        return torch.as_tensor(self.fc2(gelu(self.fc1(states), approximate="tanh")))


class Affine(nn.Module):
    """A linear layer that adapters pass by, because they look for `nn.Linear`: what text training never reaches."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out, width))
        self.bias = nn.Parameter(torch.empty(out))

    def forward(self, states: Tensor) -> Tensor:
        """Any axes, `width` wide, to `out` wide."""
        return linear(states, self.weight, self.bias)


class VisionAttention(nn.Module):
    """Every patch of a view sees every other."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, states_NPD: Tensor) -> Tensor:
        """The same shape."""
        views, patches, width = states_NPD.shape
        qkv = self.qkv(states_NPD).view(views, patches, 3, self.heads, width // self.heads)
        query_NHPE, key_NHPE, value_NHPE = qkv.permute(2, 0, 3, 1, 4)
        seen_NHPE = scaled_dot_product_attention(query_NHPE, key_NHPE, value_NHPE)
        return torch.as_tensor(self.proj(seen_NHPE.transpose(1, 2).flatten(2)))


class VisionBlock(GradientCheckpointingLayer):  # type: ignore[misc]
    """A pre-norm block of the tower (SigLIP so400m)."""

    def __init__(self, vision: Any, names: Names) -> None:
        super().__init__()
        self.names = names.norms
        for name in self.names:
            self.add_module(name, nn.LayerNorm(vision.hidden_size, eps=vision.layer_norm_eps))
        self.attn = VisionAttention(vision.hidden_size, vision.num_attention_heads)
        self.mlp = Mlp(vision.hidden_size, vision.intermediate_size, vision.hidden_size)

    def forward(self, states_NPD: Tensor) -> Tensor:
        """The same shape."""
        first, second = (self.get_submodule(name) for name in self.names)
        states_NPD = states_NPD + self.attn(first(states_NPD))
        return torch.as_tensor(states_NPD + self.mlp(second(states_NPD)))


def to_patches(views_NCHW: Tensor, side_px: int) -> Tensor:
    """The patches of each view row by row, each as its channels, each of those row by row: N, P, C·side²."""
    return unfold(views_NCHW, side_px, stride=side_px).transpose(1, 2)


class TextAttention(nn.Module):
    """Attention with one layer for queries, keys and values, whose heads are turned in part."""

    is_causal = True

    def __init__(self, text: Any, layer_idx: int, names: Names) -> None:
        super().__init__()
        self.config = text
        self.names = names
        self.layer_idx = layer_idx
        self.heads = text.num_attention_heads
        self.add_module(names.into, nn.Linear(text.hidden_size, 3 * text.hidden_size))
        self.add_module(names.out, nn.Linear(text.hidden_size, text.hidden_size))

    def forward(self, states_BTD: Tensor, turn_BTR: Tensor, mask: Any, past_key_values: Any) -> Tensor:
        """The same shape as `states_BTD`; a cache grows by these tokens."""
        rows, tokens, width = states_BTD.shape
        qkv = self.get_submodule(self.names.into)(states_BTD).view(rows, tokens, 3, self.heads, width // self.heads)
        query_BHTE, key_BHTE, value_BHTE = qkv.permute(2, 0, 3, 1, 4)
        query_BHTE, key_BHTE = turn(query_BHTE, turn_BTR), turn(key_BHTE, turn_BTR)
        if past_key_values is not None:
            key_BHTE, value_BHTE = past_key_values.update(key_BHTE, value_BHTE, self.layer_idx)
        kind = self.config._attn_implementation
        # nothing here needs attention weights, so there is no eager form
        attend = ALL_ATTENTION_FUNCTIONS["sdpa" if kind in (None, "eager") else kind]
        out_BTHE, _ = attend(self, query_BHTE, key_BHTE, value_BHTE, mask, scaling=query_BHTE.shape[-1] ** -0.5)
        return torch.as_tensor(self.get_submodule(self.names.out)(out_BTHE.flatten(2)))


class TextBlock(GradientCheckpointingLayer):  # type: ignore[misc]
    """Attention and feed-forward side by side on one normed input (Phi-1.5)."""

    def __init__(self, text: Any, layer_idx: int, names: Names) -> None:
        super().__init__()
        self.attention = names.attention
        self.ln = nn.LayerNorm(text.hidden_size, eps=text.layer_norm_eps)
        self.add_module(names.attention, TextAttention(text, layer_idx, names))
        self.mlp = Mlp(text.hidden_size, text.intermediate_size, text.hidden_size)

    def forward(self, states_BTD: Tensor, turn_BTR: Tensor, mask: Any, past_key_values: Any = None) -> Tensor:
        """The same shape as `states_BTD`."""
        normed_BTD = self.ln(states_BTD)
        seen_BTD = self.get_submodule(self.attention)(normed_BTD, turn_BTR, mask, past_key_values)
        return torch.as_tensor(states_BTD + seen_BTD + self.mlp(normed_BTD))


def find_turns(positions_BT: Tensor, text: Any) -> Tensor:
    """The angles of rotary embeddings (Su et al. 2021, arXiv 2104.09864), float32, `turn_BTR`: R/2 of them, twice.

    Computed at each pass rather than kept: what a checkpoint does not hold cannot be lost when one is loaded.
    """
    rope = text.rope_parameters
    turned = int(rope["partial_rotary_factor"] * (text.hidden_size // text.num_attention_heads))
    step = torch.arange(0, turned, 2, device=positions_BT.device, dtype=torch.float32) / turned
    angle = positions_BT[..., None].float() * rope["rope_theta"] ** -step
    return torch.cat([angle, angle], dim=-1)


def turn(states_BHTE: Tensor, turn_BTR: Tensor) -> Tensor:
    """Turns the first R numbers of each head, in float32: number i with number i + R/2. The rest stay."""
    angle = turn_BTR[:, None]
    turned, still = states_BHTE[..., : angle.shape[-1]], states_BHTE[..., angle.shape[-1] :]
    first, second = turned.float().chunk(2, dim=-1)
    crossed = torch.cat([-second, first], dim=-1)
    mixed = turned.float() * angle.cos() + crossed * angle.sin()
    return torch.cat([mixed.to(states_BHTE.dtype), still], dim=-1)


def text_blocks(text: Any, names: Names) -> nn.ModuleList:
    """The language model's blocks, in order."""
    return nn.ModuleList(TextBlock(text, at, names) for at in range(text.num_hidden_layers))


def run_projector(projector: nn.Module, seen_UPD: Tensor) -> Tensor:
    """What the projector makes of features, in its own precision."""
    # features may have been made in another precision than the projector is trained in
    return torch.as_tensor(projector(seen_UPD.to(next(projector.parameters()).dtype)))
