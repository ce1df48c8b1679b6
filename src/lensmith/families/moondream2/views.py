"""From pixels to one map of features a picture: views of pictures that are cut up alike, and what is made of them.

Axes: U pictures in all, N pictures cut up alike, K views of each, C channels, H and W pixels, P patches of a view,
D width. A map of local views has R rows and Q columns of patches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, avg_pool2d

from lensmith.families.moondream2.pictures import Tiling

VALUES, PLACES = "pixel_values_", "pixel_places_"


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """Pictures of one tiling.

    Attributes:
        tiling: rows and columns of local views.
        values: 2024 `pixels_NCHW`, the stretched pictures; 2025 `pixels_NKCHW`, their views.
        places_N: int64, which pictures of the batch these are.
    """

    tiling: Tiling
    values: Tensor
    places_N: Tensor


def name_pixels(cut: Sequence[tuple[Tiling, Tensor]]) -> dict[str, Tensor]:
    """The tower's inputs, two tensors for each tiling, whose names say which it is.

    Names rather than numbers, so that shapes alone decide what is computed.
    """
    tilings = dict.fromkeys(tiling for tiling, _ in cut)
    named: dict[str, Tensor] = {}
    for rows, columns in tilings:
        places = [at for at, (tiling, _) in enumerate(cut) if tiling == (rows, columns)]
        named[f"{VALUES}{rows}x{columns}"] = torch.stack([cut[at][1] for at in places])
        named[f"{PLACES}{rows}x{columns}"] = torch.tensor(places)
    return named


def read_pixels(pixels: Mapping[str, Tensor]) -> list[Alike]:
    """What `name_pixels` was given, tiling by tiling."""
    found = []
    for name, values in pixels.items():
        if name.startswith(VALUES):
            tiling = name.removeprefix(VALUES)
            rows, columns = (int(count) for count in tiling.split("x"))
            found.append(Alike((rows, columns), values, pixels[PLACES + tiling]))
    return found


def in_order(maps: Sequence[Tensor], alike: Sequence[Alike]) -> Tensor:
    """Maps of all tilings, in the order of the pictures in the batch."""
    order_U = torch.cat([each.places_N for each in alike]).argsort()
    return torch.cat(list(maps))[order_U]


def split_views(pixels_NCHW: Tensor, tiling: Tiling) -> Tensor:
    """2024: the whole picture shrunk into one view, then its tiles row by row, `pixels_NKCHW`; one tile is no tile."""
    if tiling == (1, 1):
        return pixels_NCHW[:, None]
    rows, columns = tiling
    whole_N1CHW = avg_pool2d(pixels_NCHW, tiling)[:, None]
    pictures, channels = pixels_NCHW.shape[:2]
    height, width = whole_N1CHW.shape[-2:]
    tiles = pixels_NCHW.view(pictures, channels, rows, height, columns, width).permute(0, 2, 4, 1, 3, 5)
    return torch.cat([whole_N1CHW, tiles.flatten(1, 2)], dim=1)


def join_first(features_NKPD: Tensor, tiling: Tiling) -> Tensor:
    """2024: whole and local features side by side, `seen_NPD` of twice the width.

    The tiles' maps are laid together and shrunk to one map, which for one or two tiles a side is a mean over blocks.
    """
    whole_NPD, local_NKPD = features_NKPD[:, 0], features_NKPD[:, 1:]
    if tiling == (1, 1):
        return torch.cat([whole_NPD, whole_NPD], dim=-1)
    map_NDRQ = stitch(local_NKPD, tiling, trim=0)
    return torch.cat([whole_NPD, avg_pool2d(map_NDRQ, tiling).flatten(2).transpose(1, 2)], dim=-1)


def join_second(features_NKPD: Tensor, tiling: Tiling, overlap_patches: int) -> Tensor:
    """2025: the same from overlapping views, whose map is shrunk by adaptive means."""
    whole_NPD, local_NKPD = features_NKPD[:, 0], features_NKPD[:, 1:]
    map_NDRQ = stitch(local_NKPD, tiling, trim=overlap_patches)
    side = round(whole_NPD.shape[1] ** 0.5)
    local_NPD = adaptive_avg_pool2d(map_NDRQ, side).flatten(2).transpose(1, 2)
    return torch.cat([whole_NPD, local_NPD], dim=-1)


def stitch(local_NKPD: Tensor, tiling: Tiling, trim: int) -> Tensor:
    """Local maps laid side by side, `map_NDRQ`, each without `trim` patches where it borders on another."""
    rows, columns = tiling
    pictures, _, patches, width = local_NKPD.shape
    side = round(patches**0.5)
    maps = local_NKPD.view(pictures, rows, columns, side, side, width)
    joined = torch.cat([maps[:, row][:, :, _kept(row, rows, side, trim)] for row in range(rows)], dim=2)
    joined = torch.cat([joined[:, at][:, :, _kept(at, columns, side, trim)] for at in range(columns)], dim=2)
    return joined.permute(0, 3, 1, 2)


def _kept(at: int, count: int, side: int, trim: int) -> slice:
    return slice(0 if at == 0 else trim, side if at == count - 1 else side - trim)
