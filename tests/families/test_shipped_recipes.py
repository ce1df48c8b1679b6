"""Every shipped recipe trains end to end: a tiny random model of its architecture, on the world of its twin."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from checkpoints import CHECKPOINTS

from lensmith.cli import main
from lensmith.lab.worlds import WORLDS

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
FEW = {"limit": 30}

# Recipe: who stands in for its model, the world, its training data there, and its test data where it names some.
STAND_INS = {
    "characters-qwen2.5-vl": ("qwen2-5-vl", "characters", {"path": "train.jsonl"}, [{"path": "probes.jsonl"}]),
    "charts-moondream2": ("moondream2-2024", "charts", {"path": "train.json"}, None),
    "crosswalk-lfm2-vl": ("lfm2-vl-tiles", "crosswalk", {"path": "train.jsonl"}, None),
    "crosswalk-moondream2": ("moondream2-2024", "crosswalk", {"path": "train.jsonl"}, None),
    "gqa-ru-llava-gemma": (
        "llava-gemma-clip",
        "gqa-ru-10",
        {"path": "", "format": "gqa", "split": "train"},
        [{"path": "", "format": "gqa", "split": "testdev"}],
    ),
}


def test_every_recipe_has_a_stand_in() -> None:
    assert {path.stem for path in RECIPES.glob("*.yaml")} == set(STAND_INS)


@pytest.mark.parametrize("name", STAND_INS)
def test_a_recipe_trains_a_stand_in_of_its_model(
    name: str, build_once: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in, world, train, test = STAND_INS[name]
    (checkpoint,) = (each for each in CHECKPOINTS if each.name == stand_in)
    place = build_once(f"world-{world}", lambda out: WORLDS[world](out, pictures=24, seed=1))
    model = build_once(checkpoint.name, checkpoint.build)

    def few(source: dict[str, str]) -> dict[str, object]:
        return {**source, **FEW, "path": str(place / source["path"])}

    changes = {
        "model": {"name": str(model)},
        "data.train": [few(train)],
        "data.test": test and [few(each) for each in test],
        "train.epochs": 1,
        "train.optimizer": "adamw_torch",
        "evaluate.max_new_tokens": 4,
        "evaluate.resamples": 100,
        "run.out": str(tmp_path / "run"),
    }
    words = [word for key, value in changes.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    assert main(["train", str(RECIPES / f"{name}.yaml"), *words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    shipped = yaml.safe_load((RECIPES / f"{name}.yaml").read_text(encoding="utf-8"))
    assert set(found["comparison"]["metrics"]) == set(shipped["evaluate"]["metrics"])
    assert found["comparison"]["n"] >= 2
    assert Path(found["delivered"]).name == {"lora": "adapter", "full": "model"}[shipped["tune"]["method"]]
    logged = (tmp_path / "run" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert max(json.loads(line)["step"] for line in logged) >= 2
