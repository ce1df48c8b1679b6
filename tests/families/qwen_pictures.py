"""Pictures of any size for tests of families that show pictures at their own shape."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from tiny_models import to_png


@dataclass(frozen=True, slots=True)
class Stripes:
    """A picture in which no two places look alike."""

    width: int
    height: int
    seed: int = 0

    @property
    def name(self) -> str:
        return f"stripes-{self.width}x{self.height}-{self.seed}.png"

    def draw(self) -> Image.Image:
        noise_HWC = np.random.default_rng(self.seed).integers(0, 256, (self.height, self.width, 3), dtype=np.uint8)
        noise_HWC[:, :, 0] = np.linspace(0, 255, self.height).astype(np.uint8)[:, None]
        noise_HWC[:, :, 1] = np.linspace(255, 0, self.width).astype(np.uint8)[None]
        return Image.fromarray(noise_HWC)

    def read_bytes(self) -> bytes:
        return to_png(self.draw())
