"""`lensmith plan` as a user runs it: everything that can be known is told, and nothing is started."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lensmith.cli import main
from lensmith.lab.models import Variant, build_llava
from lensmith.lab.worlds import WORLDS

SECTIONS = {"values", "data", "tokens", "parameters", "memory", "time", "preflight", "unknown", "problems"}


@pytest.fixture(scope="module")
def model(build_once) -> Path:
    variant = Variant("gemma", "clip", legacy=True)
    return build_once("plan-model", lambda out: build_llava(out, seed=5, size="test", variant=variant))


@pytest.fixture(scope="module")
def world(build_once) -> Path:
    return build_once("plan-world", lambda out: WORLDS["fills"](out, pictures=12, seed=1))


@pytest.fixture
def recipe(tmp_path, model, world) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(f"model: {model}\ndata:\n  train: {world}/train.jsonl\ntrain:\n  epochs: 2\n")
    return path


def plan_json(capsys, recipe: Path, *overrides: str) -> tuple[int, dict]:
    words = [word for override in overrides for word in ("--set", override)]
    code = main(["plan", str(recipe), *words, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found.keys() == SECTIONS
    return code, found


def files(*folders: Path) -> set[tuple[str, int]]:
    return {(str(path), path.stat().st_mtime_ns) for folder in folders for path in folder.rglob("*")}


def test_a_plan_tells_everything_and_starts_nothing(capsys, monkeypatch, tmp_path, recipe, model, world):
    monkeypatch.chdir(tmp_path)
    before = files(tmp_path, model, world)
    code, found = plan_json(capsys, recipe, "tune.lora.components=[language,vision]", "tune.lora.targets=all")
    assert code == 0
    assert files(tmp_path, model, world) == before
    assert (found["problems"], found["unknown"]) == ([], {})

    rows = len((world / "train.jsonl").read_text().splitlines())
    assert found["data"]["rows"] == rows == sum(part["examples"] for part in found["data"]["parts"].values())
    assert found["data"]["pictures"] == 12
    used = found["tokens"]["used"]
    assert used == {name: part["examples"] for name, part in found["data"]["parts"].items()}
    counts = found["tokens"]["counts"]["train"]
    assert counts["image"]["max"] == 16
    assert counts["all"]["sum"] == sum(counts[kind]["sum"] for kind in ("prompt", "image", "answer"))
    assert [each["kind"] for each in found["tokens"]["segments"]] == ["prompt", "image", "prompt", "answer"]
    parameters = found["parameters"]
    assert parameters["trained"]["vision"] > 0
    assert 0 < parameters["trained"]["all"] < parameters["total"]["all"]
    # the legacy layout takes features from the last layer but one: the tower's last adapters are never used
    assert 0 < parameters["without_gradient"]["vision"] < parameters["trained"]["vision"]
    memory = found["memory"]
    assert memory["total_bytes"] == sum(line["size_bytes"] for line in memory["lines"])
    assert {line["name"] for line in memory["lines"]} >= {"frozen weights", "gradients", "optimiser", "activations"}
    assert found["time"]["optimizer_steps"] == 2 * -(-used["train"] // 8)
    assert all(0 < line["low_s"] < line["high_s"] for line in found["time"]["lines"])


def test_every_value_has_an_origin_and_no_auto_is_left(capsys, recipe):
    _, found = plan_json(capsys, recipe, "train.batch_size=3")
    values = found["values"]
    assert {each["kind"] for each in values.values()} == {"default", "recipe", "set", "auto"}
    assert [key for key, each in values.items() if each["value"] == "auto"] == []
    assert values["train.batch_size"] == {"value": 3, "kind": "set", "text": "--set"}
    assert values["train.epochs"]["text"] == "mine.yaml:5"
    assert values["data.train.0.format"]["value"] == "jsonl"
    assert values["run.out"]["value"].endswith("runs/mine")
    for key in ("train.learning_rate", "train.max_length", "evaluate.max_new_tokens", "model.family"):
        assert values[key]["text"].startswith("auto: "), key


def test_the_sources_of_a_mixture_are_counted_as_an_epoch_meets_them(capsys, tmp_path, recipe, world):
    rows = (world / "train.jsonl").read_text().splitlines()
    for name, part in (("наши.jsonl", rows[:20]), ("общие.jsonl", rows[20:])):
        (tmp_path / name).write_text("\n".join(part) + "\n")
    recipe.write_text(
        recipe.read_text().replace(
            f"{world}/train.jsonl",
            f"[{{path: наши.jsonl, images: {world}, weight: 2}}, {{path: общие.jsonl, images: {world}, weight: 0.5}}]",
        )
    )
    code, found = plan_json(capsys, recipe)
    assert code == 0
    ours, others = found["data"]["sources"]
    assert (ours["path"], ours["weight"], others["weight"]) == (str(tmp_path / "наши.jsonl"), 2, 0.5)
    assert ours["examples"] + others["examples"] == found["tokens"]["used"]["train"]
    assert ours["an_epoch"] == 2 * ours["examples"]
    assert others["an_epoch"] in (others["examples"] // 2, (others["examples"] + 1) // 2)
    assert found["time"]["optimizer_steps"] == 2 * -(-(ours["an_epoch"] + others["an_epoch"]) // 8)

    assert main(["plan", str(recipe)]) == 0
    shown, told = capsys.readouterr()
    assert "met an epoch" in shown
    assert f"наши.jsonl: weight 2, {ours['an_epoch']} of its {ours['examples']} examples an epoch" in told


def test_balanced_classes_are_counted_as_an_epoch_meets_them(capsys, recipe):
    code, found = plan_json(capsys, recipe, "data.balance=answer")
    assert code == 0
    classes, used = found["data"]["classes"], found["tokens"]["used"]["train"]
    assert sum(each["examples"] for each in classes) == used
    assert all(each["factor"] <= 4 for each in classes)
    assert {round(each["factor"], 6) for each in classes} != {1.0}
    met = sum(each["an_epoch"] for each in classes)
    assert [source["an_epoch"] for source in found["data"]["sources"]] == [met]
    assert abs(met - used) <= len(classes) / 2 + 1

    code, found = plan_json(capsys, recipe, "data.balance=anwser")
    assert (code, found["problems"][0]["where"]) == (2, "data.balance")
    assert "answer" in found["problems"][0]["fix"]


def test_a_fold_is_planned_as_the_test_part(capsys, recipe):
    code, found = plan_json(capsys, recipe, "data.split.folds=4", "data.split.fold=2", "data.split.stratify=answer")
    assert code == 0
    sizes = {name: part["pictures"] for name, part in found["data"]["parts"].items()}
    assert sizes["test"] == 3
    assert sum(sizes.values()) == 12


def test_a_person_is_shown_the_same(capsys, recipe):
    assert main(["plan", str(recipe), "--set", "train.max_length=1000"]) == 0
    shown, told = capsys.readouterr()
    for text in ("* not the default", "train.max_length", "<image>×16", "trained", "vision"):
        assert text in shown
    assert "memory of one process, an estimate" in shown
    assert "time, an estimate" in shown
    assert "not counted" in told


def test_a_config_alone_is_enough_for_parameters(capsys, tmp_path, recipe, model):
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "config.json").write_bytes((model / "config.json").read_bytes())
    code, found = plan_json(capsys, recipe, f"model={folder}")
    assert code == 0
    assert found["problems"] == []
    assert found["parameters"]["total"]["all"] > 0
    assert found["parameters"]["trained"]["vision"] == 0
    assert found["parameters"]["without_gradient"] is None
    assert found["tokens"] is None
    assert "processor" in found["unknown"]["tokens"]
    assert "activations" in found["memory"]["missing"]
    assert found["time"] is None
    assert found["data"]["rows"] > 0

    assert main(["plan", str(recipe), "--set", f"model={folder}"]) == 0
    assert "could not count tokens: " in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "{", '{"question": "what?"}\n', "\x00\x01"])
def test_broken_data_leaves_the_rest_and_exits_two(capsys, tmp_path, recipe, content):
    broken = tmp_path / "broken.jsonl"
    broken.write_text(content)
    code, found = plan_json(capsys, recipe, f"data.train={broken}")
    assert code == 2
    assert found["problems"]
    assert found["data"] is None
    assert found["tokens"] is None
    assert found["parameters"]["total"]["all"] > 0
    assert found["memory"]["total_bytes"] > 0
    assert "data" in found["unknown"]["tokens"]


def test_a_model_that_cannot_be_opened_leaves_the_data_and_exits_two(capsys, tmp_path, recipe):
    (tmp_path / "nothing").mkdir()
    code, found = plan_json(capsys, recipe, f"model={tmp_path / 'nothing'}")
    assert code == 2
    assert [problem["code"] for problem in found["problems"]] == ["model/cannot-open"]
    assert found["parameters"] is None
    assert found["data"]["rows"] > 0
    assert "parameters" in found["unknown"]["memory"]


def test_problems_of_different_parts_are_told_together(capsys, recipe):
    code, found = plan_json(capsys, recipe, "model.device=cuda:9", "tune.lora.targets=[foo]", "data.split.by=nothing")
    codes = {problem["code"] for problem in found["problems"]}
    assert code == 2
    assert {"recipe/unknown-layer", "data/unknown-column"} <= codes
    assert found["parameters"]["total"]["all"] > 0
    assert found["parameters"]["trained"] is None


def test_left_out_examples_are_counted_and_listed(capsys, tmp_path, recipe, world):
    rows = (world / "train.jsonl").read_text().splitlines()
    row = json.loads(rows[0])
    bad = [
        {**row, "image_path": "images/none.png"},
        {**row, "question": "What is <image>?"},
        {**row, "question": "слово " * 2000},
    ]
    path = tmp_path / "mixed.jsonl"
    path.write_text("\n".join([*rows, *(json.dumps(each) for each in bad)]) + "\n")
    code, found = plan_json(capsys, recipe, f"data.train={path}", f"data.train.0.images={world}")
    assert code == 0
    assert found["data"]["rows"] == len(rows) + 3
    assert found["data"]["examples_left_out"] == {"data/missing-image": 1}
    assert found["tokens"]["left_out"] == {"data/control-token": 1, "data/too-long": 1}
    assert len(found["tokens"]["left_out_examples"]) == 2
    assert sum(found["tokens"]["used"].values()) == len(rows)


def test_a_part_that_the_model_can_use_nothing_of_is_a_problem(capsys, recipe):
    code, found = plan_json(capsys, recipe, "train.max_length=10")
    assert code == 2
    assert {problem["code"] for problem in found["problems"]} == {"data/nothing-left"}
    assert found["tokens"]["used"] == {"train": 0, "validation": 0, "test": 0}
    assert found["time"] is None
    assert found["parameters"]["trained"]["all"] > 0


def test_without_validation_and_test_parts_the_plan_is_what_training_would_do(capsys, recipe):
    code, found = plan_json(capsys, recipe, "data.split.validation=0", "data.split.test=0.2")
    assert code == 0
    assert found["tokens"]["used"]["validation"] == 0
    assert found["time"]["lines"][1]["high_s"] == 0

    code, found = plan_json(capsys, recipe, "data.split.validation=0.2", "data.split.test=0")
    assert code == 0
    assert found["tokens"]["used"]["test"] == found["tokens"]["used"]["validation"] > 0


def test_a_wrong_recipe_is_told_before_anything_heavy_is_loaded(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text("model: a/b\ndata: {train: no.jsonl}\ntrain: {epohcs: 2, batch_size: -1}\n")
    script = (
        "import sys\nfrom lensmith.cli import main\n"
        f"code = main(['plan', {str(path)!r}, '--json'])\n"
        "sys.exit(9 if {'torch', 'transformers'} & set(sys.modules) else code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stderr
    assert len(json.loads(done.stdout)["problems"]) >= 3
