"""The published processors without their video half, for machines without torchvision.

transformers' processors of these models are made of an image processor, a tokenizer and a video processor, and cannot
be constructed without the last, which needs torchvision. What they do with pictures and text does not.
"""

from importlib import import_module
from typing import Any

from transformers.models.auto.video_processing_auto import get_video_processor_config
from transformers.utils import is_torchvision_available

# The module of transformers that holds a published processor, by the processor's name.
PUBLISHED = {"Qwen2VLProcessor": "qwen2_vl", "Qwen2_5_VLProcessor": "qwen2_5_vl", "Qwen3VLProcessor": "qwen3_vl"}


class _Stills:
    """What is put before a published processor's class: no videos, but their settings are carried along.

    Attributes:
        video_settings: as the checkpoint has them. They are saved again, since with torchvision the published class
            does not open a folder that lacks them.
    """

    def __init__(self, image_processor: Any = None, tokenizer: Any = None, chat_template: Any = None) -> None:
        # transformers reads from this signature that there are two parts; the third's place stays empty
        super().__init__(image_processor, tokenizer, None, chat_template=chat_template)  # type: ignore[call-arg]
        self.video_settings: dict[str, Any] = {}

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, **settings: Any) -> Any:
        """The processor in a folder or on the hub, as `AutoProcessor` asks for it."""
        processor = super().from_pretrained(pretrained_model_name_or_path, **settings)  # type: ignore[misc]
        processor.video_settings = get_video_processor_config(pretrained_model_name_or_path, **settings)
        return processor

    def to_dict(self) -> dict[str, Any]:
        """What `processor_config.json` holds."""
        saved: dict[str, Any] = super().to_dict()  # type: ignore[misc]
        return {**saved, "video_processor": self.video_settings} if self.video_settings else saved


def without_videos(published: str) -> type[Any]:
    """A published processor's class less its videos: it opens, saves and shows pictures as that one does.

    Args:
        published: its name, one of `PUBLISHED`.
    """
    whole = getattr(import_module(f"transformers.models.{PUBLISHED[published]}"), published)
    return whole if issubclass(whole, _Stills) else type(published, (_Stills, whole), {"__module__": __name__})


def offer_stills() -> None:
    """Makes `AutoProcessor` open these processors without torchvision; with it, changes nothing.

    `AutoProcessor` finds a class by the name in a checkpoint's files, and looks into transformers' own modules before
    it looks at what was registered with it: so the class is put where the one that cannot be constructed stood.
    """
    if is_torchvision_available():
        return
    for name, module in PUBLISHED.items():
        setattr(import_module(f"transformers.models.{module}"), name, without_videos(name))
