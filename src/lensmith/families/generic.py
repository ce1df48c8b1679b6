"""Any image-text-to-text model of transformers with a chat template, and nothing known of it beforehand.

What a family states as a fact is found out here, or refused. How a picture is written is what the published processor
writes, and compared with it when the checkpoint is opened. That questions can share a picture is proved on the loaded
model, or not done.
"""

from collections.abc import Sequence
from typing import Any

from PIL import Image
from torch import Tensor, nn

from lensmith.config.sections import PromptSection
from lensmith.errors import ModelError, Problem
from lensmith.families.contract import Family, SizePx
from lensmith.families.facts import Facts
from lensmith.families.proof import NoisePicture, find_differences
from lensmith.types import Example, Turn

PROBE = "Zq3?"
PROBE_SIZES: tuple[SizePx, ...] = ((48, 64), (300, 200))
# A number of sizes at a time whose tokens are remembered: data sets have few sizes, or many that never return.
REMEMBERED = 4096


class Generic(Family):
    """One example a row, unless `prove` has seen that questions on one picture can share it."""

    needs_image_sizes = True
    takes_block_masks = False
    facts = Facts(
        name="generic",
        # What transformers calls these parts in its models; a parameter outside of them is refused by name.
        modules={
            "vision": (
                "model.vision_tower",
                "model.vision_model",
                "model.vision_encoder",
                "model.vision_backbone",
                "model.visual",
                "model.image_tower",
            ),
            "projector": (
                "model.multi_modal_projector",
                "model.connector",
                "model.projector",
                "model.aligner",
                "model.image_newline",
                "model.visual_embeddings_table",
            ),
            "language": ("model.language_model", "model.text_model", "lm_head"),
        },
        attention_layers=frozenset({"q_proj", "k_proj", "v_proj", "o_proj", "out_proj", "qkv", "qkv_proj"}),
        mlp_layers=frozenset({"gate_proj", "up_proj", "down_proj", "gate_up_proj", "fc1", "fc2"}),
        gate_up_layers=frozenset({"gate_proj", "up_proj", "gate_up_proj", "fc1"}),
        shares_trunk=False,
        sharing="nothing is known of the architecture, so sharing is proved on the loaded model, or not done",
    )

    def __init__(self, config: Any, processor: Any, prompt: PromptSection, generation_config: Any = None) -> None:
        self._proved = False
        self._written: dict[SizePx, list[int]] = {}
        super().__init__(config, processor, prompt, generation_config)
        self._check_seam()

    @property
    def image_token(self) -> str:
        """What the processor replaces."""
        token = getattr(self.processor, "image_token", None)
        return str(token) if token else super().image_token

    @property
    def shares_trunk(self) -> bool:
        """True after `prove` has seen it."""
        return self._proved

    def image_ids(self, size_px: SizePx | None) -> Sequence[int]:
        """What the published processor writes for a blank picture of this size.

        Raises:
            ValueError: the size is not given.
        """
        size_px = self.given_size(size_px)
        if size_px not in self._written:
            if len(self._written) >= REMEMBERED:
                self._written.clear()
            made = self._show(self.image_token, [_blank(size_px)])
            ids = made["input_ids"][0].tolist()
            bos = self._automatic_bos()
            self._written[size_px] = ids[len(bos) :] if bos and ids[: len(bos)] == bos else ids
        return self._written[size_px]

    def pixels(self, images: Sequence[Image.Image]) -> dict[str, Tensor]:
        """All that the published processor makes of these pictures."""
        if not images:
            return {}
        made = self._show(self.image_token * len(images), images)
        return {name: value for name, value in made.items() if name not in _TEXT and isinstance(value, Tensor)}

    def check_model(self, model: nn.Module) -> None:
        """Refuses a model with parameters in parts that are not known to be tower, projector or language model."""
        super().check_model(model)
        for name, _ in model.named_parameters():
            self.facts.component_of(name)

    def prove(self, model: nn.Module) -> None:
        """Compares a tiny tree with its questions alone; see `lensmith.families.proof`."""
        windows = not _sees_all(self.config)
        found = ["some layers see only the last tokens"] if windows else find_differences(self, model)
        self._proved = not found
        if found:
            self.notes.append(f"questions on one picture do not share its computation: {found[0]}")
        else:
            self.notes.append("questions on one picture share its computation: proved on the loaded model")

    def _show(self, text: str, images: Sequence[Image.Image]) -> Any:
        # no padding, no cutting: some processors ask for either by default
        return self.processor(
            text=[text],
            images=[list(images)] if images else None,
            padding=False,
            truncation=False,
            return_tensors="pt",
        )

    def _check_seam(self) -> None:
        """Compares what the seam writes with what the published processor writes, for one and for two pictures.

        Raises:
            ModelError: they differ, or the model must be told more than ids and pictures.
        """
        for n_images in (1, 2):
            pictures = tuple(NoisePicture(size) for size in PROBE_SIZES[:n_images])
            turn = Turn(PROBE, ())
            (prompt,) = self.chat.prompts([self._put(turn)], n_images, self.prompt.system)
            try:
                made = self._show(prompt, [picture.draw() for picture in pictures])
            except (TypeError, ValueError, AttributeError, KeyError, IndexError, RuntimeError) as error:
                raise _unfit(f"its processor takes no text beside pictures: {error}") from error
            expected = made["input_ids"][0].tolist()
            bos = self._automatic_bos()
            if bos and expected[:2] == bos * 2:  # the template writes it too; `apply_chat_template` leaves one out
                expected = expected[1:]
            if more := sorted(_TOLD & set(made)):
                raise _unfit(f"the model must be told {', '.join(more)} beside tokens and pictures")
            example = Example("probe", pictures, (turn,), "")
            if self.encode(example, PROBE_SIZES[:n_images], answered=False).ids_T.tolist() != expected:
                raise _unfit(f"how its processor writes a question about {n_images} pictures cannot be followed")


_TEXT = frozenset({"input_ids", "attention_mask", "labels"})
# What processors make beside these for a text's tokens; some models read it.
_TOLD = frozenset({"token_type_ids", "mm_token_type_ids", "cross_attention_mask"})


def _sees_all(config: Any) -> bool:
    layers = getattr(config.get_text_config(), "layer_types", None) or ()
    return all(layer == "full_attention" for layer in layers)


def _blank(size_px: SizePx) -> Image.Image:
    return Image.new("RGB", (size_px[1], size_px[0]))


def _unfit(found: str) -> ModelError:
    return ModelError(
        Problem(
            "model/not-generic",
            "model.family",
            found,
            consequence="training would see another prompt, or train another part, than you think",
            fix="this architecture needs a family of its own: see `Add a family` in CONTRIBUTING.md",
        )
    )
