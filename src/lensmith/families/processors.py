"""Published processors on machines that lack what they ask for: torchvision, and what only videos need.

The one place that knows of it. Three gaps:

- torchvision is there, but its compiled part does not load (a build for CUDA beside a torch for CPU): importing it
  fails, and takes transformers down with it. Its transforms, which processors use, need none of that part: they work
  once the two operators that torchvision looks for have a schema.
- torchvision is not there: some processors are made of an image processor, a tokenizer and a video processor, and
  cannot be constructed without the last, which needs it. What they do with pictures and text does not.
- torchvision is not there, and a picture cannot be read without it: `explain` says what to install.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch

# Operators of torchvision's compiled part that its Python code gives shapes for when it is imported (torchvision 0.28).
OPERATORS = ("nms", "qnms")
SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"

# The module of transformers that holds a published processor with a video half, by the processor's name.
PUBLISHED = {
    "InternVLProcessor": "internvl",
    "Qwen2VLProcessor": "qwen2_vl",
    "Qwen2_5_VLProcessor": "qwen2_5_vl",
    "Qwen3VLProcessor": "qwen3_vl",
    "SmolVLMProcessor": "smolvlm",
}

# torch 2.13 and torchvision 0.28 are released together, and so are those before and after.
TORCHVISION_AHEAD = 15

_declared: list[Any] = []  # a library's operators are gone when it is


def offer_processors() -> None:
    """Makes `AutoProcessor` open these processors with a broken torchvision, and without one.

    With a torchvision that works, changes nothing. `AutoProcessor` finds a class by the name in a checkpoint's files,
    and looks into transformers' own modules before it looks at what was registered with it: so a class is put where
    the one that cannot be constructed stood.
    """
    if mend_torchvision():
        return
    for name, module in PUBLISHED.items():
        setattr(import_module(f"transformers.models.{module}"), name, without_videos(name))


def mend_torchvision() -> bool:
    """True where torchvision can be imported, if need be after its operators were declared."""
    if find_spec("torchvision") is None:
        return False
    try:
        import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        _declare_operators()
    return True


def explain(error: Exception) -> str | None:
    """What to install, where a processor could not be opened for want of torchvision; None: it is something else."""
    if find_spec("torchvision") is not None:
        return None
    said = f"{type(error).__name__} {error}".lower()
    if not any(sign in said for sign in ("torchvision", "video_processor", "videoprocessor", "'nonetype' object")):
        return None
    major, minor = (int(part) for part in torch.__version__.split(".")[:2])
    version = f"0.{minor + TORCHVISION_AHEAD}" if major == 2 else "of this torch"
    return f"pip install torchvision (version {version}, in the build for the same device as torch {torch.__version__})"


def without_videos(published: str) -> type[Any]:
    """A published processor's class less its videos: it opens, saves and shows pictures as that one does.

    Args:
        published: its name, one of `PUBLISHED`.
    """
    whole = getattr(import_module(f"transformers.models.{PUBLISHED[published]}"), published)
    if issubclass(whole, _Stills):
        return whole  # type: ignore[no-any-return]
    return type(published, (_STILLS.get(published, _PlainStills), whole), {"__module__": __name__})


def _declare_operators() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]  # what a failed import leaves behind
    library: Any = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for operator in OPERATORS:
        library.define(operator + SCHEMA)
    _declared.append(library)
    import_module("torchvision")


class _Stills:
    """What is put before a published processor's class: no videos, but their settings are carried along.

    transformers reads from the signature of `__init__` that there are two parts, and which settings there are: so each
    kind of signature has a class of its own below.

    Attributes:
        video_settings: as the checkpoint has them. They are saved again, since with torchvision the published class
            does not open a folder that lacks them.
    """

    video_settings: dict[str, Any]

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, **settings: Any) -> Any:
        """The processor in a folder or on the hub, as `AutoProcessor` asks for it."""
        from transformers.models.auto.video_processing_auto import get_video_processor_config

        processor = super().from_pretrained(pretrained_model_name_or_path, **settings)  # type: ignore[misc]
        processor.video_settings = get_video_processor_config(pretrained_model_name_or_path, **settings)
        return processor

    def to_dict(self) -> dict[str, Any]:
        """What `processor_config.json` holds."""
        saved: dict[str, Any] = super().to_dict()  # type: ignore[misc]
        saved.pop("video_settings", None)
        return {**saved, "video_processor": self.video_settings} if self.video_settings else saved


class _PlainStills(_Stills):
    """Qwen-VL."""

    def __init__(self, image_processor: Any = None, tokenizer: Any = None, chat_template: Any = None) -> None:
        super().__init__(image_processor, tokenizer, None, chat_template=chat_template)  # type: ignore[call-arg]
        self.video_settings = {}


class _InternVlStills(_Stills):
    def __init__(
        self,
        image_processor: Any = None,
        tokenizer: Any = None,
        image_seq_length: int = 256,
        chat_template: Any = None,
    ) -> None:
        super().__init__(image_processor, tokenizer, None, image_seq_length, chat_template)  # type: ignore[call-arg]
        self.video_settings = {}


class _SmolVlmStills(_Stills):
    """num2words, which the published class refuses to be without, spells out the number of a video's frames."""

    def __init__(
        self, image_processor: Any = None, tokenizer: Any = None, image_seq_len: int = 169, chat_template: Any = None
    ) -> None:
        module = import_module("transformers.models.smolvlm.processing_smolvlm")
        module.num2words = module.num2words or str  # type: ignore[attr-defined]
        super().__init__(image_processor, tokenizer, None, image_seq_len, chat_template)  # type: ignore[call-arg]
        self.video_settings = {}

    def apply_chat_template(self, *given: Any, **how: Any) -> Any:
        """As other processors do it: what SmolVLM's own adds is the number of a video's frames."""
        from transformers import ProcessorMixin

        whole: Any = self
        return ProcessorMixin.apply_chat_template(whole, *given, **how)


_STILLS: dict[str, type[_Stills]] = {
    "InternVLProcessor": _InternVlStills,
    "SmolVLMProcessor": _SmolVlmStills,
}
