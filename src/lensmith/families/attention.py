"""Attention that takes either kind of mask: a boolean one runs torch's own kernels, a block mask runs FlexAttention.

FlexAttention (Dong et al. 2024, arXiv 2412.05496) skips the blocks of a row in which nobody sees anybody, of which rows
of several trees have many. It trains on CUDA only.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

FLEX = "lensmith_flex"
"""The name under which transformers knows it."""


def offer_flex() -> str:
    """Makes `FLEX` known to transformers and returns it; plain masks are made and used as for SDPA."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(FLEX, attend)
    AttentionMaskInterface.register(FLEX, sdpa_mask)
    return FLEX


def takes_block_masks(model: nn.Module) -> bool:
    """True for a model whose language model was loaded with `FLEX`."""
    config: Any = model.config
    return bool(config.get_text_config()._attn_implementation == FLEX)


def attend(
    module: nn.Module, query_BHTD: Tensor, key_BHSD: Tensor, value_BHSD: Tensor, mask: Any, **settings: Any
) -> tuple[Tensor, None]:
    """What transformers asks of an attention function.

    Args:
        module: the attention layer.
        query_BHTD: H heads, T tokens.
        key_BHSD: may have fewer heads, shared by groups of queries; S tokens in sight.
        value_BHSD: as the keys.
        mask: boolean, or a block mask.
        settings: `scaling` and `dropout` as the layer has them.

    Returns:
        `out_BTHD`, and no weights.
    """
    from torch.nn.attention.flex_attention import BlockMask
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    if not isinstance(mask, BlockMask):
        out, _ = sdpa_attention_forward(module, query_BHTD, key_BHSD, value_BHSD, mask, **settings)
        return torch.as_tensor(out), None
    if settings.get("dropout"):
        raise ValueError("FlexAttention has no dropout on attention weights")
    out_BHTD = _flex(query_BHTD.is_cuda)(
        query_BHTD,
        key_BHSD,
        value_BHSD,
        block_mask=mask,
        scale=settings.get("scaling"),
        enable_gqa=query_BHTD.shape[1] != key_BHSD.shape[1],
    )
    return out_BHTD.transpose(1, 2).contiguous(), None


@cache
def _flex(compiled: bool) -> Callable[..., Tensor]:
    """FlexAttention; compiled once for rows of every length, as it must be to be fast."""
    from torch.nn.attention.flex_attention import flex_attention

    chosen: Any = torch.compile(flex_attention, dynamic=True) if compiled else flex_attention
    return chosen  # type: ignore[no-any-return]
