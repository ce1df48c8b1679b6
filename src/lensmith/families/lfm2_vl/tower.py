"""Pictures to features in the language model's places, with the published modules and shapes that are known beforehand.

transformers' own way reads every piece's size from the device, and counts tokens there: the program waits at every
step, and a step cannot be followed without its numbers. Here each piece takes as much room as the largest, and what is
read from where is computed on the device.

Axes: U pieces of pictures, P patches of a piece, G rows (and columns) of the table of positions, D width, B rows of
tokens, T tokens.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn


def see(tower: nn.Module, pixels: Mapping[str, Tensor]) -> Tensor:
    """What the vision tower makes of each piece, `seen_UPD`; on padding, numbers without meaning.

    Args:
        tower: a Siglip2VisionModel, adapters in place.
        pixels: as its image processor makes them.
    """
    body: Any = tower
    embed = body.embeddings
    patches_UPD = embed.patch_embedding(pixels["pixel_values"].to(embed.patch_embedding.weight.dtype))
    table_GGD = embed.position_embedding.weight.unflatten(0, (embed.position_embedding_size, -1))
    positions_UPD = spread_positions(table_GGD, pixels["spatial_shapes"], patches_UPD.shape[1])
    mask_U11P = pixels["pixel_attention_mask"].bool()[:, None, None]
    states = body.encoder(inputs_embeds=patches_UPD + positions_UPD, attention_mask=mask_U11P).last_hidden_state
    return torch.as_tensor(body.post_layernorm(states))


def spread_positions(table_GGD: Tensor, shapes_U2: Tensor, n_patches: int) -> Tensor:
    """The table of positions, scaled to each piece's patches down and across: `positions_UPD`.

    The same as bilinear interpolation with antialiasing, as torch has it: each patch sees a triangle of the table that
    is as wide as the distance to its neighbours, and at least one entry.
    """
    side = table_GGD.shape[0]
    patch_P = torch.arange(n_patches, device=shapes_U2.device)
    down_U1, across_U1 = shapes_U2[:, :1], shapes_U2[:, 1:]
    down_UPG = _triangles(torch.minimum(patch_P // across_U1, down_U1 - 1), down_U1, side)
    across_UPG = _triangles(patch_P % across_U1, across_U1, side)
    weights_UPN = (down_UPG[..., :, None] * across_UPG[..., None, :]).flatten(2)
    with torch.autocast(table_GGD.device.type, enabled=False):  # transformers, too, scales in float32
        positions_UPD = weights_UPN @ table_GGD.flatten(0, 1).float()
    return positions_UPD.to(table_GGD.dtype)


def project(projector: nn.Module, seen_UPD: Tensor, shapes_U2: Tensor) -> Tensor:
    """What reaches the language model, `features_UTD`: one token for each square of patches, row by row.

    Args:
        projector: the published one, adapters in place.
        seen_UPD: what `see` made.
        shapes_U2: patches down and across each piece.
    """
    body: Any = projector
    side, patches = body.factor, seen_UPD.shape[1]
    tokens = -(-patches // side**2)
    token_T = torch.arange(tokens, device=seen_UPD.device)
    across_U1 = shapes_U2[:, 1:]
    row_UT, column_UT = token_T // (across_U1 // side), token_T % (across_U1 // side)
    step = torch.arange(side, device=seen_UPD.device)
    # patches of a token's upper row for all tokens, then of the next: the projector folds them as it folds a picture
    row_URT = row_UT[:, None, :] * side + step[:, None]
    column_UTC = column_UT[:, :, None] * side + step
    patch_URTC = row_URT[..., None] * across_U1[..., None, None] + column_UTC[:, None]
    start_U = torch.arange(len(seen_UPD), device=seen_UPD.device) * patches
    patch_URTC = patch_URTC.clamp(max=patches - 1) + start_U[:, None, None, None]
    folded = seen_UPD.flatten(0, 1).index_select(0, patch_URTC.flatten())
    folded = folded.view(len(seen_UPD), side, tokens * side, seen_UPD.shape[2])
    return torch.as_tensor(body(folded)).squeeze(1)


def count_tokens(shapes_U2: Tensor, factor: int) -> Tensor:
    """How many tokens each piece makes, `count_U`."""
    return (shapes_U2[:, 0] // factor) * (shapes_U2[:, 1] // factor)


def place(embedded_BTD: Tensor, places_BT: Tensor, features_UTD: Tensor, count_U: Tensor) -> Tensor:
    """The pieces' features in the rows' places, in order; an error where their numbers differ, on CPU and CUDA.

    Args:
        embedded_BTD: the rows' embeddings.
        places_BT: true where a feature belongs.
        features_UTD: room for as many tokens as the largest piece makes.
        count_U: how many each makes.
    """
    end_U = count_U.cumsum(0)
    if places_BT.device.type in ("cpu", "cuda"):  # elsewhere torch cannot check without waiting
        torch._assert_async(places_BT.sum() == end_U[-1], "pictures' features and their places differ in number")
    nth_N = (places_BT.flatten().cumsum(0) - 1).clamp(min=0)
    piece_N = torch.searchsorted(end_U, nth_N, right=True).clamp(max=len(end_U) - 1)
    inside_N = nth_N - (end_U - count_U)[piece_N]
    from_N = piece_N * features_UTD.shape[1] + inside_N.clamp(max=features_UTD.shape[1] - 1)
    placed_ND = features_UTD.flatten(0, 1).index_select(0, from_N).to(embedded_BTD.dtype)
    return torch.where(places_BT[..., None], placed_ND.view_as(embedded_BTD), embedded_BTD)


def _triangles(index_UP: Tensor, length_U1: Tensor, side: int) -> Tensor:
    """How much of each of the table's `side` entries goes into a patch, along one axis: `weights_UPG`."""
    step_U1 = side / length_U1
    centre_UP1 = ((index_UP + 0.5) * step_U1)[..., None]
    entry_G = torch.arange(side, device=index_UP.device) + 0.5
    weights_UPG = (1 - (entry_G - centre_UP1).abs() / step_U1.clamp(min=1)[..., None]).clamp(min=0)
    return weights_UPG / weights_UPG.sum(dim=-1, keepdim=True)
