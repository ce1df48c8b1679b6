"""The Qwen-VL models that transformers has code for, dense and without experts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lensmith.errors import DataError, ModelError, Problem
from lensmith.families.contract import Family, SizePx
from lensmith.families.encoded import Encoded, ImageSpan
from lensmith.families.facts import Facts
from lensmith.families.image_settings import unfit_setting
from lensmith.families.qwen_vl.places import MOST_ELONGATED, Grid, lay_grid, lay_places
from lensmith.types import Example


class QwenVl(Family):
    """Pictures at their own shape, in as many tokens as they have pixels for, and trees on places of three axes.

    The tower's features of a picture are not kept between epochs: their number depends on the picture, what is kept has
    one shape for all, and Qwen3-VL's tower gives more than its last layer's.
    """

    needs_image_sizes = True
    facts = Facts(
        name="qwen_vl",
        modules={
            "vision": ("model.visual.patch_embed", "model.visual.pos_embed", "model.visual.blocks"),
            "projector": ("model.visual.merger", "model.visual.deepstack_merger_list"),
            "language": ("model.language_model", "lm_head"),
        },
        # Qwen2.5-VL's tower calls its feed-forward layers as its language model does: bare names would match both.
        attention_layers=frozenset({"q_proj", "k_proj", "v_proj", "o_proj", "qkv", "proj"}),
        mlp_layers=frozenset({"gate_proj", "up_proj", "down_proj", "fc1", "fc2", "linear_fc1", "linear_fc2"}),
        gate_up_layers=frozenset({"gate_proj", "up_proj", "fc1", "linear_fc1"}),
        shares_trunk=True,
        sharing="the picture stands before the question, attention is causal, and places restart where branches part",
    )

    def image_ids(self, size_px: SizePx | None) -> Sequence[int]:
        """A token for every `merge_size` patches a side of the picture as it is resized.

        Raises:
            ValueError: the size is not given.
        """
        return [self.config.image_token_id] * len(self._grid(size_px))

    def positions(
        self, n_tokens: int, spans: Sequence[ImageSpan], sizes_px: Sequence[SizePx | None]
    ) -> NDArray[np.int64] | None:
        """See `lensmith.families.qwen_vl.places.lay_places`."""
        return lay_places(n_tokens, spans, [self._grid(size) for size in sizes_px])

    def encode(self, example: Example, sizes_px: Sequence[SizePx | None] = (), *, answered: bool = True) -> Encoded:
        """See `Family.encode`.

        Raises:
            DataError: also where a picture is hundreds of times longer than wide: the published processor refuses it.
        """
        problems = [
            _sliver(example, name, size)
            for name, size in zip((image.name for image in example.images), sizes_px, strict=False)
            if size is not None and max(size) > MOST_ELONGATED * min(size)
        ]
        if problems:
            raise DataError(problems)
        return super().encode(example, sizes_px, answered=answered)

    def repair_processor(self) -> None:
        """Sets what decides the number of image tokens from the model's own config.

        Raises:
            ModelError: the settings ask for what cannot be done exactly.
        """
        images, vision = self.processor.image_processor, self.config.vision_config
        right = {
            "patch_size": vision.patch_size,
            "temporal_patch_size": vision.temporal_patch_size,
            "merge_size": vision.spatial_merge_size,
        }
        for name, value in right.items():
            found = getattr(images, name)
            if found != value:
                self.notes.append(f"the image processor's {name} was {found!r}; the model's config says {value!r}")
                setattr(images, name, value)
        problems = [*_check_images(images), *self._image_token_problems()]
        if problems:
            raise ModelError(problems)

    def _grid(self, size_px: SizePx | None) -> Grid:
        return lay_grid(self.given_size(size_px), self.processor.image_processor)


def _check_images(images: Any) -> list[Problem]:
    problems = []
    if not images.do_resize:
        problems.append(unfit_setting("do_resize", images.do_resize, "true: a picture's sides must be whole tokens"))
    for name in ("patch_size", "temporal_patch_size", "merge_size"):
        if not isinstance(getattr(images, name), int):
            problems.append(unfit_setting(name, getattr(images, name), "one number, for squares of patches"))
    sizes = {name: images.size.get(name) for name in ("shortest_edge", "longest_edge")}
    for name, found in sizes.items():
        if not isinstance(found, int) or found < 1:
            problems.append(unfit_setting(f"size.{name}", found, "a number of pixels"))
    return problems


def _sliver(example: Example, name: str, size_px: SizePx) -> Problem:
    height, width = size_px
    return Problem(
        "data/picture-too-long",
        f"example {example.id}",
        f"picture {name} is {width} × {height} px",
        expected=f"no side more than {MOST_ELONGATED} times the other",
        consequence="the model's processor refuses it",
        fix="crop it, or take the example out",
    )
