"""Tiny examples and models for tests: pictures that are drawn when read, and checkpoints opened as users open them."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from lensmith.config.sections import ModelSection, PromptSection
from lensmith.families.contract import Family
from lensmith.families.opening import load_model, open_family
from lensmith.types import Example, Turn

CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class Noise:
    """A picture of random pixels, 40 × 36, so that it is resized on its way in."""

    seed: int

    @property
    def name(self) -> str:
        return f"noise-{self.seed}.png"

    def draw(self) -> Image.Image:
        pixels_HWC = np.random.default_rng(self.seed).integers(0, 256, (36, 40, 3), dtype=np.uint8)
        return Image.fromarray(pixels_HWC)

    def read_bytes(self) -> bytes:
        return to_png(self.draw())


@dataclass(frozen=True, slots=True)
class Plain:
    """A picture of 32 × 32 pixels in one colour."""

    rgb: tuple[int, int, int]

    @property
    def name(self) -> str:
        return "plain-{}-{}-{}.png".format(*self.rgb)

    def read_bytes(self) -> bytes:
        return to_png(Image.new("RGB", (32, 32), self.rgb))


def to_png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def make_example(*turns: tuple[str, str], pictures: int = 1, number: int = 0) -> Example:
    """An example of (question, answer) turns on pictures of noise; `number` names it and seeds its pictures."""
    images = tuple(Noise(10 * number + at) for at in range(pictures))
    return Example(f"e{number}", images, tuple(Turn(asked, (said,)) for asked, said in turns), f"g{number}")


def open_tiny(folder: Path, **prompt: Any) -> Family:
    """The family of a checkpoint folder, as a recipe with this prompt section opens it."""
    return open_family(ModelSection(name=str(folder)), PromptSection(**prompt))


def load_tiny(family: Family, folder: Path) -> torch.nn.Module:
    """The checkpoint's model in float32 on the CPU."""
    return load_model(family, ModelSection(name=str(folder)), device=CPU, dtype=torch.float32)
