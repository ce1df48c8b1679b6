"""The page of one run: each part says what the run holds, absent parts are absent, and no data can harm it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pages import Outline, assert_safe, outline

from lensmith.report.writing import PageChoice, write_run_page
from sample_runs import HOSTILE, PLAIN, RECIPE, Asked, add_guards, crossing, found_slice, write_run

PARTS = {
    "subjects",
    "slices",
    "confusion",
    "ladder",
    "training",
    "guards",
    "numbers",
    "left-out",
    "settings",
    "examples",
}


def page_of(run: Path, **choice: Any) -> str:
    return write_run_page(run, PageChoice(**choice)).path.read_text("utf-8")


def parts(parsed: Outline) -> set[str]:
    return {id_.removeprefix("en-") for id_ in parsed.ids() if id_.startswith("en-")}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a run that has everything."""
    folder = tmp_path_factory.mktemp("full")
    run = write_run(
        folder,
        [crossing(at) for at in range(24)],
        change=lambda compared: compared.update(found_slices=[found_slice()]),
    )
    add_guards(run)
    return page_of(run)


def test_a_full_run_has_every_part_in_both_languages(full: str):
    parsed = outline(full)
    assert parts(parsed) == PARTS
    assert {id_.removeprefix("ru-") for id_ in parsed.ids() if id_.startswith("ru-")} == PARTS
    assert_safe(full)
    assert "prefers-color-scheme:dark" in full


def test_a_slice_tells_which_were_set_aside_and_the_first_screen_names_one_that_is_whole(tmp_path: Path):
    night, fog = found_slice(), found_slice("туман")
    night |= {"apart_from": ["light = туман", f"light = {HOSTILE}"]}
    asked = [crossing(at) for at in range(8)]
    page = page_of(write_run(tmp_path, asked, change=lambda compared: compared.update(found_slices=[night, fog])))
    text = outline(page).text
    assert "light = nightlabelapart from light = туман, light = " in text["en"]
    assert "не считая light = туман" in text["ru"]
    assert "Weakest where light = туман" in text["en"]
    assert_safe(page)


def test_the_first_screen_gives_the_verdict_with_its_numbers(tmp_path: Path):
    text = outline(page_of(write_run(tmp_path, [replace(crossing(at), subject="") for at in range(24)]))).text
    assert "Better: 83.3\u00a0% right, 25.0\u00a0% before training" in text["en"]
    assert "Лучше: верно 83,3\u00a0%, до обучения 25,0\u00a0%" in text["ru"]
    for told in ("McNemar p", "Without looking, answering “нет” to everything gives 50.0", "16 gained", "2 lost"):
        assert told in text["en"]


def test_what_was_taught_and_what_was_not_get_a_verdict_each(full: str, tmp_path: Path):
    text = outline(full).text
    taught, kept = "Taught: cannot tell, 83.3\u00a0% right, 50.0\u00a0% before", "Not taught: better, 83.3\u00a0% right"
    assert taught in text["en"]
    assert kept in text["en"]
    assert "Учили: нельзя сказать, верно 83,3\u00a0%" in text["ru"]
    assert "Better: 83.3" not in text["en"], "the mean of both says nothing of either"
    only = write_run(tmp_path, [crossing(at) for at in (0, 1, 4, 5, 8, 9)], change=without_controls)
    assert "Taught:" not in outline(page_of(only)).text["en"], "with one side only, one verdict says it all"


def without_controls(compared: dict[str, Any]) -> None:
    """What a comparison says where no question is marked as control."""
    nothing = {"n": 0, "groups": 0, "value": None, "interval": None, "reason": "no question"}
    compared["subjects"]["forgetting"] |= dict.fromkeys(("before", "after", "difference"), nothing)


def test_every_part_says_what_the_run_wrote(full: str):
    text = outline(full).text["en"]
    for told in (
        "Overfits: best after epoch 2; since then training loss",
        "best: epoch 2",
        "Delivered: step 20 of 40, the best by validation_loss",
        "Token accuracy",
        "Findings: warn: 1, stop: 1, could not check: 1",
        "The last word of each",
        "почему overfit",
        "Weakest where light = night: label 40.0",
        "lemma",
        "улица 1",
        "Rows read: 12; pictures: 6. Examples: train 10, validation 2, test 24.",
        "evaluate.positive",
        "Pictures in this page: 12 of 12",
    ):
        assert told in text, told


def test_it_opens_in_the_language_of_the_questions_or_the_one_that_is_asked_for(full: str, tmp_path: Path):
    assert '<html lang="ru">' in full
    run = write_run(tmp_path, [crossing(at) for at in range(4)])
    assert '<html lang="en">' in page_of(run, language="en")


def test_parts_without_data_are_left_out(tmp_path: Path):
    run = write_run(tmp_path, [Asked("зебра", "кот", "зебра") for _ in range(14)], recipe=PLAIN)
    for name in ("metrics.jsonl", "data.json", "environment.json"):
        (run / name).unlink()
    parsed = outline(page_of(run))
    assert parts(parsed) == {"numbers", "settings", "examples"}
    assert_safe(page_of(run))


def test_absent_guards_are_told(tmp_path: Path):
    text = outline(page_of(write_run(tmp_path, [crossing(at) for at in range(4)]))).text["en"]
    assert "No guard wrote anything in this run." in text
    assert "No check before training left a record." in text


def test_a_run_without_an_end_says_so_and_shows_what_there_is(tmp_path: Path):
    run = write_run(tmp_path, [crossing(at) for at in range(4)])
    for name in ("comparison.json", "scores.json", "after.jsonl"):
        (run / name).unlink()
    parsed = outline(page_of(run))
    assert "This run is not finished" in parsed.text["en"]
    assert "Answers so far: 4 before, 0 after." in parsed.text["en"]
    assert {"training", "examples"} <= parts(parsed)
    assert len(parsed.data()["examples"]) == 4


def test_what_is_damaged_is_named_on_the_page(tmp_path: Path):
    run = write_run(tmp_path, [crossing(at) for at in range(4)])
    (run / "comparison.json").write_text("{", encoding="utf-8")
    parsed = outline(page_of(run))
    assert "The run folder is damaged" in parsed.text["en"]
    assert "comparison.json" in parsed.text["en"]


def test_hostile_data_is_text_everywhere(tmp_path: Path):
    asked = [Asked(HOSTILE, HOSTILE, "x" * 100_000, HOSTILE, HOSTILE * 900, subject=HOSTILE) for _ in range(6)]
    recipe = RECIPE.replace("  metrics: [label, ladder]\n  labels: [зебра, нет]\n  positive: зебра\n", "")
    evil = {**found_slice(HOSTILE), "column": HOSTILE, "metric": HOSTILE}
    run = write_run(
        tmp_path / "<b>run",
        asked,
        recipe=recipe,
        change=lambda compared: compared.update(found_slices=[evil], commonest_answer=HOSTILE),
    )
    named = json.loads((run / "recipe.json").read_text("utf-8"))
    named["recipe"]["model"]["name"] = HOSTILE
    (run / "recipe.json").write_text(json.dumps(named), encoding="utf-8")
    (run / "preflight.json").write_text(json.dumps([{"code": HOSTILE, "severity": HOSTILE, "found": HOSTILE}]))
    (run / "guards.jsonl").write_text(json.dumps({"guard": HOSTILE, "verdict": HOSTILE, "reason": HOSTILE}) + "\n")
    page = page_of(run)
    assert_safe(page)
    parsed = outline(page)
    assert parsed.ids() & {"browser", "page-data"} == {"browser", "page-data"}
    assert parsed.data()["examples"][0]["b"].startswith("</script>"), "the data is whole"
    assert page.count("<script") == 2
    assert "\u202e" not in page
    assert "\x07" not in page
    assert len(page) < 500_000, "100 kB strings are cut"


def test_a_class_that_never_occurs_and_a_metric_that_judges_nothing_break_nothing(tmp_path: Path):
    text = outline(page_of(write_run(tmp_path, [Asked("зебра", "", "")] * 3))).text["en"]
    assert "0.0\u00a0% right" in text


def test_five_thousand_examples_stay_few_elements(tmp_path: Path):
    run = write_run(tmp_path, [crossing(at) for at in range(5000)], recipe=PLAIN, pictures=False)
    page = page_of(run, pictures_mb=0)
    parsed = outline(page)
    assert len(parsed.data()["examples"]) == 5000
    assert len(parsed.seen) < 3000, "examples are drawn by the script, a page of them at a time"
    assert "Pictures were left out of this page on request." in parsed.text["en"]
