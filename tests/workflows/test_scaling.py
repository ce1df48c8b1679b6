"""How much of what was learned is applied: measured on validation, delivered in the weights, the same after a kill."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from lensmith.cli import main
from lensmith.training.blend import SCALES

COLOURS = [(32 * at, 255 - 32 * at, 128) for at in range(8)]
FILES = ("scale.json", "after.jsonl", "comparison.json", "adapter/adapter_model.safetensors")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One answer to everything is learned; controls have another, and a test part nothing is chosen on."""
    out = tmp_path_factory.mktemp("scaling")
    for at, colour in enumerate(COLOURS):
        Image.new("RGB", (32, 32), colour).save(out / f"{at}.png")

    def rows(places: range, group: str, answer: str) -> list[dict[str, Any]]:
        asked = {"question": "Кто это? 🐊", "answer": answer, "subject": group, "subject_group": group}
        return [{"image_path": f"{at}.png", **asked} for at in places]

    parts = {
        "train": rows(range(3), "target", "да"),
        "validation": [*rows(range(3, 6), "target", "да"), *rows(range(3, 6), "control", "нет")],
        "test": rows(range(6, 8), "target", "да"),
    }
    for name, part in parts.items():
        text = "".join(json.dumps(row) + "\n" for row in part)
        (out / f"{name}.jsonl").write_text(text, encoding="utf-8")
    return out


def recipe(world: Path, llava: Path, out: Path, scale: object, tune: dict[str, Any] | None = None) -> Path:
    data = {part: f"{world}/{part}.jsonl" for part in ("train", "validation", "test")}
    train = {"epochs": 24, "batch_size": 3, "workers": 0, "learning_rate": 2e-2, "best": "exact_match"}
    evaluate = {"metrics": ["exact_match"], "max_new_tokens": 3, "resamples": 100}
    made = {"model": str(llava), "data": data, "tune": tune or {"lora": {"targets": "all"}}, "train": train}
    path = out / "recipe.yaml"
    path.write_text(
        json.dumps({**made, "evaluate": evaluate, "keep": {"scale": scale}, "run": {"out": str(out / "run")}})
    )
    return path


@pytest.fixture(scope="module")
def finished(world: Path, llava: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("finished")
    assert main(["train", str(recipe(world, llava, out, "auto"))]) == 0
    return out


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def update(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "adapter" / "adapter_model.safetensors")


def trained(run: Path) -> dict[str, torch.Tensor]:
    """What the best checkpoint holds, under the names that an adapter's file has."""
    step = read(run / "checkpoints" / "best.json")["step"]
    stored = load_file(run / "checkpoints" / f"checkpoint-{step}" / "trained.safetensors")
    return {name.removeprefix("model.").replace(".default.", "."): value for name, value in stored.items()}


def test_the_scale_is_chosen_on_validation_and_is_in_the_weights(finished: Path) -> None:
    run = finished / "run"
    found = read(run / "scale.json")
    points = {point["scale"]: point for point in found["points"]}
    assert tuple(points) == SCALES
    assert {(point["learned"]["n"], point["kept"]["n"]) for point in points.values()} == {(3, 3)}
    assert found["kept_on"] == "controls"
    assert (points[0.0]["learned"]["value"], points[1.0]["learned"]["value"]) == (0.0, 1.0), (
        "there is something to choose"
    )
    near = [scale for scale in SCALES if points[scale]["learned"]["value"] > 0.5]
    assert found["chosen"] == min(near) < 1.0, (
        "one answer of three decides nothing, and controls are wrong at any scale"
    )

    before, after = trained(run), update(run)
    assert before.keys() == after.keys()
    for name, value in after.items():
        assert torch.equal(value, before[name] * found["chosen"] if "lora_B" in name else before[name]), name
    told = read(run / "comparison.json")["scale"]
    assert told == {"chosen": found["chosen"], "sentence": found["sentence"]}
    assert f"Its weights hold {100 * found['chosen']:g}\u00a0% of what was learned." in (run / "report.html").read_text(
        "utf-8"
    )
    assert f"hold {found['chosen']:g} of what was learned" in (run / "adapter" / "README.md").read_text("utf-8")


def test_the_delivered_adapter_answers_as_the_run_was_judged(finished: Path, world: Path, tmp_path: Path) -> None:
    command = ["evaluate", str(finished / "run"), str(world / "validation.jsonl"), "--out", str(tmp_path / "again")]
    assert main(command) == 0
    chosen = read(finished / "run" / "scale.json")["chosen"]
    said = [
        [json.loads(line)["prediction"] for line in path.read_text(encoding="utf-8").splitlines()]
        for path in (tmp_path / "again" / "predictions.jsonl", finished / "run" / "scale" / f"scale-{chosen:g}.jsonl")
    ]
    assert said[0] == said[1]


@pytest.fixture(scope="module")
def bounded(world: Path, llava: Path, finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same world, in which controls expect what the base says: all that is learned is lost there."""
    out = tmp_path_factory.mktemp("bounded")
    shutil.copytree(world, out, dirs_exist_ok=True)
    lines = (finished / "run" / "scale" / "scale-0.jsonl").read_text(encoding="utf-8").splitlines()
    said = {row["id"]: row["prediction"] for row in map(json.loads, lines)}
    rows = [json.loads(line) for line in (out / "validation.jsonl").read_text(encoding="utf-8").splitlines()]
    for row, answer in zip(rows, said.values(), strict=True):
        row["answer"] = answer if row["subject_group"] == "control" else row["answer"]
    rows += [{**row, "question": "Кто там? 🐊"} for row in rows if row["subject_group"] == "target"]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (out / "validation.jsonl").write_text(text, encoding="utf-8")
    return out


BOUND = ["--set", "guards.forgetting.max_loss=0.4"]


def test_the_scale_keeps_the_bound_where_no_checkpoint_does(bounded: Path, llava: Path, tmp_path: Path) -> None:
    """What is learned and what is kept are the same questions, so no more is applied than the bound allows."""
    made = recipe(bounded, llava, tmp_path, "auto")
    assert main(["train", str(made), *BOUND, "--set", "train.learning_rate=5e-3"]) == 0
    best = read(tmp_path / "run" / "checkpoints" / "best.json")
    assert best["step"] > 2, "training went on after the bound was broken"
    found = read(tmp_path / "run" / "scale.json")
    kept = {point["scale"]: point["kept"]["value"] for point in found["points"]}
    assert kept[0.0] == 1.0 > 0.6 > kept[1.0], "the whole update loses more than the bound"
    assert found["chosen"] == max(scale for scale, value in kept.items() if 1 - value <= 0.4) > 0
    assert found["most_lost"] == 0.4
    log = (tmp_path / "run" / "guards.jsonl").read_text(encoding="utf-8").splitlines()
    told = [row for row in map(json.loads, log) if row["guard"] == "forgetting" and not row.get("final")]
    assert [row["verdict"] for row in told].count("warn") == 1, "once is enough"
    assert "at most 40 points may be lost" in found["sentence"]


def test_where_no_scale_keeps_the_bound_nothing_is_delivered(
    bounded: Path, llava: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = recipe(bounded, llava, tmp_path, "auto")
    assert main(["train", str(made), *BOUND]) == 3
    assert "guard/forgetting" in capsys.readouterr().err
    run = tmp_path / "run"
    assert read(run / "scale.json")["chosen"] == 0.0
    assert not (run / "adapter").exists()
    assert list((run / "checkpoints").glob("checkpoint-*"))


@pytest.mark.parametrize("left", [0, 2, len(SCALES)])
def test_a_kill_before_the_model_is_delivered_loses_nothing(finished: Path, tmp_path: Path, left: int) -> None:
    """Between training and choice, within the measuring, and after it."""
    shutil.copytree(finished, tmp_path / "copy")
    run = tmp_path / "copy" / "run"
    answered = [run / "scale" / f"scale-{scale:g}.jsonl" for scale in SCALES]
    for path in answered[left:]:
        path.unlink()
    if left < len(SCALES):
        answered[left].write_bytes((finished / "run" / "scale" / answered[left].name).read_bytes()[:100])
    shutil.rmtree(run / "adapter")
    for name in ("scale.json", "after.jsonl", "scores.json", "comparison.json", "report.html"):
        (run / name).unlink()
    stamps = [path.stat().st_mtime_ns for path in answered[:left]]
    assert main(["train", str(tmp_path / "copy" / "recipe.yaml"), "--out", str(run)]) == 0
    assert [path.stat().st_mtime_ns for path in answered[:left]] == stamps, "what was answered is not asked again"
    for name in FILES:
        assert (run / name).read_bytes() == (finished / "run" / name).read_bytes(), name


@pytest.mark.parametrize("tune", [{"lora": {"targets": "gate_up"}}, {"method": "full"}], ids=["lora", "full"])
def test_a_number_is_applied_without_asking(world: Path, llava: Path, tmp_path: Path, tune: dict[str, Any]) -> None:
    assert main(["train", str(recipe(world, llava, tmp_path, 0.5, tune)), "--set", "train.epochs=2"]) == 0
    run = tmp_path / "run"
    assert read(run / "scale.json") == {"chosen": 0.5, "sentence": "scale 0.5: keep.scale says so"}
    assert not (run / "scale").exists()
    before = trained(run)
    if tune.get("method") == "full":
        base, after = load_file(llava / "model.safetensors"), load_file(run / "model" / "model.safetensors")
        step = {name: after[name] - base[name] for name in after}
        name = max(step, key=lambda each: float(step[each].abs().max()))
        learned = next(value for each, value in before.items() if each.endswith(name.rpartition("model.")[2]))
        torch.testing.assert_close(after[name], (base[name] + learned) / 2, rtol=1e-5, atol=1e-7)
        return
    assert all(torch.equal(value, before[name] / (2 if "lora_B" in name else 1)) for name, value in update(run).items())


def test_the_whole_update_leaves_no_trace(world: Path, llava: Path, tmp_path: Path) -> None:
    words = ["--set", "train.epochs=1", "--set", "data.balance=answer"]
    assert main(["train", str(recipe(world, llava, tmp_path, 1.0)), *words]) == 0
    run = tmp_path / "run"
    assert read(run / "data.json")["classes"] == [{"value": "да", "factor": 1.0, "examples": 3, "an_epoch": 3}]
    assert not (run / "scale.json").exists()
    assert "scale" not in read(run / "comparison.json")
    before = trained(run)
    assert all(torch.equal(value, before[name]) for name, value in update(run).items())


REFUSED = [
    ({"scale": "auto"}, "tune.lora.dora=true", "DoRA"),
    ({"scale": 0.5}, "tune.lora.dora=true", "DoRA"),
    ({"scale": "auto"}, "data.validation=null", "no validation part"),
    ({"scale": 0}, "", "above 0"),
    ({"scale": 1.5}, "", "at most 1"),
]


@pytest.mark.parametrize(("keep", "more", "told"), REFUSED)
def test_a_scale_that_makes_no_sense_is_refused(
    world: Path, llava: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], keep: Any, more: str, told: str
) -> None:
    words = ["--set", more, "--set", "data.split.validation=0"] if more else []
    assert main(["train", str(recipe(world, llava, tmp_path, keep["scale"])), *words]) == 2
    shown = capsys.readouterr().err
    assert told in shown
    assert "keep.scale" in shown
