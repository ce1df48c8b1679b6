"""Gemma 3 with pictures: a SigLIP tower, and layers of which most see a window of the last tokens only.

Axes: B rows, T tokens of this pass, S tokens in sight (those in the cache, then those of this pass).
"""

from collections.abc import Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import pad
from transformers import DynamicCache

from lensmith.families.contract import SizePx
from lensmith.families.facts import Facts
from lensmith.families.inputs import Inputs
from lensmith.families.last_states import LastStates

NOWHERE = -1


class PlacedCache(DynamicCache):  # type: ignore[misc]
    """Keys and values of all tokens, in layers with a window too, and where each token stands in its example."""

    def __init__(self) -> None:
        super().__init__()
        self.places_BS: Tensor | None = None

    def follow(self, places_BT: Tensor) -> Tensor:
        """Adds this pass's places and returns those of all tokens in sight."""
        self.places_BS = places_BT if self.places_BS is None else torch.cat([self.places_BS, places_BT], dim=1)
        return self.places_BS


class Gemma3(LastStates):
    """Every Gemma3ForConditionalGeneration; pan and scan, which is off unless asked for, stays off."""

    takes_block_masks = False
    facts = Facts(
        name="gemma3",
        modules={
            "vision": ("model.vision_tower",),
            "projector": ("model.multi_modal_projector",),
            "language": ("model.language_model", "lm_head"),
        },
        attention_layers=frozenset({"q_proj", "k_proj", "v_proj", "o_proj", "out_proj"}),
        mlp_layers=frozenset({"gate_proj", "up_proj", "down_proj", "fc1", "fc2"}),
        gate_up_layers=frozenset({"gate_proj", "up_proj", "fc1"}),
        shares_trunk=True,
        sharing="the picture stands before the question; its tokens see each other in full, which no question changes, "
        "and a window is counted by places in the example",
    )

    @property
    def image_token(self) -> str:
        """The two marks between which a picture's tokens stand."""
        return f"{self.processor.boi_token}{self.tokenizer.eoi_token}"

    @property
    def shares_trunk(self) -> bool:
        """True: windows are part of the mask, see `attention_inputs`."""
        return True

    def image_ids(self, size_px: SizePx | None) -> Sequence[int]:
        """The same number for every picture, between the marks."""
        begin, end = self._image_ids
        return [begin, *[self.config.image_token_id] * self.config.mm_tokens_per_image, end]

    def repair_processor(self) -> None:
        """Sets the number of image tokens from the model's own config."""
        found, right = self.processor.image_seq_length, self.config.mm_tokens_per_image
        if found != right:
            self.notes.append(f"the processor's image_seq_length was {found!r}; the model's config says {right!r}")
            self.processor.image_seq_length = right
            picture = "".join([self.tokenizer.image_token] * right)
            marks = self.processor.boi_token, self.tokenizer.eoi_token
            self.processor.full_image_sequence = f"\n\n{marks[0]}{picture}{marks[1]}\n\n"

    def pixels(self, images: Sequence[Image.Image]) -> dict[str, Tensor]:
        """One square a picture."""
        if not images:
            return {}
        made = self.processor.image_processor(images=list(images), do_pan_and_scan=False, return_tensors="pt")
        return {"pixel_values": made["pixel_values"]}

    def attention_inputs(self, inputs: Inputs) -> dict[str, Any]:
        """For plain rows, where pictures are, and transformers makes the masks; for trees, both kinds of masks."""
        picture_BT = inputs.ids_BT == self.config.image_token_id
        if inputs.mask.dim() == 2:
            if inputs.cache is not None:
                inputs.cache.follow(torch.arange(picture_BT.shape[1], device=picture_BT.device).expand_as(picture_BT))
            token_types = {"token_type_ids": picture_BT.long()}
            return {"attention_mask": inputs.mask, "position_ids": inputs.positions_BT, **token_types}
        places_BT = torch.as_tensor(inputs.positions_BT)
        places_BS = places_BT if inputs.cache is None else inputs.cache.follow(places_BT)
        sees_B1TS = inputs.mask
        if sees_B1TS.shape[-1] == sees_B1TS.shape[-2]:  # later passes hold no picture
            number_BT = number_pictures(picture_BT)
            same_BTT = (number_BT[:, :, None] == number_BT[:, None, :]) & picture_BT[:, :, None]
            sees_B1TS = sees_B1TS | same_BTT[:, None]
        near_B1TS = (places_BT[:, :, None] - places_BS[:, None, :])[:, None] < self.config.text_config.sliding_window
        masks = {"full_attention": sees_B1TS, "sliding_attention": sees_B1TS & near_B1TS}
        return {"attention_mask": masks, "position_ids": places_BT}

    def generation_inputs(self, ids_BT: Tensor) -> dict[str, Tensor]:
        """Where pictures are: without it, transformers lets their tokens see only those before them."""
        return {"token_type_ids": (ids_BT == self.config.image_token_id).long()}

    def new_cache(self, model: nn.Module) -> PlacedCache:
        """An empty cache that keeps tokens beyond the window: they are a later branch's."""
        return PlacedCache()

    def _render(self, messages: list[dict[str, Any]], add_generation_prompt: bool) -> str:
        """With the empty lines that the published processor puts around a picture, so that text is cut as there."""
        text = super()._render(messages, add_generation_prompt)
        return text.replace(self.processor.boi_token, f"\n\n{self.image_token}\n\n")


def number_pictures(picture_BT: Tensor) -> Tensor:
    """Numbers runs of image tokens in each row, `NOWHERE` outside of them.

    >>> number_pictures(torch.tensor([[False, True, True, False, True]]))
    tensor([[-1,  0,  0, -1,  1]])
    """
    starts_BT = picture_BT & ~pad(picture_BT, (1, -1))
    return torch.where(picture_BT, starts_BT.cumsum(1) - 1, NOWHERE)
