"""SmolVLM, SmolVLM2 and Idefics3: pictures in square tiles, each named by row and column, and as a whole."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lensmith.errors import ModelError, Problem
from lensmith.families.contract import Family, SizePx
from lensmith.families.facts import Facts
from lensmith.families.image_settings import unfit_setting
from lensmith.families.inputs import Inputs


class SmolVlm(Family):
    """Both architectures, which differ in names alone.

    The tower's features are not kept between epochs: how many tiles there are depends on the picture, and what is kept
    has one shape for all.
    """

    needs_image_sizes = True
    facts = Facts(
        name="smolvlm",
        modules={
            "vision": ("model.vision_model",),
            "projector": ("model.connector",),
            "language": ("model.text_model", "lm_head"),
        },
        attention_layers=frozenset({"q_proj", "k_proj", "v_proj", "o_proj", "out_proj"}),
        mlp_layers=frozenset({"gate_proj", "up_proj", "down_proj", "fc1", "fc2"}),
        gate_up_layers=frozenset({"gate_proj", "up_proj", "fc1"}),
        shares_trunk=True,
        sharing="the picture stands before the question, and attention is causal",
    )

    def image_ids(self, size_px: SizePx | None) -> Sequence[int]:
        """Each tile's tokens behind a mark and the tile's name, a line a row; then the whole picture's.

        Raises:
            ValueError: the size is not given.
        """
        rows, columns = count_tiles(self.given_size(size_px), self.processor.image_processor)
        mark = self.processor.fake_image_token
        tile = self.image_token * self.processor.image_seq_len
        lines = [
            "".join(f"{mark}<row_{row + 1}_col_{column + 1}>{tile}" for column in range(columns)) + "\n"
            for row in range(rows)
        ]
        return self._ids("".join(lines) + ("\n" if lines else "") + f"{mark}<global-img>{tile}{mark}")

    def features(self, model: nn.Module, pixels: Mapping[str, Tensor]) -> Tensor:
        """What the connector makes of each tile.

        transformers looks for blank tiles among them, which these pictures do not have: the program would wait for the
        device, and a step could not be followed without its numbers.
        """
        body: Any = model.model
        tiles_UCHW = pixels["pixel_values"].flatten(0, 1).to(next(model.parameters()).dtype)
        return torch.as_tensor(body.connector(body.vision_model(pixel_values=tiles_UCHW).last_hidden_state))

    def picture_inputs(self, model: nn.Module, inputs: Inputs) -> dict[str, Any]:
        """See `Family.picture_inputs`."""
        if not inputs.pixels:
            return {}
        from transformers.modeling_outputs import BaseModelOutputWithPooling

        features_ND = self.features(model, inputs.pixels).flatten(0, 1)
        return {"mm_encoder_outputs": {"image": BaseModelOutputWithPooling(pooler_output=features_ND)}}

    def repair_processor(self) -> None:
        """Sets what decides the number of image tokens from the model's own config.

        Raises:
            ModelError: the settings ask for what cannot be done exactly.
        """
        images, vision = self.processor.image_processor, self.config.vision_config
        right = (vision.image_size // vision.patch_size // self.config.scale_factor) ** 2
        found = self.processor.image_seq_len
        if found != right:
            self.notes.append(f"the processor's image_seq_len was {found!r}; the model's config says {right!r}")
            self.processor.image_seq_len = right
        problems = [*self._check_images(images, vision.image_size), *self._image_token_problems()]
        if problems:
            raise ModelError(problems)

    def _check_images(self, images: Any, tile_px: int) -> list[Problem]:
        problems = []
        if images.max_image_size["longest_edge"] != tile_px:
            found = f"longest_edge {images.max_image_size['longest_edge']}"
            problems.append(unfit_setting("max_image_size", found, f"longest_edge {tile_px}, as the tower has"))
        if not images.do_resize or not images.size.get("longest_edge"):
            found = f"{dict(images.size)}, and do_resize {images.do_resize}"
            problems.append(unfit_setting("size", found, "longest_edge, and do_resize true"))
        return problems


def count_tiles(size_px: SizePx, images: Any) -> tuple[int, int]:
    """Rows and columns of the grid that a picture of this height and width is cut into; 0 and 0: it stays whole.

    As the published image processor resizes and cuts; what it says of itself (`get_number_of_image_patches`) is wrong
    where its longest edge is no multiple of a tile.

    Args:
        size_px: height and width.
        images: the published image processor, whose settings count.
    """
    if not images.do_image_splitting:
        return 0, 0
    tile_px = images.max_image_size["longest_edge"]
    height, width = _scale(size_px, images.size["longest_edge"])
    ratio = width / height
    if width >= height:
        width = math.ceil(width / tile_px) * tile_px
        height = math.ceil(int(width / ratio) / tile_px) * tile_px
    else:
        height = math.ceil(height / tile_px) * tile_px
        width = math.ceil(int(height * ratio) / tile_px) * tile_px
    return (height // tile_px, width // tile_px) if max(height, width) > tile_px else (0, 0)


def _scale(size_px: SizePx, longest_px: int) -> SizePx:
    from transformers.models.idefics3 import image_processing_pil_idefics3 as published

    height, width = published._resize_output_size_rescale_to_max_len(*size_px, max_len=longest_px)
    scaled: SizePx = published._resize_output_size_scale_below_upper_bound(
        height, width, max_len=published.MAX_IMAGE_SIZE
    )
    return scaled
