"""PaliGemma and PaliGemma 2: picture and question see each other in full, the answer sees what came before."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lensmith.errors import DataError, Problem
from lensmith.families.contract import SizePx
from lensmith.families.encoded import Encoded
from lensmith.families.facts import Facts
from lensmith.families.inputs import Inputs
from lensmith.families.last_states import LastStates
from lensmith.types import Example


class PaliGemma(LastStates):
    """Pictures, `<bos>`, the question, an end of line, the answer, `<eos>`; one question, and no turns.

    Image tokens see the question, so nothing that was computed for one question is right for another.
    """

    asked_plainly = True
    own_template = (
        "{%- for message in messages -%}"
        "{%- if message['role'] == 'system' -%}{{ raise_exception('there is no system role') }}{%- endif -%}"
        "{%- for part in message['content'] -%}{%- if part['type'] == 'image' -%}<image>{%- endif -%}{%- endfor -%}"
        "{%- if message['role'] == 'user' -%}{{ bos_token }}{%- endif -%}"
        "{%- for part in message['content'] -%}{%- if part['type'] == 'text' -%}{{ part['text'] }}{%- endif -%}"
        "{%- endfor -%}"
        "{{ '\n' if message['role'] == 'user' else eos_token }}"
        "{%- endfor -%}"
    )
    facts = Facts(
        name="paligemma",
        modules={
            "vision": ("model.vision_tower",),
            "projector": ("model.multi_modal_projector",),
            "language": ("model.language_model", "lm_head"),
        },
        attention_layers=frozenset({"q_proj", "k_proj", "v_proj", "o_proj", "out_proj"}),
        mlp_layers=frozenset({"gate_proj", "up_proj", "down_proj", "fc1", "fc2"}),
        gate_up_layers=frozenset({"gate_proj", "up_proj", "fc1"}),
        shares_trunk=False,
        sharing="the picture's tokens see the question, so each question needs its own",
    )

    def image_ids(self, size_px: SizePx | None) -> Sequence[int]:
        """As many as the tower has patches; the size of the picture does not matter."""
        vision = self.config.vision_config
        return [self.config.image_token_id] * (vision.image_size // vision.patch_size) ** 2

    def encode(self, example: Example, sizes_px: Sequence[SizePx | None] = (), *, answered: bool = True) -> Encoded:
        """See `Family.encode`.

        Raises:
            DataError: also where there is more than one question, or no picture.
        """
        found = []
        if len(example.turns) > 1:
            found.append(("data/conversation", f"it has {len(example.turns)} questions, one after the other"))
        if not example.images:
            found.append(("data/no-picture", "it has no picture"))
        if found:
            raise DataError(
                [
                    Problem(
                        code,
                        f"example {example.id}",
                        what,
                        expected="one question about one or more pictures",
                        consequence="this model was taught nothing else",
                        fix="make each question an example of its own (data.train.turns: separate), or take it out",
                    )
                    for code, what in found
                ]
            )
        return super().encode(example, sizes_px, answered=answered)

    def attention_inputs(self, inputs: Inputs) -> dict[str, Any]:
        """What sees all of the prompt (0) and what sees only what came before (1); places are transformers' own."""
        answer_BT = torch.zeros_like(inputs.ids_BT) if inputs.answer_BT is None else inputs.answer_BT.long()
        return {"attention_mask": inputs.mask, "token_type_ids": answer_BT}

    def generation_inputs(self, ids_BT: Tensor) -> dict[str, Tensor]:
        """All is prompt."""
        return {"token_type_ids": torch.zeros_like(ids_BT)}

    def logits(self, model: nn.Module, hidden_ND: Tensor) -> Tensor:
        """The head's, squeezed where the text model says so (PaliGemma 2)."""
        logits_NV = super().logits(model, hidden_ND)
        most = getattr(self.config.get_text_config(), "final_logit_softcapping", None)
        return logits_NV if most is None else torch.tanh(logits_NV / most) * most

    def _automatic_bos(self) -> list[int]:
        """None: it stands behind the pictures, where the template puts it."""
        return []
