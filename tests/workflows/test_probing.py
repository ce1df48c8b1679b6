"""A run on data with subjects: who was learned, how sure each answer is, and how far the model moved."""

import json
from pathlib import Path
from typing import Any

import pytest

from lensmith.cli import main
from lensmith.lab.worlds.characters.world import make_characters

QUICK = {"epochs": 1, "batch_size": 16, "workers": 0, "max_length": 200}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of everybody: the few targets that are learned, and 21 probes."""
    out = tmp_path_factory.mktemp("characters")
    make_characters(out, pictures=21, seed=0)
    return out


def write_recipe(world: Path, llava: Path, out: Path, tune: dict[str, Any], **train: Any) -> Path:
    data = {"train": f"{world}/test.jsonl", "test": f"{world}/probes.jsonl", "split": {"validation": 0}}
    evaluate = {"metrics": ["exact_match"], "max_new_tokens": 6, "resamples": 200}
    recipe = {"model": str(llava), "data": data, "tune": tune, "train": QUICK | train, "evaluate": evaluate}
    path = out / "recipe.yaml"
    path.write_text(json.dumps({**recipe, "run": {"out": str(out / "run")}}), encoding="utf-8")
    return path


def subjects(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "comparison.json").read_text(encoding="utf-8"))["subjects"]
    return found


TUNES = [{"method": "lora", "lora": {"r": 4, "targets": "all"}}, {"method": "full"}]


@pytest.mark.parametrize("tune", TUNES, ids=lambda tune: tune["method"])
def test_a_run_tells_who_was_learned_and_how_far_it_moved(
    world: Path, llava: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], tune: dict[str, Any]
) -> None:
    recipe = write_recipe(world, llava, tmp_path, tune, learning_rate=3e-3)
    assert main(["train", str(recipe)]) == 0
    shown = capsys.readouterr().out
    assert "who was learned, who was kept" in shown
    assert "Чебурашка" in shown

    found = subjects(tmp_path / "run")
    assert {row["group"] for row in found["rows"]} == {"target", "control", "other"}
    controls = {row["subject"] for row in found["rows"] if row["group"] == "control"}
    assert controls == {"Матрёшка", "Супермен", "Человек-паук"}
    assert (found["metric"], found["kl"]["on"]) == ("exact_match", "control")
    assert 0 < found["kl"]["value"] < 20
    assert set(found["kl"]["parts"]) == {"control", "target"}
    assert found["kl"]["n"] == found["forgetting"]["n"]
    for name in ("before.jsonl", "after.jsonl"):
        lines = (tmp_path / "run" / name).read_text(encoding="utf-8").splitlines()
        assert all(0 < json.loads(line)["confidence"] <= 1 for line in lines)

    main(["compare", str(tmp_path / "run"), "--json"])
    (compared,) = json.loads(capsys.readouterr().out)["comparisons"]
    assert compared["subjects"] == {key: value for key, value in found.items() if key != "kl"}


@pytest.mark.parametrize("tune", TUNES, ids=lambda tune: tune["method"])
def test_a_rate_too_small_to_change_a_weight_moves_nothing(
    world: Path, llava: Path, tmp_path: Path, tune: dict[str, Any]
) -> None:
    """The base is found again exactly: without the adapters, or loaded once more."""
    assert main(["train", str(write_recipe(world, llava, tmp_path, tune, learning_rate=1e-30)), "--json"]) == 0
    found = subjects(tmp_path / "run")
    assert [part["value"] for part in found["kl"]["parts"].values()] == [0.0, 0.0]
    assert found["forgetting"]["difference"]["value"] == 0


def test_a_column_that_the_data_lack_is_refused_before_a_model_loads(
    world: Path, llava: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = write_recipe(world, llava, tmp_path, TUNES[0])
    assert main(["train", str(recipe), "--set", "evaluate.subject=subjekt"]) == 2
    assert "evaluate.subject" in capsys.readouterr().err
    assert not (tmp_path / "run" / "before.jsonl").exists()
