"""The config of both generations. Released config files state no sizes: the defaults here are the released model's."""

from typing import Any

from transformers import PhiConfig, PreTrainedConfig

FIRST, SECOND = "Moondream", "HfMoondream"
"""What `architectures` says in the releases of 2024 and of 2025; the model_type is the same in both."""


class MoondreamVisionConfig(PreTrainedConfig):  # type: ignore[misc]
    """The tower, the projector, and how a picture is cut up for them.

    Attributes:
        crop_px: side of the square views that the tower looks at.
        projection_size: width inside the projector.
        whole_below_px: pictures whose longer side is shorter are one view (2024).
        max_crops: local views of one picture at most (2025).
        overlap_patches: how far neighbouring views overlap on each side (2025).
    """

    model_type = "moondream2_vision"

    hidden_size: int = 1152
    intermediate_size: int = 4304
    num_hidden_layers: int = 27
    num_attention_heads: int = 16
    patch_size: int = 14
    crop_px: int = 378
    projection_size: int = 8192
    layer_norm_eps: float = 1e-5
    whole_below_px: int = 512
    max_crops: int = 12
    overlap_patches: int = 4

    @property
    def side_patches(self) -> int:
        """Rows, and columns, of patches in a view."""
        return int(self.crop_px // self.patch_size)


class MoondreamRegionConfig(PreTrainedConfig):  # type: ignore[misc]
    """The heads for points and boxes, which text training does not reach.

    Attributes:
        position_features: Fourier features of a position.
        size_features: of a size (2025; 2024 has as many as of a position).
        position_bins: outputs for one coordinate (2025).
        size_bins: outputs for width and height together (2025).
        inner_size: width inside the decoders (2025).
    """

    model_type = "moondream2_region"

    position_features: int = 256
    size_features: int = 512
    position_bins: int = 1024
    size_bins: int = 2048
    inner_size: int = 8192


class MoondreamConfig(PreTrainedConfig):  # type: ignore[misc]
    """Both generations; `architectures` tells them apart.

    Attributes:
        image_token_id: what stands for a picture's tokens among the ids. The default is the last row of the embedding
            table, which is padding: the tokenizers of 2024 end before 50295.
        forbidden_later_ids: what `generate` never writes after an answer's first token; released files do not say it.
        initializer_range: spread of random weights.
    """

    model_type = "moondream1"
    sub_configs_defaults = {  # noqa: RUF012 - transformers reads and rewrites it
        "text_config": PhiConfig,
        "vision_config": MoondreamVisionConfig,
        "region_config": MoondreamRegionConfig,
    }

    text_config: dict[str, Any] | PreTrainedConfig | None = None
    vision_config: dict[str, Any] | PreTrainedConfig | None = None
    region_config: dict[str, Any] | PreTrainedConfig | None = None
    image_token_id: int | None = None
    forbidden_later_ids: list[int] | None = None
    initializer_range: float = 0.02
    tie_word_embeddings: bool = False

    def __post_init__(self, **kwargs: Any) -> None:
        """Fills what the file leaves out."""
        super().__post_init__(**kwargs)
        if self.image_token_id is None:
            self.image_token_id = self.text_config.vocab_size - 1  # type: ignore[union-attr]

    @classmethod
    def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Any:
        """The config that a file holds.

        Raises:
            ValueError: it names neither generation.
        """
        if not {FIRST, SECOND} & set(config_dict.get("architectures") or ()):
            raise ValueError(f"its `architectures` names neither {FIRST} (2024) nor {SECOND} (2025)")
        return super().from_dict(config_dict, **kwargs)

    @property
    def second(self) -> bool:
        """True for the generation of 2025."""
        return SECOND in (self.architectures or ())

    @property
    def image_tokens(self) -> int:
        """Tokens of a picture, whatever its size."""
        return self.vision_config.side_patches**2  # type: ignore[no-any-return, union-attr]
