"""The processor: a release's tokenizer, its prompt, and the settings by which pictures are cut up."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch
from PIL import Image
from tokenizers import AddedToken
from torch import Tensor
from transformers import AutoConfig, AutoTokenizer, BatchFeature, ProcessorMixin
from transformers.utils import PROCESSOR_NAME, cached_file

from lensmith.families.moondream2.pictures import cut_picture
from lensmith.families.moondream2.prompts import BY_RELEASE, COORDINATE, FIRST, IMAGE, Wording, read_reserved
from lensmith.families.moondream2.views import name_pixels

LATER_TOKENIZER = "moondream/starmie-v1"
"""What the releases from 2025-06-21 on are spelled with; the tokenizer beside their weights is the old one."""


_UNTOLD = f"model.revision is none of {', '.join(BY_RELEASE)}"


class MoondreamProcessor(ProcessorMixin):  # type: ignore[misc]
    """Text and pictures to a model's inputs. Released checkpoints have no file for it: it is made from their config.

    Args:
        tokenizer: of the release; `<image>` is added to it as a marker that no text is read as.
        chat_template: how the release is asked.
        image_token_id: the id that stands for a picture's tokens.
        image_tokens: how many of them a picture takes.
        pictures: the tower's settings that cutting needs, and `second`, true for 2025.
    """

    def __init__(
        self,
        tokenizer: Any = None,
        chat_template: str | None = None,
        image_token_id: int = 51199,
        image_tokens: int = 729,
        pictures: dict[str, Any] | None = None,
    ) -> None:
        tokenizer.add_tokens([AddedToken(IMAGE, special=True, normalized=False)])
        self.image_token = IMAGE
        self.image_token_id = image_token_id
        self.image_tokens = image_tokens
        self.pictures = pictures or {}
        super().__init__(tokenizer, chat_template=chat_template)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, **kwargs: Any) -> "MoondreamProcessor":
        """The saved processor, or for a released checkpoint one made from its config, tokenizer and revision.

        Raises:
            OSError: files are missing, or which prompt the release was taught cannot be told.
        """
        name = pretrained_model_name_or_path
        where: dict[str, Any] = {
            key: kwargs[key] for key in ("revision", "local_files_only", "cache_dir", "token") if key in kwargs
        }
        if cached_file(name, PROCESSOR_NAME, _raise_exceptions_for_missing_entries=False, **where):
            processor: MoondreamProcessor = super().from_pretrained(name, **kwargs)
            return processor
        config = AutoConfig.from_pretrained(name, trust_remote_code=False, **where)
        spelling = _read_release(str(name), config, where)
        return cls(
            spelling.tokenizer,
            chat_template=spelling.wording.to_template(),
            image_token_id=_choose_image_id(config, spelling.tokenizer),
            image_tokens=config.image_tokens,
            pictures=picture_settings(config),
        )

    def read_pictures(self, images: Sequence[Image.Image]) -> dict[str, Tensor]:
        """The tower's inputs for these pictures: `lensmith.families.moondream2.views.name_pixels`."""
        vision = SimpleNamespace(**self.pictures)
        cut = [cut_picture(image, vision, second=vision.second) for image in images]
        return name_pixels([(tiling, torch.from_numpy(pixels)) for tiling, pixels in cut])

    def __call__(
        self, images: Any = None, text: str | Sequence[str] | None = None, return_tensors: str = "pt", **kwargs: Any
    ) -> Any:
        """Inputs for the model: `input_ids`, `attention_mask`, padded on the left, and the pictures' `pixel_…`.

        Args:
            images: PIL pictures, in the order in which the texts name them.
            text: prompts with one `<image>` a picture.
            return_tensors: "pt", nothing else.
            kwargs: ignored; transformers passes settings of other processors.
        """
        if return_tensors != "pt":
            raise ValueError("only PyTorch tensors can be made: return_tensors='pt'")
        marker = self.tokenizer.convert_tokens_to_ids(IMAGE)
        texts = [text] if isinstance(text, str) else list(text or [])
        rows = [self._expand(self.tokenizer(each, add_special_tokens=False)["input_ids"], marker) for each in texts]
        made: dict[str, Tensor] = {}
        if rows:
            width = max(len(row) for row in rows)
            pad = (
                self.tokenizer.pad_token_id if self.tokenizer.pad_token_id is not None else self.tokenizer.eos_token_id
            )
            made["input_ids"] = torch.tensor([[pad] * (width - len(row)) + row for row in rows])
            made["attention_mask"] = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
        pictures = [images] if isinstance(images, Image.Image) else list(images or [])
        return BatchFeature({**made, **self.read_pictures(pictures)})

    def _expand(self, ids: Sequence[int], marker: int) -> list[int]:
        image = [self.image_token_id] * self.image_tokens
        return [token for each in ids for token in (image if each == marker else [each])]


@dataclass(frozen=True, slots=True)
class _Spelling:
    """A release's tokenizer, and what stands around a question."""

    tokenizer: Any
    wording: Wording


def picture_settings(config: Any) -> dict[str, Any]:
    """What `cut_picture` needs of a model's config, as JSON values."""
    names = ("crop_px", "patch_size", "whole_below_px", "max_crops", "overlap_patches")
    return {**{name: getattr(config.vision_config, name) for name in names}, "second": config.second}


def _read_release(name: str, config: Any, where: dict[str, Any]) -> _Spelling:
    """Tokenizer and wording of a released checkpoint, by generation, revision and the tokenizer's own words."""
    if not config.second:
        return _Spelling(AutoTokenizer.from_pretrained(name, **where), FIRST)
    wording = BY_RELEASE.get(str(where.get("revision")))
    if wording is not None:
        return _Spelling(AutoTokenizer.from_pretrained(name, **where), wording)
    own = AutoTokenizer.from_pretrained(name, **where)
    if (reserved := read_reserved(own)) is not None:
        return _Spelling(own, reserved)
    try:
        elsewhere = {key: value for key, value in where.items() if key != "revision"}
        later = AutoTokenizer.from_pretrained(LATER_TOKENIZER, **elsewhere)
    except OSError as error:
        raise OSError(f"{_UNTOLD}, and {LATER_TOKENIZER}, which the latest is spelled with, cannot be had") from error
    if (reserved := read_reserved(later)) is None:
        raise OSError(f"{_UNTOLD}, and {LATER_TOKENIZER} does not spell the latest prompt")
    return _Spelling(later, reserved)


def _choose_image_id(config: Any, tokenizer: Any) -> int:
    """The config's id where the tokenizer has no such token, else the one that only pointing uses."""
    free = config.image_token_id >= len(tokenizer)
    return int(config.image_token_id) if free else COORDINATE
