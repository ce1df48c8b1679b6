"""Moondream2 (2024-08-26, and the releases of 2025): the family."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from lensmith.config.sections import PromptSection
from lensmith.errors import ModelError, Problem
from lensmith.families.contract import Family, SizePx
from lensmith.families.facts import Facts
from lensmith.families.inputs import Inputs
from lensmith.families.moondream2.prompts import FORBIDDEN_LATER, IMAGE, read_reserved
from lensmith.families.moondream2.views import name_pixels, read_pixels


class Moondream2(Family):
    """Both generations. They were taught one picture at a time, right after the first token.

    The projector counts as vision, as in the released module that holds both: freezing vision freezes it. The heads for
    points and boxes count as language; training on text never reaches them.
    """

    keeps_features = True
    facts = Facts(
        name="moondream2",
        modules={
            "vision": ("vision_encoder", "model.vision"),
            "projector": (),
            "language": ("text_model", "region_model", "model.text", "model.region"),
        },
        attention_layers=frozenset({"Wqkv", "out_proj", "qkv", "proj"}),
        mlp_layers=frozenset({"fc1", "fc2"}),
        gate_up_layers=frozenset({"fc1"}),
        shares_trunk=True,
        sharing="the picture stands before the question; attention is causal, but that in the releases of 2025 the "
        "first token and the picture see each other in full, which no question changes",
    )

    def __init__(self, config: Any, processor: Any, prompt: PromptSection, generation_config: Any = None) -> None:
        # the end token in a released generation config is Phi's, which no release stops at
        super().__init__(config, processor, prompt, None)
        if config.second and read_reserved(self.tokenizer) is not None:
            self.forbidden_later_ids = FORBIDDEN_LATER

    @property
    def image_token(self) -> str:
        """A marker; the ids that the model sees are `image_ids`."""
        return IMAGE

    def image_ids(self, size_px: SizePx | None) -> Sequence[int]:
        """As many as a view has patches; the size of the picture does not matter."""
        return [self.processor.image_token_id] * self.processor.image_tokens

    def pixels(self, images: Sequence[Image.Image]) -> dict[str, Tensor]:
        """Two tensors for each way in which these pictures are cut up: their pixels, and which pictures they are."""
        pixels: dict[str, Tensor] = self.processor.read_pictures(images)
        return pixels

    def join_pixels(self, made: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
        """Counted anew: alone, each was the first of its batch."""
        alone = [alike for each in made for alike in read_pixels(each)]
        return name_pixels([(alike.tiling, alike.values[0]) for alike in alone])

    def hidden(self, model: nn.Module, inputs: Inputs) -> Tensor:
        """The last hidden states before the last norm, `hidden_BTD`."""
        native: Any = model
        return torch.as_tensor(native.read(inputs, inputs.ids_BT == self.processor.image_token_id))

    def logits(self, model: nn.Module, hidden_ND: Tensor) -> Tensor:
        """The last norm and the head: `logits_NV`."""
        native: Any = model
        return torch.as_tensor(native.to_logits(hidden_ND))

    def see(self, model: nn.Module, pixels: Mapping[str, Tensor]) -> Tensor:
        """The tower's features of the whole picture beside those of its parts."""
        native: Any = model
        return torch.as_tensor(native.see(pixels))

    def project(self, model: nn.Module, seen_UPD: Tensor) -> Tensor:
        """The projector's two layers."""
        native: Any = model
        return torch.as_tensor(native.project(seen_UPD))

    def seeing_settings(self) -> dict[str, Any]:
        """How pictures are cut up, and the model's config."""
        return {"family": self.facts.name, "pictures": self.processor.pictures, "config": self.config.to_dict()}

    def check_model(self, model: nn.Module) -> None:
        """Refuses a processor of another size; tells the model a picture's id, and which are forbidden later."""
        config: Any = model.config
        rows, tokens = config.text_config.vocab_size, config.image_tokens
        if self.processor.image_token_id >= rows or self.processor.image_tokens != tokens:
            raise ModelError(
                Problem(
                    "model/vocabulary",
                    "processor_config.json",
                    f"a picture is {self.processor.image_tokens} tokens of number {self.processor.image_token_id}",
                    expected=f"{tokens} tokens of a number below {rows}",
                    fix="use the processor that this model was saved with",
                )
            )
        config.image_token_id = self.processor.image_token_id
        config.forbidden_later_ids = list(self.forbidden_later_ids)
