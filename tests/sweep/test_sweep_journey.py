"""`lensmith sweep` as a person uses it: settings tried, the space searched, killed and taken up, wrong values told."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from lensmith.cli import main
from lensmith.lab.worlds.shapes import make_shapes

RECIPE = """
model: base
data: {train: world/train.jsonl, test: world/test.jsonl}
train: {epochs: 1, workers: 0, learning_rate: 1e-2, batch_size: 16}
evaluate: {metrics: [exact_match], slices: [kind], max_new_tokens: 4}
run: {out: out, seed: 3}
"""
SPACE = "sweep: {space: {tune.lora.r: [2, 4], train.learning_rate: {low: 1e-3, high: 1e-1, log: true}}, trials: 3}\n"


@pytest.fixture
def place(tmp_path: Path, llava: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_shapes(tmp_path / "world", pictures=24, seed=0)
    shutil.copytree(llava, tmp_path / "base")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(place: Path, sweep: str) -> Path:
    (place / "r.yaml").write_text(RECIPE + sweep, encoding="utf-8")
    return place / "r.yaml"


def run(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> Any:
    capsys.readouterr()
    ended = main(["sweep", *(str(each) for each in arguments), "--json"])
    told = capsys.readouterr()
    assert ended == code, told.err
    return json.loads(told.out)


def stamps(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.glob("trials/*/*/comparison.json")}


def test_settings_and_a_grid_with_two_seeds(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = write(
        place,
        "sweep:\n  search: grid\n  seeds: 2\n  space: {tune.lora.r: [2, 4]}\n"
        "  settings: {'медленно': {train.learning_rate: 1e-3, tune.lora.targets: [q_proj]}}\n"
        "  objectives: [exact_match, exact_match @ kind=presence]\n",
    )
    outcome = run(capsys, recipe)
    rows = {row["name"]: row for row in outcome["settings"]}
    assert rows.keys() == {"медленно", "grid-000", "grid-001"}
    assert all(row["seeds"] == [3, 4] for row in rows.values())
    values = [row["objectives"]["exact_match"]["after"]["value"] for row in outcome["settings"]]
    assert values == sorted(values, reverse=True)
    assert any(row["best"] for row in rows.values())
    effects = [effect for effect in outcome["effects"] if effect["key"] == "tune.lora.r"]
    assert len(effects) == 2, "one for each objective"
    assert all(effect["paired"] and effect["difference"]["n"] == 2 for effect in effects)

    folder = place / "out-sweep"
    told = json.loads((folder / "trials" / "медленно" / "seed-4" / "recipe.json").read_text(encoding="utf-8"))["recipe"]
    assert told["train"]["learning_rate"] == 1e-3
    assert told["tune"]["lora"]["targets"] == ["q_proj"]
    assert (told["run"]["seed"], told["data"]["split"]["seed"]) == (4, 3)
    answers = {path.read_bytes() for path in folder.glob("trials/*/*/before.jsonl")}
    assert len(answers) == 1, "the base is asked once"
    mean = [
        json.loads((folder / "trials" / "grid-000" / f"seed-{seed}" / "comparison.json").read_text()) for seed in (3, 4)
    ]
    right = sum(each["metrics"]["exact_match"]["after"]["value"] for each in mean) / 2
    assert rows["grid-000"]["objectives"]["exact_match"]["after"]["value"] == pytest.approx(right)

    before = stamps(folder)
    assert len(before) == 6
    run(capsys, recipe)
    assert stamps(folder) == before, "nothing that finished is done again"


def test_a_search_is_taken_up_where_it_was_killed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = write(place, SPACE)
    outcome = run(capsys, recipe, "--set", "sweep.trials=2", "--out", "s")
    assert [row["name"] for row in sorted(outcome["settings"], key=lambda row: row["name"])] == [
        "trial-000",
        "trial-001",
    ]
    for row in outcome["settings"]:
        assert row["setting"]["tune.lora.r"] in (2, 4)
        assert 1e-3 <= row["setting"]["train.learning_rate"] <= 1e-1
    before = stamps(place / "s")

    shutil.rmtree(place / "s" / "trials" / "trial-001" / "seed-3" / "checkpoints")
    (place / "s" / "trials" / "trial-001" / "seed-3" / "comparison.json").unlink()
    journal = (place / "s" / "journal.log").read_text().splitlines(keepends=True)
    (place / "s" / "journal.log").write_text("".join(journal[:-1]))  # as if killed before it was told
    (place / "s" / "trials" / "trial-001" / "seed-3" / "metrics.jsonl").unlink()
    again = run(capsys, recipe, "--out", "s")
    assert len(again["settings"]) == 3
    settings = {row["name"]: row["setting"] for row in again["settings"]}
    assert {name: settings[name] for name in ("trial-000", "trial-001")} == {
        row["name"]: row["setting"] for row in outcome["settings"]
    }
    assert len({json.dumps(setting) for setting in settings.values()}) == 3, "no point is drawn twice"
    first = str(place / "s" / "trials" / "trial-000" / "seed-3" / "comparison.json")
    assert stamps(place / "s")[first] == before[first]

    problems = run(capsys, recipe, "--out", "s", "--set", "train.epochs=2", code=1)["problems"]
    assert problems[0]["code"] == "sweep/other"


def test_two_processes_give_what_one_gives(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = write(place, "sweep: {search: grid, space: {tune.lora.r: [2, 4]}}\ntune: {lora: {dropout: 0.1}}\n")
    threads = torch.get_num_threads()
    torch.set_num_threads(max(1, (os.cpu_count() or 1) // 2))  # as each of two workers
    here = run(capsys, recipe, "--out", "one")
    torch.set_num_threads(threads)
    there = run(capsys, recipe, "--out", "two", "--set", "sweep.workers=2")
    numbers = [
        {row["name"]: row["objectives"]["exact_match"]["after"]["value"] for row in outcome["settings"]}
        for outcome in (here, there)
    ]
    assert numbers[0] == numbers[1]
    for name in ("grid-000", "grid-001"):  # the second here comes after another in its process, there it is the first
        files = [place / sweep / "trials" / name / "seed-3" for sweep in ("one", "two")]
        for path in ("adapter/adapter_model.safetensors", "after.jsonl", "metrics.jsonl"):
            first, second = ((file / path).read_bytes() for file in files)
            assert first == second, (name, path)


def test_every_wrong_value_is_told_before_anything_starts(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = write(
        place,
        "sweep:\n  space: {tune.lora.r: [2, 0], train.epocs: [1], train.warmup: {low: 0, high: 2}}\n"
        "  settings: {a: {train.learning_rate: fast}}\n",
    )
    problems = run(capsys, recipe, code=2)["problems"]
    told = "\n".join(f"{problem['where']} {problem['found']}" for problem in problems)
    for key in ("tune.lora.r", "epocs", "train.warmup", "train.learning_rate"):
        assert key in told
    assert not (place / "out-sweep").exists()


@pytest.mark.parametrize(
    ("sweep", "code", "about"),
    [
        ("", "sweep/nothing", "neither"),
        ("sweep: {space: {tune.lora.r: 4}}\n", "sweep/space", "single value"),
        ("sweep: {space: {tune.lora.r: []}}\n", "sweep/space", "empty"),
        ("sweep: {space: {tune.lora.r: [4, 4]}}\n", "sweep/space", "twice"),
        ("sweep: {space: {tune.lora.r: {low: 4, high: 2}}}\n", "sweep/space", "not below"),
        ("sweep: {space: {tune.lora.r: {low: 0, high: 2, log: true}}}\n", "sweep/space", "above 0"),
        ("sweep: {search: grid, space: {train.warmup: {low: 0, high: 0.5}}}\n", "sweep/grid", "no end"),
        ("sweep: {space: {tune.lora.r: [4]}, objectives: [label]}\n", "sweep/objective", "evaluate.metrics"),
        ("sweep: {space: {tune.lora.r: [4]}, objectives: ['exact_match @ x = 1']}\n", "sweep/objective", "slices"),
        ("sweep: {space: {tune.lora.r: [4]}, objectives: ['a b c']}\n", "sweep/objective", "form"),
    ],
)
def test_what_cannot_be_swept(
    place: Path, capsys: pytest.CaptureFixture[str], sweep: str, code: str, about: str
) -> None:
    problems = run(capsys, write(place, sweep), code=2)["problems"]
    assert [problem["code"] for problem in problems] == [code]
    assert about in problems[0]["found"]


@pytest.mark.parametrize("verb", [["sweep", "r.yaml"], ["lab", "sweep", "characters", "drawn"]])
def test_a_launcher_of_several_processes_is_refused(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, verb: list[str]
) -> None:
    write(place, SPACE)
    for name, value in (("WORLD_SIZE", "2"), ("RANK", "0"), ("LOCAL_RANK", "0")):
        monkeypatch.setenv(name, value)
    there = sorted(place.iterdir())
    assert main([*verb, "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["code"] == "sweep/ranks"
    assert "2 processes" in problem["found"]
    assert "sweep.workers" in problem["fix"]
    assert "--on ray" in problem["fix"]
    assert sorted(place.iterdir()) == there, "nothing was drawn or begun"


def test_runs_that_fail_are_told_and_the_others_go_on(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = write(
        place,
        "sweep: {search: grid, space: {train.max_length: [2, 512]}, "
        "settings: {'не наш': {train.scheduler: cosine_with_min_lr}}}\n",
    )
    outcome = run(capsys, recipe)
    assert [row["name"] for row in outcome["settings"]] == ["grid-001"]
    told = {each["name"]: each for each in outcome["unfinished"]}
    assert {name: each["ended"] for name, each in told.items()} == {"не наш": "failed", "grid-000": "failed"}
    assert "something lensmith did not expect" in told["не наш"]["reason"], "what only transformers knows"
    assert told["grid-000"]["run"].endswith("/trials/grid-000/seed-3")
    page = (place / "out-sweep" / "sweep.html").read_text("utf-8")
    assert "не наш" in page
    assert (place / "out-sweep" / "trials" / "grid-001" / "seed-3" / "report.html").exists()


def test_a_sweep_ends_where_every_setting_would_fail_alike(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = write(place, "sweep: {search: grid, space: {tune.lora.r: [2, 4, 8, 16, 32]}}\n")
    (place / "base" / "config.json").unlink()
    problems = run(capsys, recipe, code=1)["problems"]
    assert [problem["code"] for problem in problems] == ["sweep/all-fail"]
    assert "config.json" in problems[0]["found"]
    begun = sorted(path.name for path in (place / "out-sweep" / "trials").iterdir())
    assert begun == ["grid-000", "grid-001", "grid-002"]


def test_a_sweep_begun_before_a_setting_existed_is_taken_up(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = write(place, "sweep: {search: grid, space: {tune.lora.r: [2]}}\n")
    run(capsys, recipe)
    asked = json.loads((place / "out-sweep" / "asked.json").read_text("utf-8"))
    for section, name in (("train", "patience"), ("sweep", "prune"), ("sweep", "objectives")):
        del asked[section][name]
    (place / "out-sweep" / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    run(capsys, recipe)
    problem = run(capsys, recipe, "--set", "train.patience=2", code=1)["problems"][0]
    assert problem["code"] == "sweep/other"
    assert problem["found"].endswith("sections that differ: train")
