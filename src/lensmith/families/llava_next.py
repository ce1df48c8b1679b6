"""LLaVA-NeXT (LLaVA-1.6) and Granite Vision: pictures in tiles, less what was padding, and as a whole."""

from collections.abc import Sequence

from lensmith.errors import ModelError
from lensmith.families.contract import Family, SizePx
from lensmith.families.facts import Facts
from lensmith.families.image_settings import unfit_setting
from lensmith.families.llava import CLASS_TOKENS


class LlavaNext(Family):
    """Every LlavaNextForConditionalGeneration."""

    needs_image_sizes = True
    facts = Facts(
        name="llava_next",
        modules={
            "vision": ("model.vision_tower",),
            "projector": ("model.multi_modal_projector", "model.image_newline"),
            "language": ("model.language_model", "lm_head"),
        },
        attention_layers=frozenset({"q_proj", "k_proj", "v_proj", "o_proj", "out_proj"}),
        mlp_layers=frozenset({"gate_proj", "up_proj", "down_proj", "fc1", "fc2"}),
        gate_up_layers=frozenset({"gate_proj", "up_proj", "fc1"}),
        shares_trunk=True,
        sharing="the picture stands before the question, and attention is causal",
    )

    def image_ids(self, size_px: SizePx | None) -> Sequence[int]:
        """As many image tokens as the published processor counts for this size.

        Raises:
            ValueError: the size is not given.
        """
        (count,) = self.processor._get_num_multimodal_tokens(image_sizes=[self.given_size(size_px)])["num_image_tokens"]
        return [self.config.image_token_id] * count

    def repair_processor(self) -> None:
        """Sets what decides the number of image tokens from the model's own config.

        Raises:
            ModelError: the image processor cuts pictures into other tiles than the model puts together.
        """
        vision, images = self.config.vision_config, self.processor.image_processor
        right = {
            "patch_size": vision.patch_size,
            "vision_feature_select_strategy": self.config.vision_feature_select_strategy,
            "num_additional_image_tokens": CLASS_TOKENS.get(vision.model_type, 0),
        }
        for name, value in right.items():
            found = getattr(self.processor, name, None)
            if found != value:
                self.notes.append(f"the processor's {name} was {found!r}; the model's config says {value!r}")
                setattr(self.processor, name, value)
        problems = self._image_token_problems()
        grids = [list(size) for size in images.image_grid_pinpoints]
        if grids != [list(size) for size in self.config.image_grid_pinpoints]:
            expected = f"{self.config.image_grid_pinpoints}, as config.json has them"
            problems.append(unfit_setting("image_grid_pinpoints", grids, expected))
        if problems:
            raise ModelError(problems)
