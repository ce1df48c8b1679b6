"""InternVL (the checkpoints that transformers reads, named -hf): pictures in square tiles and a thumbnail."""

from collections.abc import Sequence

from PIL import Image
from torch import Tensor

from lensmith.errors import ModelError
from lensmith.families.contract import Family, SizePx
from lensmith.families.facts import Facts
from lensmith.families.image_settings import unfit_setting


class InternVl(Family):
    """Each tile in the same number of tokens, all of a picture's tiles between two marks, the thumbnail last."""

    needs_image_sizes = True
    facts = Facts(
        name="internvl",
        modules={
            "vision": ("model.vision_tower",),
            "projector": ("model.multi_modal_projector",),
            "language": ("model.language_model", "lm_head"),
        },
        attention_layers=frozenset({"q_proj", "k_proj", "v_proj", "o_proj", "projection_layer"}),
        mlp_layers=frozenset({"gate_proj", "up_proj", "down_proj", "fc1", "fc2"}),
        gate_up_layers=frozenset({"gate_proj", "up_proj", "fc1"}),
        shares_trunk=True,
        sharing="the picture stands before the question, and attention is causal",
    )

    def image_ids(self, size_px: SizePx | None) -> Sequence[int]:
        """The tiles' tokens between two marks.

        Raises:
            ValueError: the size is not given.
        """
        tiles = self.processor.image_processor.get_number_of_image_patches(
            *self.given_size(size_px), {"crop_to_patches": True}
        )
        picture = [self.config.image_token_id] * (tiles * self.processor.image_seq_length)
        return [self.processor.start_image_token_id, *picture, self.processor.end_image_token_id]

    def pixels(self, images: Sequence[Image.Image]) -> dict[str, Tensor]:
        """The tiles of all pictures; the published processor cuts always, whatever the image processor's settings."""
        if not images:
            return {}
        made = self.processor.image_processor(images=list(images), crop_to_patches=True, return_tensors="pt")
        return {"pixel_values": made["pixel_values"]}

    def repair_processor(self) -> None:
        """Sets the number of a tile's tokens from the model's own config.

        Raises:
            ModelError: tiles have another size than the tower, or the image token is another.
        """
        vision, size = self.config.vision_config, self.processor.image_processor.size
        patches = [side // patch for side, patch in zip(vision.image_size, vision.patch_size, strict=True)]
        right = int(patches[0] * patches[1] * self.config.downsample_ratio**2)
        found = self.processor.image_seq_length
        if found != right:
            self.notes.append(f"the processor's image_seq_length was {found!r}; the model's config says {right!r}")
            self.processor.image_seq_length = right
        problems = self._image_token_problems()
        if [size["height"], size["width"]] != list(vision.image_size):
            height, width = vision.image_size
            problems.append(unfit_setting("size", dict(size), f"height {height} and width {width}, as the tower has"))
        if problems:
            raise ModelError(problems)
