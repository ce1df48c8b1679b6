"""The heads for points and boxes of both generations: kept as they came, because text training does not reach them.

Axes: N points or states, D width.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from lensmith.families.moondream2.layers import Affine, BareParameters


def to_waves(points: Tensor, frequencies: Tensor) -> Tensor:
    """Fourier features (Tancik et al. 2020, arXiv 2006.10739): cosines, then sines, of `points @ frequencies`."""
    angle = 2 * math.pi * points @ frequencies
    return torch.cat([angle.cos(), angle.sin()], dim=-1)


class Frequencies(nn.Module):
    """Fixed frequencies, saved with the weights."""

    weight: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.empty(features // 2, 2))

    def forward(self, points_N2: Tensor) -> Tensor:
        """Fourier features of points."""
        return to_waves(points_N2, self.weight.T)


class FirstRegion(nn.Module):
    """2024: 1,062,917 parameters in the released size."""

    def __init__(self, width: int, region: Any) -> None:
        super().__init__()
        self.position_features = Frequencies(region.position_features)
        self.position_encoder = Affine(region.position_features, width)
        self.size_features = Frequencies(region.position_features)
        self.size_encoder = Affine(region.position_features, width)
        self.position_decoder = Affine(width, 2)
        self.size_decoder = Affine(width, 2)
        self.confidence_decoder = Affine(width, 1)

    def encode_position(self, points_N2: Tensor) -> Tensor:
        """Embeddings of places, as fractions of width and height."""
        return torch.as_tensor(self.position_encoder(self.position_features(points_N2)))

    def encode_size(self, sizes_N2: Tensor) -> Tensor:
        """Embeddings of sizes, as fractions of width and height."""
        return torch.as_tensor(self.size_encoder(self.size_features(sizes_N2)))


class Decoder(nn.Module):
    """Two layers with the tanh form of GELU between them."""

    def __init__(self, width: int, inner: int, out: int) -> None:
        super().__init__()
        self.fc1 = Affine(width, inner)
        self.fc2 = Affine(inner, out)

    def forward(self, states_ND: Tensor) -> Tensor:
        """Logits of bins."""
        return torch.as_tensor(self.fc2(gelu(self.fc1(states_ND), approximate="tanh")))


class SecondRegion(BareParameters):
    """2025: 60,317,312 parameters in the released size."""

    def __init__(self, width: int, region: Any) -> None:
        super().__init__()
        self.coord_features = nn.Parameter(torch.empty(1, region.position_features // 2))
        self.coord_encoder = Affine(region.position_features, width)
        self.coord_decoder = Decoder(width, region.inner_size, region.position_bins)
        self.size_features = nn.Parameter(torch.empty(2, region.size_features // 2))
        self.size_encoder = Affine(region.size_features, width)
        self.size_decoder = Decoder(width, region.inner_size, region.size_bins)

    def encode_coordinate(self, coordinates_N1: Tensor) -> Tensor:
        """Embeddings of single coordinates, as fractions."""
        return torch.as_tensor(self.coord_encoder(to_waves(coordinates_N1, self.coord_features)))

    def encode_size(self, sizes_N2: Tensor) -> Tensor:
        """Embeddings of sizes, as fractions of width and height."""
        return torch.as_tensor(self.size_encoder(to_waves(sizes_N2, self.size_features)))

    def decode_size(self, states_ND: Tensor) -> Tensor:
        """Logits of bins, width's before height's: N, 2, bins."""
        return torch.stack(torch.as_tensor(self.size_decoder(states_ND)).chunk(2, dim=-1), dim=-2)
