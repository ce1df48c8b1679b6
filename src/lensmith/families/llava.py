"""LLaVA: a CLIP or SigLIP tower, a two-layer projector and any causal language model.

Reads every LlavaForConditionalGeneration: LLaVA-1.5 (Vicuna), LLaVA-Gemma, LLaVA-Saiga and the like.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lensmith.errors import ModelError, Problem
from lensmith.families.contract import Family, SizePx
from lensmith.families.facts import Facts
from lensmith.families.inputs import Inputs

# Class tokens that a tower puts before its patches; `vision_feature_select_strategy: default` drops one.
CLASS_TOKENS = {"clip_vision_model": 1, "siglip_vision_model": 0}


class Llava(Family):
    """LlavaForConditionalGeneration, with the gaps in older checkpoints' processors closed.

    Checkpoints saved before transformers 4.46 have no `patch_size` and no `num_additional_image_tokens`: the
    processor then fails, or makes one token fewer than the tower makes features. Both are computed here from
    the model's config, always, and compared with what the processor says.
    """

    keeps_features = True
    facts = Facts(
        name="llava",
        modules={
            "vision": ("model.vision_tower",),
            "projector": ("model.multi_modal_projector",),
            "language": ("model.language_model", "lm_head"),
        },
        attention_layers=frozenset({"q_proj", "k_proj", "v_proj", "o_proj", "out_proj", "qkv_proj"}),
        mlp_layers=frozenset({"gate_proj", "up_proj", "down_proj", "gate_up_proj", "fc1", "fc2"}),
        gate_up_layers=frozenset({"gate_proj", "up_proj", "gate_up_proj", "fc1"}),
        shares_trunk=True,
        sharing="the picture stands before the question, and attention is causal",
    )

    def image_ids(self, size_px: SizePx | None) -> Sequence[int]:
        """As many image tokens as the tower makes features; the size of the picture does not matter."""
        return [self.config.image_token_id] * self.n_features

    @property
    def n_features(self) -> int:
        """Features that reach the language model for one picture."""
        vision = self.config.vision_config
        side = vision.image_size // vision.patch_size
        dropped = 1 if self.config.vision_feature_select_strategy == "default" else 0
        return int(side * side + self._class_tokens() - dropped)

    def hidden(self, model: nn.Module, inputs: Inputs) -> Tensor:
        """As the contract has it. Pictures are put in place here, where their number is known to be right.

        transformers' own way counts them on the device at every step, and the program waits for the count.
        """
        body: Any = model.model  # type: ignore[union-attr, unused-ignore]
        embedded_BTD = body.get_input_embeddings()(inputs.ids_BT)
        features_UPD = inputs.projected_UPD
        if features_UPD is None and inputs.pixels:
            features_UPD = self.features(model, inputs.pixels)
        if features_UPD is not None:
            places_BT1 = (inputs.ids_BT == self.config.image_token_id)[..., None]
            embedded_BTD = embedded_BTD.masked_scatter(places_BT1, features_UPD.to(embedded_BTD.dtype))
        output = body.language_model(
            inputs_embeds=embedded_BTD,
            attention_mask=inputs.mask,
            position_ids=inputs.positions_BT,
            past_key_values=inputs.cache,
            use_cache=inputs.cache is not None,
        )
        return torch.as_tensor(output.last_hidden_state)

    def see(self, model: nn.Module, pixels: Mapping[str, Tensor]) -> Tensor:
        """The tower's hidden states of the layers that the config names, class token dropped where it says so."""
        body: Any = model.model  # type: ignore[union-attr, unused-ignore]
        dtype = next(model.parameters()).dtype
        states = body.vision_tower(pixels["pixel_values"].to(dtype), output_hidden_states=True).hidden_states
        chosen = self.config.vision_feature_layer
        layers = [chosen] if isinstance(chosen, int) else chosen
        first = 1 if self.config.vision_feature_select_strategy == "default" else 0
        return torch.cat([states[layer][:, first:] for layer in layers], dim=-1)

    def project(self, model: nn.Module, seen_UPD: Tensor) -> Tensor:
        """The projector's two layers."""
        body: Any = model.model  # type: ignore[union-attr, unused-ignore]
        projector = body.multi_modal_projector
        # features may have been made in another precision than the projector is trained in
        return torch.as_tensor(projector(seen_UPD.to(next(projector.parameters()).dtype)))

    def repair_processor(self) -> None:
        """Sets what decides the number of image tokens from the model's own config."""
        vision, processor = self.config.vision_config, self.processor
        if self.config.image_token_id >= len(self.tokenizer):
            raise ModelError(
                Problem(
                    "model/vocabulary",
                    "config.json image_token_index",
                    f"the tokenizer has {len(self.tokenizer)} tokens, and none is number {self.config.image_token_id}",
                    fix="use the tokenizer that this model was saved with",
                )
            )
        right: dict[str, Any] = {
            "patch_size": vision.patch_size,
            "vision_feature_select_strategy": self.config.vision_feature_select_strategy,
            "num_additional_image_tokens": self._class_tokens(),
            "image_token": self.image_token,
            "image_token_id": self.config.image_token_id,
        }
        for name, value in right.items():
            found = getattr(processor, name, None)
            if found != value:
                self.notes.append(f"the processor's {name} was {found!r}; the model's config says {value!r}")
                setattr(processor, name, value)

    def _class_tokens(self) -> int:
        kind = self.config.vision_config.model_type
        if kind not in CLASS_TOKENS:
            raise ModelError(
                Problem(
                    "model/unknown-tower",
                    "config.json vision_config.model_type",
                    f"the vision tower is a {kind}",
                    expected=" or ".join(CLASS_TOKENS),
                    consequence="how many tokens a picture takes is not known",
                    fix="use a LLaVA checkpoint with a CLIP or SigLIP tower",
                )
            )
        return CLASS_TOKENS[kind]
