"""The golden vectors of Moondream2, in a folder as a release is laid out: config.json and weights."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from lensmith.families.moondream2.native import offer_moondream

GOLDEN = Path(__file__).parents[1] / "golden"
FIRST, SECOND = "2024", "2025"
TOLERANCE = {"atol": 2e-5, "rtol": 1e-5}


@dataclass(frozen=True, slots=True)
class Vectors:
    """One generation's.

    Attributes:
        weights: under their released names.
        golden: inputs, outputs, losses and gradients.
        about: the JSON file beside them.
    """

    weights: dict[str, Tensor]
    golden: dict[str, Tensor]
    about: dict[str, Any]

    @property
    def cases(self) -> list[str]:
        """Names of the cases with a picture."""
        return sorted({name[0] for name in self.golden if name[1:] == ".pixel_values"})

    def pixels(self, case: str) -> dict[str, Tensor]:
        """A case's picture as the tower's inputs."""
        values = self.golden[f"{case}.pixel_values"]
        if f"{case}.tiling" in self.golden:
            rows, columns = self.golden[f"{case}.tiling"].tolist()
            values = values[None]
        else:
            side = self.about["config"]["vision"]["crop"]
            rows, columns = values.shape[-2] // side, values.shape[-1] // side
        return {f"pixel_values_{rows}x{columns}": values, f"pixel_places_{rows}x{columns}": torch.tensor([0])}

    def place_picture(self, ids_BT: Tensor, image_token: int) -> tuple[Tensor, Tensor]:
        """Ids with a picture's tokens after the first one, and where they stand."""
        image_BP = torch.full((len(ids_BT), 16), image_token)
        placed_BT = torch.cat([ids_BT[:, :1], image_BP, ids_BT[:, 1:]], dim=1)
        image_BT = torch.zeros_like(placed_BT, dtype=torch.bool)
        image_BT[:, 1:17] = True
        return placed_BT, image_BT


def read_vectors(generation: str) -> Vectors:
    """The vectors of "2024" or "2025"."""
    tensors = load_file(GOLDEN / f"moondream2-{generation}-tiny.safetensors")
    about = json.loads((GOLDEN / f"moondream2-{generation}-tiny.json").read_text(encoding="utf-8"))
    weights = {name: value for name, value in tensors.items() if not name.startswith("golden.")}
    golden = {name.removeprefix("golden."): value for name, value in tensors.items() if name.startswith("golden.")}
    return Vectors(weights, golden, about)


def lay_out(vectors: Vectors, generation: str, folder: Path) -> Path:
    """Config and weights in files."""
    config = {"model_type": "moondream1", **(_first if generation == FIRST else _second)(vectors.about["config"])}
    # a token that no vector uses, so that transformers' own entry can tell pictures from text
    config["image_token_id"] = 509
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    save_file(vectors.weights, folder / "model.safetensors", {"format": "pt"})
    return folder


def load_vectors(folder: Path) -> Any:
    """The model of such a folder, as transformers loads it, and its loading report."""
    from transformers import AutoModelForImageTextToText

    offer_moondream()
    return AutoModelForImageTextToText.from_pretrained(folder, output_loading_info=True)


def _first(about: dict[str, Any]) -> dict[str, Any]:
    vision, text = about["vision"], about["text"]
    return {
        "architectures": ["Moondream"],
        "text_config": {"model_type": "phi", **{name: text[name] for name in _TEXT}},
        "vision_config": {
            "hidden_size": vision["dim"],
            "intermediate_size": vision["ff"],
            "num_hidden_layers": vision["layers"],
            "num_attention_heads": vision["heads"],
            "crop_px": vision["crop"],
            "projection_size": about["projection"]["hidden"],
        },
    }


def _second(about: dict[str, Any]) -> dict[str, Any]:
    vision, text, region = about["vision"], about["text"], about["region"]
    return {
        "architectures": ["HfMoondream"],
        "text_config": {
            "model_type": "phi",
            "vocab_size": text["vocab_size"],
            "hidden_size": text["dim"],
            "intermediate_size": text["ff_dim"],
            "num_hidden_layers": text["n_layers"],
            "num_attention_heads": text["n_heads"],
            "max_position_embeddings": text["max_context"],
        },
        "vision_config": {
            "hidden_size": vision["enc_dim"],
            "intermediate_size": vision["enc_ff_dim"],
            "num_hidden_layers": vision["enc_n_layers"],
            "num_attention_heads": vision["enc_n_heads"],
            "crop_px": vision["crop_size"],
            "projection_size": vision["proj_inner_dim"],
            "overlap_patches": vision["overlap_margin"],
        },
        "region_config": {
            "position_features": region["coord_feat_dim"],
            "size_features": region["size_feat_dim"],
            "position_bins": region["coord_out_dim"],
            "size_bins": region["size_out_dim"],
            "inner_size": region["inner_dim"],
        },
    }


_TEXT = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "max_position_embeddings",
)
