"""Every recipe that comes with lensmith, planned on a config alone: parameters are as many as the published model's."""

import json
from pathlib import Path
from typing import Any

import pytest

from lensmith.cli import main
from lensmith.lab.worlds import WORLDS

RECIPES = Path(__file__).resolve().parents[2] / "recipes"

LLAVA_GEMMA = {
    "model_type": "llava",
    "image_token_index": 256_000,
    "tie_word_embeddings": True,
    "vision_config": {
        "model_type": "clip_vision_model",
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "image_size": 336,
        "patch_size": 14,
        "projection_dim": 768,
    },
    "text_config": {
        "model_type": "gemma",
        "hidden_size": 2048,
        "intermediate_size": 16384,
        "num_hidden_layers": 18,
        "num_attention_heads": 8,
        "num_key_value_heads": 1,
        "head_dim": 256,
        "vocab_size": 256_064,
    },
}
LFM2_VL = {
    "model_type": "lfm2_vl",
    "text_config": {
        "model_type": "lfm2",
        "vocab_size": 65536,
        "num_hidden_layers": 16,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "hidden_size": 2048,
        "block_ff_dim": 12288,
        "layer_types": ["full_attention" if at in (2, 5, 8, 10, 12, 14) else "conv" for at in range(16)],
    },
    "vision_config": {
        "model_type": "siglip2_vision_model",
        "vision_use_head": False,
        "patch_size": 16,
        "hidden_size": 1152,
        "intermediate_size": 4304,
        "num_hidden_layers": 26,
        "num_attention_heads": 16,
    },
}
MOONDREAM = {"architectures": ["Moondream"], "model_type": "moondream1", "text_config": {"model_type": "phi"}}
QWEN = {
    "model_type": "qwen2_5_vl",
    "tie_word_embeddings": True,
    "text_config": {
        "hidden_size": 2048,
        "intermediate_size": 11008,
        "num_hidden_layers": 36,
        "num_attention_heads": 16,
        "num_key_value_heads": 2,
        "vocab_size": 151_936,
    },
    "vision_config": {
        "depth": 32,
        "num_heads": 16,
        "hidden_size": 1280,
        "intermediate_size": 3420,
        "out_hidden_size": 2048,
    },
}

# Trained, by hand, with rank 16 on attention: 16 · layers · (in + out of each linear layer).
LFM2_TRAINED = 16 * (6 * (2 * (2048 + 2048) + 2 * (2048 + 512)) + 10 * ((2048 + 6144) + (2048 + 2048)))
QWEN_TRAINED = 16 * 36 * (2 * (2048 + 2048) + 2 * (2048 + 256))
EXPECTED: dict[str, tuple[dict[str, Any], int, int]] = {
    "characters-qwen2.5-vl": (QWEN, 3_754_622_976, QWEN_TRAINED),
    "charts-moondream2": (MOONDREAM, 1_867_982_709, 1_419_333_637),
    "crosswalk-lfm2-vl": (LFM2_VL, 1_584_804_000, LFM2_TRAINED),
    "crosswalk-moondream2": (MOONDREAM, 1_867_982_709, 1_419_333_637),
    "gqa-ru-llava-gemma": (LLAVA_GEMMA, 2_816_106_496, 3_686_400),
}


def test_every_recipe_has_its_counts_here() -> None:
    assert {path.stem for path in RECIPES.glob("*.yaml")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_plan_counts_what_is_published(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config, total, trained = EXPECTED[name]
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text(json.dumps(config), encoding="utf-8")
    WORLDS["fills"](tmp_path / "world", pictures=4, seed=1)
    changes = [
        f"model={json.dumps({'name': str(tmp_path / 'model')})}",
        f"data.train={tmp_path}/world/train.jsonl",
        "data.test=null",
        "train.optimizer=adamw_torch",
    ]
    monkeypatch.chdir(tmp_path)
    words = [word for change in changes for word in ("--set", change)]
    main(["plan", str(RECIPES / f"{name}.yaml"), *words, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["parameters"]["total"]["all"] == total
    assert found["parameters"]["trained"]["all"] == trained
    assert found["memory"]["total_bytes"] > 2 * total, "weights at least"
