"""The page of a sweep: it answers in words, shows every setting, and stands whatever the sweep lacks."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from pages import Outline, outline

from lensmith.cli import main
from lensmith.report.sweeps.front import Axis, Dot, front_chart
from lensmith.report.sweeps.page import write_sweep_page
from lensmith.report.sweeps.records import Interval, Number
from lensmith.report.words import Words
from lensmith.report.writing import PageChoice
from lensmith.rundir import write_json
from lensmith.sweep.outcome import make_outcome
from sample_runs import HOSTILE
from sample_sweeps import BOTH, Tried, make_recipe, write_sweep

TRIED = {
    "лучшая 🦓": Tried({"tune.lora.r": 16, "train.learning_rate": 0.001}, (0.9, 0.5), takes="Колобок"),
    "trial-000": Tried({"tune.lora.r": 4, "train.learning_rate": 0.001}, (0.4, 0.95)),
    "plain": Tried({"tune.lora.r": 2, "train.learning_rate": 0.001}, (0.2, 0.5)),
    "halted": Tried({"tune.lora.r": 8}, ended=dict.fromkeys(range(3), ("pruned.json", "after epoch 1 it was worse"))),
    "broken": Tried({"tune.lora.r": 9}, (0.5, 0.5), ended={1: ("failed.json", "it was killed by SIGKILL")}),
}


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep with all there can be; read-only but for its page."""
    folder = tmp_path_factory.mktemp("sweeps") / "s"
    write_sweep(folder, TRIED)
    return folder


def page_of(folder: Path) -> Outline:
    """The page, which fetches nothing and links only to its own parts and to pages of runs."""
    parsed = outline(write_sweep_page(folder, PageChoice()).path.read_text("utf-8"))
    assert not {tag for tag, _ in parsed.seen} & {"iframe", "object", "embed", "link", "base", "form", "img"}
    assert not [
        name for _, attributes in parsed.seen for name in attributes if name.startswith("on") or name == "style"
    ]
    links = [attributes["href"] or "" for tag, attributes in parsed.seen if tag == "a"]
    assert {link[1:] for link in links if link.startswith("#")} <= parsed.ids()
    for link in links:
        if not link.startswith("#"):
            assert (folder / unquote(link)).parent.is_dir(), link
            assert link.endswith("/report.html")
    return parsed


def test_the_page_answers_what_was_asked(tried: Path) -> None:
    parsed = page_of(tried)
    parts = {id_.removeprefix("en-") for id_ in parsed.ids() if id_.startswith("en-")}
    assert parts == {"settings", "best", "effects", "subjects", "unfinished", "asked"}
    for told in (
        "Best in exact_match @ subject_group = target: лучшая 🦓",
        "Surely better than 3 of the 3 others.",
        "Settings were run with several seeds, 3 at most.",
        "all 3 together are 95\u00a0% sure",
        "r 16 over 2: +",
        "pairs of runs: 3",
        "learned: Колобок, Чебурашка; controls lost: Матрёшка, Супермен",
        "Супермен → Колобок",
        "nothing beats it in everything",
        "after epoch 1 it was worse",
        "it was killed by SIGKILL",
        "What is gained in one costs in the other",
        "some/model",
    ):
        assert told in parsed.text["en"], told
    assert "Лучшая по exact_match @ subject_group = target: лучшая 🦓" in parsed.text["ru"]
    shown = dict(parsed.seen)["html"]
    assert shown["lang"] == "ru", "the questions are in Russian"
    hidden = [attributes["lang"] for tag, attributes in parsed.seen if tag == "main" and "hidden" in attributes]
    assert hidden == ["en"], "without a script one language is shown"
    links = [attributes["href"] for tag, attributes in parsed.seen if tag == "a" and "report.html" in str(attributes)]
    assert len(links) == 2 * (3 * 3 + 2)


def test_the_picture_marks_the_front(tried: Path) -> None:
    picture = page_of(tried)
    kinds = [attributes.get("class") for tag, attributes in picture.seen if tag == "circle" and "cy" in attributes]
    assert kinds.count("dot after") == 2 * (2 + 1), "two settings and the key, in two languages"
    assert kinds.count("dot before") == 2 * (2 + 1)
    assert [tag for tag, _ in picture.seen].count("polyline") == 2


def test_one_seed_one_objective_no_subjects(tmp_path: Path) -> None:
    whole = {name: replace(each, ended={}) for name, each in TRIED.items() if name != "halted"}
    write_sweep(tmp_path / "s", whole, seeds=1, objectives=["exact_match"], subjects=False)
    parsed = page_of(tmp_path / "s")
    text = parsed.text["en"]
    for told in ("as far as one seed can tell", "With one seed nothing can be said of seeds", "one seed cannot tell"):
        assert told in text
    assert "surely behind" not in text
    assert "en-subjects" not in parsed.ids()
    assert "en-unfinished" not in parsed.ids()
    assert "over the test questions" in text


def test_a_sweep_in_which_nothing_finished(tmp_path: Path) -> None:
    ended = dict.fromkeys(range(3), ("failed.json", "почему-то"))
    write_sweep(tmp_path / "s", {"a": Tried({"r": 1}, ended=ended)})
    text = page_of(tmp_path / "s").text["en"]
    assert "No setting finished" in text
    assert "почему-то" in text


def test_one_setting_that_finished(tmp_path: Path) -> None:
    write_sweep(tmp_path / "s", {"a": Tried({"tune.lora.r": 1})})
    text = page_of(tmp_path / "s").text["en"]
    assert "Only one setting finished: a; " in text
    assert "What is gained in one costs in the other" not in text


def test_settings_that_are_equal_are_not_ranked(tmp_path: Path) -> None:
    write_sweep(tmp_path / "s", {name: Tried({"tune.lora.r": 1}, (2.0, 2.0)) for name in ("a", "б")})
    parsed = page_of(tmp_path / "s")
    objective = "exact_match @ subject_group = target"
    assert f"None is best in {objective}: settings that end at 100.0\u00a0%: 2" in parsed.text["en"]
    assert "they cannot be told apart" in parsed.text["en"]
    assert "Ahead in" not in parsed.text["en"]
    assert "Впереди" not in parsed.text["ru"]


def test_a_setting_without_a_number_says_why(tmp_path: Path) -> None:
    outcome = write_sweep(tmp_path / "s", {name: Tried({"tune.lora.r": 1}) for name in ("a", "б")})
    for path in (tmp_path / "s" / "trials" / "б").glob("*/comparison.json"):
        compared = json.loads(path.read_text("utf-8"))
        after = compared["metrics"]["exact_match"]["slices"]["subject_group = target"]["after"]
        after |= {"value": None, "interval": None, "reason": "нечего судить"}
        path.write_text(json.dumps(compared, ensure_ascii=False), encoding="utf-8")
    trials = [row.trial for row in outcome.rows]
    recipe = make_recipe(tmp_path / "again", {}, 3, BOTH, subjects=True)
    again = make_outcome(tmp_path / "s", recipe, trials, outcome.objectives)
    assert [cells[3] for cells in again.table()[1] if cells[1].startswith("б")] == ["–"]
    assert not any("nan" in cell for cells in again.table()[1] for cell in cells)
    write_json(tmp_path / "s" / "sweep.json", again.to_json())
    text = page_of(tmp_path / "s").text["en"]
    assert "runs without a number: 3 of 3: нечего судить" in text
    assert "Only one setting has a number for exact_match @ subject_group = target: a, " in text


def test_hostile_names_are_only_shown(tmp_path: Path) -> None:
    write_sweep(tmp_path / "s", {"a": Tried({"prompt.template": HOSTILE}), "б # ?%": Tried({"prompt.template": "x"})})
    parsed = page_of(tmp_path / "s")
    assert "<img src=x" in parsed.text["en"]
    assert len(parsed.scripts) == 2


def test_less_is_better_where_it_is_wanted(tmp_path: Path) -> None:
    objectives = ["-exact_match @ subject_group = target", "exact_match @ subject_group = control"]
    write_sweep(
        tmp_path / "s", {name: TRIED[name] for name in ("лучшая 🦓", "plain", "trial-000")}, objectives=objectives
    )
    text = page_of(tmp_path / "s").text["en"]
    assert "Best in -exact_match @ subject_group = target: plain" in text
    assert "-exact_match @ subject_group = target, less is better →" in text


def number(value: float) -> Number:
    return Number(value=value, interval=Interval(low=value - 0.1, high=value + 0.1))


def test_the_better_end_of_an_axis_is_right_and_up() -> None:
    dots = [Dot("1", "one", number(0.2), number(0.8), True), Dot("2", "two", number(0.6), number(0.4), True)]
    places = []
    for less in (False, True):
        picture = front_chart(dots, Axis("x", 0.1, less), Axis("y", None, False), Words("en"))
        parsed = outline(picture)
        circles = [attributes for tag, attributes in parsed.seen if tag == "circle"]
        places.append([(float((each["cx"] or "").rstrip("%")), float(each["cy"] or "")) for each in circles])
    (one, two), (one_less, two_less) = places
    assert one[0] < two[0]
    assert one[1] < two[1]
    assert one_less[0] > two_less[0]


def test_the_command_writes_the_page_again(tried: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    shutil.copy2(tried / "sweep.json", folder)
    assert main(["report", str(folder), "--json", "--language", "en"]) == 0
    assert json.loads(capsys.readouterr().out)["page"] == str(folder / "sweep.html")
    assert '<html lang="en">' in (folder / "sweep.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "code"), [(None, "report/sweep-unfinished"), ("{", "report/damaged"), ("[]", "report/damaged")]
)
def test_a_sweep_that_cannot_be_shown_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, code: str
) -> None:
    (tmp_path / "asked.json").write_text("{}")
    if text is not None:
        (tmp_path / "sweep.json").write_text(text)
    assert main(["report", str(tmp_path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == code
