"""The contract of a family, and the seam: `Family.encode`, the one place that makes tokens and loss weights.

What training sees before an answer is what generation sends, because both come from the same call.
"""

import json
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from lensmith.config.sections import PromptSection
from lensmith.errors import DataError, ModelError, Problem
from lensmith.families.chat import find_template, read_chat
from lensmith.families.control import check_prompt, find_reserved, refuse_reserved
from lensmith.families.encoded import Encoded, ImageSpan
from lensmith.families.facts import Facts
from lensmith.families.inputs import Inputs
from lensmith.types import Example, Turn

SizePx = tuple[int, int]


class Family(ABC):
    """One architecture, opened on one checkpoint's processor.

    A subclass states its `facts` and implements what differs; `encode`, `decode` and the chat are shared.

    Args:
        config: the checkpoint's transformers config.
        processor: its processor, already made whole by the subclass (see `repair_processor`).
        prompt: how the user wants questions put.
        generation_config: the checkpoint's published one, or None.
    """

    facts: ClassVar[Facts]
    needs_image_sizes: ClassVar[bool] = False
    keeps_features: ClassVar[bool] = False  # True where `see` and `project` are there
    takes_block_masks: ClassVar[bool] = True  # False where a mask is made of another: FlexAttention's cannot be
    own_template: ClassVar[str | None] = None  # for architectures that are published without a chat template
    asked_plainly: ClassVar[bool] = False  # True where the published processor puts a prompt around the question itself

    def __init__(self, config: Any, processor: Any, prompt: PromptSection, generation_config: Any = None) -> None:
        self.config = config
        self.processor = processor
        self.prompt = prompt
        self.tokenizer = processor.tokenizer
        self.notes: list[str] = []
        self.image_settings: dict[str, Any] = {}  # those that the recipe changed
        self.repair_processor()
        self.template = find_template(processor, prompt, self.own_template)
        self._reserved = find_reserved(self.tokenizer, self.image_token)
        check_prompt(prompt, self._reserved)
        self.chat = read_chat(self._render, self.image_token, sorted(self._reserved), self.tokenizer.eos_token)
        if prompt.system and not self.chat.takes_system:
            self.notes.append("the chat template refuses a system message: it is put before the first question")
        self._image_ids = self._ids(self.image_token)
        self._bos = self._automatic_bos()
        self.stop_ids = self._find_stop_ids(generation_config)
        pad = self.tokenizer.pad_token_id
        self.pad_id: int = self.stop_ids[0] if pad is None else pad
        self.forbidden_later_ids: tuple[int, ...] = ()  # no answer has them after its first token

    # What a subclass supplies

    @property
    def image_token(self) -> str:
        """The text that stands for one picture in the chat template: the tokenizer's name for `image_token_id`."""
        return str(self.tokenizer.convert_ids_to_tokens(self.config.image_token_id))

    @abstractmethod
    def image_ids(self, size_px: SizePx | None) -> Sequence[int]:
        """The ids that replace `image_token` for a picture of `size_px` (height, width).

        `size_px` is None where `needs_image_sizes` is False.
        """

    def given_size(self, size_px: SizePx | None) -> SizePx:
        """The size that `image_ids` counts from, where `needs_image_sizes` is True.

        Raises:
            ValueError: it is not given.
        """
        if size_px is None:
            raise ValueError(f"family {self.facts.name} counts a picture's tokens from its size in pixels: none given")
        return size_px

    def positions(
        self, n_tokens: int, spans: Sequence[ImageSpan], sizes_px: Sequence[SizePx | None]
    ) -> NDArray[np.int64] | None:
        """Each token's place on several axes, `positions_AT`, pictures being at `spans`; None: tokens are counted."""
        return None

    def repair_processor(self) -> None:
        """Mends what a checkpoint's processor lacks, and says so in `notes`."""
        return

    def check_model(self, model: nn.Module) -> None:
        """Refuses a model that embeds fewer tokens than the tokenizer has, or no image token.

        Raises:
            ModelError: it does.
        """
        embeddings: Any = model.get_input_embeddings()  # type: ignore[operator]
        rows, image_id = embeddings.weight.shape[0], self.config.image_token_id
        if not 0 <= image_id < rows or len(self.tokenizer) > rows:
            raise ModelError(
                Problem(
                    "model/vocabulary",
                    "config.json",
                    f"the tokenizer has {len(self.tokenizer)} tokens and the image token is number {image_id}, but the "
                    f"model embeds {rows}",
                    fix="use the tokenizer that this model was saved with",
                )
            )

    @property
    def shares_trunk(self) -> bool:
        """True when questions on one picture share its computation exactly, with this checkpoint's settings.

        A window over the last tokens would part a branch from its trunk at another place than alone.
        """
        layers = getattr(self.config.get_text_config(), "layer_types", None) or ()
        return self.facts.shares_trunk and not any("sliding" in layer or "chunked" in layer for layer in layers)

    # Pictures and the model's forward pass: right for transformers' image-text-to-text classes

    def pixels(self, images: Sequence[Image.Image]) -> dict[str, Tensor]:
        """The vision tower's inputs for these pictures, in their order, as the published processor makes them."""
        if not images:
            return {}
        made = self.processor.image_processor(images=list(images), return_tensors="pt")
        return {key: value for key, value in made.items() if isinstance(value, Tensor)}

    def join_pixels(self, made: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
        """What `pixels` makes of all pictures together, from what it made of each alone; all of one size."""
        return {key: torch.cat([each[key] for each in made]) for key in made[0]}

    def hidden(self, model: nn.Module, inputs: Inputs) -> Tensor:
        """The last hidden states, `hidden_BTD`, of the unwrapped model; pictures fill their places in order.

        This is transformers' own way; a family that puts pictures in place itself overrides it.

        Args:
            model: as transformers built it, adapters in place.
            inputs: of one pass; where they come with a cache, it grows.
        """
        body: Any = model.model
        output = body(
            input_ids=inputs.ids_BT,
            past_key_values=inputs.cache,
            use_cache=inputs.cache is not None,
            **self.attention_inputs(inputs),
            **self.picture_inputs(model, inputs),
        )
        return torch.as_tensor(output.last_hidden_state)

    def attention_inputs(self, inputs: Inputs) -> dict[str, Any]:
        """Who sees whom and where tokens stand, under the names of the model's forward."""
        return {"attention_mask": inputs.mask, "position_ids": inputs.positions_BT}

    def picture_inputs(self, model: nn.Module, inputs: Inputs) -> dict[str, Any]:
        """Pixels in the model's number format, or what the projector made of them, under the names of its forward."""
        if inputs.projected_UPD is not None:
            from transformers.modeling_outputs import BaseModelOutputWithPooling

            return {"mm_encoder_outputs": {"image": BaseModelOutputWithPooling(pooler_output=inputs.projected_UPD)}}
        dtype = next(model.parameters()).dtype
        return {key: value.to(dtype) if value.is_floating_point() else value for key, value in inputs.pixels.items()}

    def generation_inputs(self, ids_BT: Tensor) -> dict[str, Tensor]:
        """What transformers' `generate` must be told beside ids, mask and pixels."""
        return {}

    def prove(self, model: nn.Module) -> None:
        """Finds out on a loaded model what the family cannot know beforehand, and says so in `notes`."""
        return

    def new_cache(self, model: nn.Module) -> Any:
        """An empty cache for `Inputs.cache`: what later tokens need to know of earlier ones."""
        from transformers import DynamicCache

        return DynamicCache(config=model.config.get_text_config())  # type: ignore[union-attr, operator]

    def see(self, model: nn.Module, pixels: Mapping[str, Tensor]) -> Tensor:
        """What the vision tower makes of each picture before the projector: U pictures, P tokens each, D wide."""
        raise NotImplementedError(f"family {self.facts.name} keeps no features")

    def project(self, model: nn.Module, seen_UPD: Tensor) -> Tensor:
        """What reaches the language model, of what `see` made."""
        raise NotImplementedError(f"family {self.facts.name} keeps no features")

    def features(self, model: nn.Module, pixels: Mapping[str, Tensor]) -> Tensor:
        """What reaches the language model of each picture, or of each piece of one: `features_UTD`."""
        return self.project(model, self.see(model, pixels))

    def seeing_settings(self) -> dict[str, Any]:
        """All that `see` and `project` depend on beside weights, as JSON values."""
        image_processor = json.loads(self.processor.image_processor.to_json_string())
        return {"family": self.facts.name, "image_processor": image_processor, "config": self.config.to_dict()}

    def logits(self, model: nn.Module, hidden_ND: Tensor) -> Tensor:
        """The vocabulary logits, `logits_NV`, of chosen positions."""
        head: Any = model.lm_head
        return torch.as_tensor(head(hidden_ND))

    # The seam

    def encode(self, example: Example, sizes_px: Sequence[SizePx | None] = (), *, answered: bool = True) -> Encoded:
        """Turns an example into tokens and loss weights; with `answered=False`, into what generation sends.

        The answered form starts with the unanswered one, token for token. Weights are 1 on each answer and
        its end token, 0 elsewhere. Nothing is cut.

        Args:
            example: with at least one turn; each turn's first answer is the one that is taught.
            sizes_px: (height, width) of each picture, for families whose token count depends on it.
            answered: False leaves out the last turn's answer.

        Raises:
            DataError: a text holds one of the model's control tokens, or an answer that the tokenizer
                cannot give back.
            ModelError: the chat template cannot express the conversation.
        """
        refuse_reserved(example, self._reserved)
        turns = [self._put(turn) for turn in example.turns]
        prompts = self.chat.prompts(turns, len(example.images), self.prompt.system)
        ids: list[int] = list(self._bos)
        weights: list[float] = [0.0] * len(ids)
        written = ""
        for turn, prompt in zip(turns, prompts, strict=True):
            asked = self._ids_after(written, prompt[len(written) :])
            if not written and self._bos and asked[: len(self._bos)] == self._bos:
                asked = asked[len(self._bos) :]
            ids += asked
            weights += [0.0] * len(asked)
            if turn is turns[-1] and not answered:
                break
            answer = self._answer_ids(turn, prompt, example)
            ids += answer
            weights += [1.0] * len(answer)
            written = prompt + self.chat.answer_text(turn.answers[0])
        return self._place_images(ids, weights, example, sizes_px)

    def decode(self, ids: Sequence[int]) -> str:
        """The answer that generated or supervised ids spell: up to the first stop token, no control tokens."""
        kept: list[int] = []
        for token in ids:
            if token in self.stop_ids:
                break
            kept.append(int(token))
        return str(self.tokenizer.decode(kept, skip_special_tokens=True, clean_up_tokenization_spaces=False)).strip()

    # Private

    def _image_token_problems(self) -> list[Problem]:
        """What is wrong where the processor's image token is not the model's."""
        found, known = self.config.image_token_id, self.processor.image_token_id
        if known == found:
            return []
        return [
            Problem(
                "model/vocabulary",
                "config.json image_token_id",
                f"the model's image token is number {found}, the processor's is {known}",
                consequence="pictures would not come where the text says",
                fix="use the tokenizer that this model was saved with",
            )
        ]

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _put(self, turn: Turn) -> Turn:
        return Turn(self.prompt.template.replace("{question}", turn.question), turn.answers)

    def _ids_after(self, before: str, text: str) -> list[int]:
        """Ids of a text as they follow another; on their own where joining would change the other's ids."""
        first, both = self._ids(before), self._ids(before + text)
        return both[len(first) :] if both[: len(first)] == first else self._ids(text)

    def _answer_ids(self, turn: Turn, prompt: str, example: Example) -> list[int]:
        """Ids of a turn's first answer and its end, as they follow the prompt."""
        if not turn.answers:
            raise DataError(
                Problem(
                    "data/no-answer",
                    f"example {example.id}",
                    "a question has no answer",
                    consequence="there is nothing to teach",
                    fix="give it an answer, or take it out of the training data",
                )
            )
        answer = turn.answers[0]
        ids = self._ids_after(prompt, self.chat.answer_text(answer))
        back = self.decode(ids)
        if _plain(back) != _plain(answer):
            raise DataError(
                Problem(
                    "data/answer-not-spelled",
                    f"example {example.id}",
                    f"the tokenizer gives the answer {answer!r} back as {back!r}",
                    consequence="the model would learn another answer than the one written",
                    fix="write the answer with characters the model knows",
                )
            )
        return ids

    def _place_images(
        self, ids: list[int], weights: list[float], example: Example, sizes_px: Sequence[SizePx | None]
    ) -> Encoded:
        """Puts each picture's tokens where its placeholder stands."""
        sizes = list(sizes_px) or [None] * len(example.images)
        marker = self._image_ids
        placed: list[int] = []
        placed_weights: list[float] = []
        spans: list[ImageSpan] = []
        at = 0
        while at < len(ids):
            if len(spans) < len(example.images) and ids[at : at + len(marker)] == marker:
                tokens = self.image_ids(sizes[len(spans)])
                spans.append(ImageSpan(len(placed), len(tokens)))
                placed += tokens
                placed_weights += [0.0] * len(tokens)
                at += len(marker)
            else:
                placed.append(ids[at])
                placed_weights.append(weights[at])
                at += 1
        if len(spans) != len(example.images):
            raise ModelError(
                Problem(
                    "model/template-drops-pictures",
                    "chat template",
                    f"it writes {len(spans)} places for the {len(example.images)} pictures of example {example.id}",
                    consequence="the model would not see what the question is about",
                    fix="give a template that shows every picture with prompt.chat_template",
                )
            )
        return Encoded(
            np.asarray(placed, dtype=np.int64),
            np.asarray(placed_weights, dtype=np.float32),
            tuple(spans),
            example.images,
            example.id,
            self.positions(len(placed), spans, sizes),
        )

    def _render(self, messages: list[dict[str, Any]], add_generation_prompt: bool) -> str:
        return str(
            self.tokenizer.apply_chat_template(
                messages,
                chat_template=self.template,
                tokenize=False,
                add_generation_prompt=add_generation_prompt,
            )
        )

    def _automatic_bos(self) -> list[int]:
        """The ids a tokenizer sets before every text by itself, as generation's inputs have them."""
        bos = self.tokenizer.bos_token_id
        with_special = list(self.tokenizer("a")["input_ids"])
        return [bos] if bos is not None and with_special[:1] == [bos] else []

    def _find_stop_ids(self, generation_config: Any) -> tuple[int, ...]:
        """The token that ends a supervised answer first, then those that the checkpoint publishes."""
        published = getattr(generation_config, "eos_token_id", None)
        listed = published if isinstance(published, list) else [published]
        ids = [self._ids(self.chat.end)[-1], self.tokenizer.eos_token_id, *listed]
        return tuple(dict.fromkeys(token for token in ids if token is not None))


def _plain(text: str) -> str:
    """Text with what tokenizers may lawfully change taken away: compatibility forms and white space."""
    return " ".join(unicodedata.normalize("NFKC", text).split())
