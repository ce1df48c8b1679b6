"""Processors open with a broken torchvision, without one, and without num2words; else it is said why not."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from checkpoints import ask_by_template
from transformers import AutoProcessor

from lensmith.families import processors
from lensmith.families.processors import PUBLISHED, explain, offer_processors, without_videos
from lensmith.lab.other_models import build_smolvlm
from lensmith.lab.qwen_vl import build_qwen_vl
from tiny_models import make_example, open_tiny

# What torchvision 0.28 does first when it is imported: gives shapes to operators of its compiled part.
BROKEN = """
import torch

@torch.library.register_fake("torchvision::nms")
def meta_nms(dets, scores, iou_threshold):
    return scores

@torch.library.register_fake("torchvision::qnms")
def meta_qnms(dets, scores, iou_threshold):
    return scores
"""
MEND = """
import torch
try:
    import torchvision
except RuntimeError as error:
    assert "torchvision::nms does not exist" in str(error)
else:
    raise SystemExit("the trap is not real")
from lensmith.families.processors import mend_torchvision
assert mend_torchvision()
assert mend_torchvision()
import torchvision
assert torchvision.transforms.answer == 42
"""


def test_torchvision_without_its_compiled_part_is_mended(tmp_path: Path) -> None:
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text("from torchvision import shapes, transforms\n")
    (package / "shapes.py").write_text(BROKEN)
    (package / "transforms.py").write_text("answer = 42\n")
    paths = [str(tmp_path), *sys.path]
    script = f"import sys; sys.path[:] = {paths!r}\n{MEND}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_torchvision_that_is_broken_otherwise_is_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('disk on fire')\n")
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
    script += "from lensmith.families.processors import mend_torchvision as mend\nmend()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "disk on fire" in done.stderr


@pytest.mark.skipif(processors.mend_torchvision(), reason="torchvision is there, and nothing is replaced")
def test_processors_are_the_published_ones_under_their_names(tmp_path: Path) -> None:
    offer_processors()
    offer_processors()
    for name, module in PUBLISHED.items():
        still = without_videos(name)
        assert still.__name__ == name
        parents = [parent for parent in still.__mro__ if parent.__name__ == name]
        assert parents[-1].__module__.startswith(f"transformers.models.{module}.")
        assert len(parents) <= 2
    folder = build_qwen_vl(tmp_path, seed=1, size="test")
    assert type(AutoProcessor.from_pretrained(folder)).__name__ == "Qwen2_5_VLProcessor"


def test_smolvlm_shows_pictures_without_num2words(
    monkeypatch: pytest.MonkeyPatch, build_once: Callable[..., Path]
) -> None:
    """The published class refuses to be without it, for the number of a video's frames."""
    from transformers.models.smolvlm import processing_smolvlm

    folder = build_once("smolvlm", lambda out: build_smolvlm(out, seed=7))
    monkeypatch.setattr(processing_smolvlm, "num2words", None)
    example = make_example(("Цвет?", "да"))
    ids = open_tiny(folder).encode(example, [(36, 40)], answered=False).ids_T.tolist()
    assert ids == ask_by_template(folder, example, None)["input_ids"][0].tolist()


def test_what_is_missing_is_named_with_the_version_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "find_spec", lambda name: None)
    monkeypatch.setattr(processors.torch, "__version__", "2.13.0+cpu")
    for error in (
        ImportError("PixtralProcessor requires the Torchvision library but it was not found"),
        AttributeError("'NoneType' object has no attribute 'from_pretrained'"),
    ):
        said = explain(error)
        assert said is not None
        assert "pip install torchvision" in said
        assert "0.28" in said
    assert explain(OSError("no such file: tokenizer.json")) is None
    monkeypatch.setattr(processors, "find_spec", lambda name: ModuleType(name))
    assert explain(ImportError("requires the Torchvision library")) is None
