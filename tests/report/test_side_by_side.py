"""Several runs on one page: the same parts side by side, and each against the first on the questions they share."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pages import assert_safe, outline

from lensmith.errors import RecipeError, RunError
from lensmith.report.several.side_by_side import compare_with_first, read_runs, unique_names
from lensmith.report.writing import PageChoice, write_side_by_side
from sample_runs import HOSTILE, add_guards, crossing, write_run

COUNT = 24


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Three runs of the same questions: as usual, always right, and with other questions."""
    asked = [crossing(at) for at in range(COUNT)]
    better = [replace(each, after=each.gold) for each in asked]
    other = [replace(each, question="Другой вопрос?") for each in asked]
    found = [write_run(tmp_path / name, each) for name, each in (("a", asked), ("b", better), ("c", other))]
    add_guards(found[0])
    recipe = json.loads((found[1] / "recipe.json").read_text("utf-8"))
    recipe["recipe"]["train"]["epochs"] = 9.0
    (found[1] / "recipe.json").write_text(json.dumps(recipe), encoding="utf-8")
    return found


def test_the_page_has_every_part(runs: list[Path], tmp_path: Path):
    page = write_side_by_side(runs, PageChoice(tmp_path / "page.html")).path.read_text("utf-8")
    assert_safe(page)
    parsed = outline(page)
    parts = {id_.removeprefix("en-") for id_ in parsed.ids() if id_.startswith("en-")}
    assert parts == {"scores", "differences", "slices", "subjects", "losses", "settings", "care"}
    text = parsed.text["en"]
    for told in (
        "Highest label: b/run, 100.0",
        "Questions that both answered: 24.",
        "Not compared: no question is the same.",
        "light = night",
        "улица 1",
        "train.epochs",
        "9.0",
        "Overfits: best after epoch 2",
    ):
        assert told in text, told
    assert "Выше всего label: b/run" in parsed.text["ru"]


def test_differences_are_paired_by_question(runs: list[Path]):
    side = read_runs(runs)
    first, other = side.against
    assert first.compared is not None
    assert first.shared == COUNT
    change = first.compared.metrics["label"]
    assert change.difference.value == pytest.approx(4 / COUNT), "the questions that the first got wrong at night"
    assert (other.shared, other.compared) == (0, None)


def test_runs_judged_by_other_metrics_are_not_compared(runs: list[Path]):
    side = read_runs(runs[:2])
    without = replace(side.runs[1], comparison=None)
    assert compare_with_first(side.runs[0], without).reason == "no metric is the same"
    headless = replace(side.runs[0], recipe=None)
    assert compare_with_first(headless, side.runs[1]).compared is None


def test_names_tell_runs_apart(tmp_path: Path):
    assert unique_names([tmp_path / "a" / "run", tmp_path / "b" / "run"]) == ["a/run", "b/run"]
    assert unique_names([tmp_path / "x", tmp_path / "y"]) == ["x", "y"]
    assert unique_names([tmp_path / "x", tmp_path / "x"])[0] == unique_names([tmp_path / "x", tmp_path / "x"])[1]


def test_unfinished_and_hostile_runs_are_shown_as_far_as_they_go(runs: list[Path], tmp_path: Path):
    (runs[1] / "comparison.json").unlink()
    asked = [replace(crossing(at), light=HOSTILE, subject=HOSTILE) for at in range(8)]
    evil = write_run(tmp_path / f"<img onerror=1 {'я' * 20}>", asked)
    page = write_side_by_side([*runs, evil], PageChoice(tmp_path / "page.html")).path.read_text("utf-8")
    assert_safe(page)
    for run in runs:
        (run / "comparison.json").unlink(missing_ok=True)
    text = outline(write_side_by_side(runs, PageChoice(tmp_path / "p.html")).path.read_text("utf-8")).text["en"]
    assert "None of these runs is finished" in text


def test_what_cannot_be_done_is_refused_at_once(runs: list[Path], tmp_path: Path):
    with pytest.raises(RecipeError, match="--out"):
        write_side_by_side(runs, PageChoice())
    with pytest.raises(RunError) as caught:
        write_side_by_side([runs[0], tmp_path / "x", tmp_path / "y"], PageChoice(tmp_path / "page.html"))
    assert [problem.where for problem in caught.value.problems] == [str(tmp_path / "x"), str(tmp_path / "y")]
    assert not (tmp_path / "page.html").exists()
