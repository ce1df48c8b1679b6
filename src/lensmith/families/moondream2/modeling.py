"""Moondream2 as a transformers model: what both generations share.

Axes: B rows, T tokens, U pictures, P tokens of a picture, N pictures cut up alike, K views, D width, V vocabulary.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers import GenerationMixin, LogitsProcessor, LogitsProcessorList, PreTrainedModel
from transformers import initialization as init
from transformers.masking_utils import create_causal_mask
from transformers.modeling_outputs import CausalLMOutputWithPast

from lensmith.families.inputs import Inputs
from lensmith.families.moondream2.configuration import MoondreamConfig
from lensmith.families.moondream2.layers import Affine, BareParameters, find_turns
from lensmith.families.moondream2.region import Frequencies
from lensmith.families.moondream2.views import Alike, in_order, read_pixels


class NativeMoondream(PreTrainedModel, GenerationMixin):  # type: ignore[misc]
    """What the generations share: a picture's tokens stand among the text's, and one causal model reads both."""

    config_class = MoondreamConfig
    base_model_prefix = ""
    input_modalities = ("image", "text")
    supports_gradient_checkpointing = True
    _no_split_modules: ClassVar[list[str]] = ["TextBlock", "VisionBlock"]
    _supports_sdpa = True
    _supports_flex_attn = True

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        # transformers hands its choice of attention to sub-models; the text is no model of its own here
        if config.text_config._attn_implementation is None:
            config.text_config._attn_implementation = config._attn_implementation

    @abstractmethod
    def see_alike(self, alike: Alike) -> Tensor:
        """`seen_NPD` of pictures of one tiling: whole and local features side by side."""

    @abstractmethod
    def project(self, seen_UPD: Tensor) -> Tensor:
        """What stands for pictures in the text, as wide as it."""

    @abstractmethod
    def embed(self, ids_BT: Tensor) -> Tensor:
        """Tokens as the text model reads them."""

    @property
    @abstractmethod
    def text_blocks(self) -> nn.ModuleList:
        """The language model's blocks."""

    @abstractmethod
    def to_logits(self, hidden_ND: Tensor) -> Tensor:
        """The last norm and the head: `logits_NV`."""

    def see(self, pixels: Mapping[str, Tensor]) -> Tensor:
        """What the tower makes of each picture, `seen_UPD`, in the order of the batch.

        Args:
            pixels: as `lensmith.families.moondream2.views.name_pixels` names them.
        """
        alike = read_pixels(pixels)
        return in_order([self.see_alike(each) for each in alike], alike)

    def read(self, inputs: Inputs, image_BT: Tensor) -> Tensor:
        """The last hidden states before the last norm, `hidden_BTD`.

        Args:
            inputs: of one pass.
            image_BT: true where a picture's token stands.
        """
        projected_UPD = inputs.projected_UPD
        if projected_UPD is None and inputs.pixels:
            projected_UPD = self.project(self.see(inputs.pixels))
        states_BTD = self.embed(inputs.ids_BT)
        if projected_UPD is not None:
            states_BTD = states_BTD.masked_scatter(image_BT[..., None], projected_UPD.to(states_BTD.dtype))
        positions_BT = _find_positions(inputs)
        mask = self.find_mask(inputs, states_BTD, image_BT | (positions_BT == 0))
        turn_BTR = find_turns(positions_BT, self.config.text_config)
        for block in self.text_blocks:
            states_BTD = block(states_BTD, turn_BTR, mask, past_key_values=inputs.cache)
        return states_BTD

    def find_mask(self, inputs: Inputs, states_BTD: Tensor, prefix_BT: Tensor) -> Any:
        """The mask that attention takes: causal, unless a generation says otherwise.

        Args:
            inputs: of the pass.
            states_BTD: embedded tokens.
            prefix_BT: true on the first token and on pictures.
        """
        return create_causal_mask(self.config.text_config, states_BTD, inputs.mask, inputs.cache)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Any = None,
        logits_to_keep: int = 0,
        **kwargs: Any,
    ) -> Any:
        """Logits, as transformers' own `generate` asks for them.

        Args:
            input_ids: `ids_BT`; `config.image_token_id` stands once for each token of a picture.
            attention_mask: `mask_BT`, 1 on tokens; None: no padding.
            position_ids: `positions_BT`; None: counted.
            past_key_values: a cache, grows by these tokens.
            logits_to_keep: of so many last positions; 0: of all.
            kwargs: the processor's `pixel_…`.

        Raises:
            ValueError: the text has room for more or fewer pictures than there are.
        """
        image_BT = input_ids == self.config.image_token_id
        pixels = {name: value for name, value in kwargs.items() if name.startswith("pixel_")}
        shown = sum(len(each.places_N) for each in read_pixels(pixels))
        if int(image_BT.sum()) != shown * self.config.image_tokens:
            found = f"{int(image_BT.sum())} image tokens, {shown} pictures of {self.config.image_tokens} tokens"
            raise ValueError(f"pictures and text do not fit together: {found}")
        inputs = Inputs(input_ids, attention_mask, position_ids, pixels=pixels, cache=past_key_values)
        hidden_BTD = self.read(inputs, image_BT)[:, -logits_to_keep:]
        return CausalLMOutputWithPast(logits=self.to_logits(hidden_BTD), past_key_values=past_key_values)

    def generate(self, *args: Any, logits_processor: Any = None, **kwargs: Any) -> Any:
        """As transformers does it, without the tokens that the release forbids after an answer's first."""
        rules = [WithoutLater(self.config.forbidden_later_ids or ()), *(logits_processor or ())]
        return super().generate(*args, logits_processor=LogitsProcessorList(rules), **kwargs)

    def prepare_inputs_for_generation(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Pictures go in with the prompt and not again."""
        prepared: dict[str, Any] = super().prepare_inputs_for_generation(*args, **kwargs)
        if kwargs.get("is_first_iteration") or not kwargs.get("use_cache", True):
            return prepared
        return {name: value for name, value in prepared.items() if not name.startswith("pixel_")}

    def _validate_model_kwargs(self, model_kwargs: dict[str, Any]) -> None:
        """A picture's inputs are named by its tiling, which no signature can list."""
        super()._validate_model_kwargs(
            {name: value for name, value in model_kwargs.items() if not name.startswith("pixel_")}
        )

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        std = self.config.initializer_range
        if isinstance(module, Affine):
            init.normal_(module.weight, std=std)
            init.zeros_(module.bias)
        elif isinstance(module, Frequencies):
            init.normal_(module.weight)
        elif isinstance(module, BareParameters):
            for value in module.parameters(recurse=False):
                init.normal_(value, std=std)


class WithoutLater(LogitsProcessor):  # type: ignore[misc]
    """Forbids tokens from the second new one on; for one call of `generate`."""

    def __init__(self, forbidden_ids: Sequence[int]) -> None:
        self._forbidden_ids = list(forbidden_ids)
        self._prompt_tokens: int | None = None

    def __call__(self, ids_BT: Tensor, scores_BV: Tensor) -> Tensor:
        """The scores, with minus infinity where a token is forbidden."""
        if self._prompt_tokens is None:
            self._prompt_tokens = ids_BT.shape[1]
        if not self._forbidden_ids or ids_BT.shape[1] == self._prompt_tokens:
            return scores_BV
        return scores_BV.index_fill(1, torch.tensor(self._forbidden_ids, device=scores_BV.device), -torch.inf)


def _find_positions(inputs: Inputs) -> Tensor:
    """Each token's place in its example, counted where nobody has said it."""
    if inputs.positions_BT is not None:
        return inputs.positions_BT
    tokens = inputs.ids_BT.shape[1]
    if inputs.mask is not None:
        return torch.as_tensor((inputs.mask.long().cumsum(1) - 1).clamp(min=0)[:, -tokens:])
    past = inputs.cache.get_seq_length() if inputs.cache is not None else 0
    return torch.arange(past, past + tokens, device=inputs.ids_BT.device).expand_as(inputs.ids_BT)
