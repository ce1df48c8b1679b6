"""Answers about charts: true to what is planned, no more of one than of another, and none that the question gives."""

from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from lensmith.lab.worlds.charts.chart import Chart, plan_chart
from lensmith.lab.worlds.charts.questions import ask_about, describe
from lensmith.lab.worlds.charts.rankings import rank
from lensmith.lab.worlds.charts.words import TRENDS, TYPES
from lensmith.lab.worlds.folder import blind_baseline
from lensmith.lab.worlds.scenes import Row

CHARTS = 400
# An answer that is one of n by lot may be so much commoner than 1 / n in a sample of some hundreds.
CHANCE = 0.07


@cache
def asked(kind: str, seed: int = 0) -> tuple[tuple[Chart, tuple[Row, ...]], ...]:
    """Many charts of a type, each with what is asked about it; nothing is painted."""
    found = []
    for number in range(CHARTS):
        random = Random(f"{seed}/{kind}/{number}")
        chart = plan_chart(random, kind)
        found.append((chart, tuple(ask_about(chart, random))))
    return tuple(found)


def rows_of(kind: str, seed: int = 0) -> list[Row]:
    """All questions of a kind, over all types of chart."""
    return [row for type_ in TYPES for _, rows in asked(type_, seed) for row in rows if row["kind"] == kind]


def fixed(kind: str, **changes: object) -> Chart:
    """A chart whose title and axis are known."""
    chart = plan_chart(Random(0), kind)
    known = {"topic": "Tea", "measure": "Sales", "axis_label": "", "tick": 10, "printed": False, "trends": ()}
    return replace(chart, **{**known, **changes})


def answers(chart: Chart) -> dict[str, str]:
    """Every question that can be asked about a chart, with its answer."""
    found: dict[str, str] = {}
    for number in range(300):
        for row in ask_about(chart, Random(number)):
            assert found.setdefault(row["question"], row["answer"]) == row["answer"], "one question, one answer"
    return found


def test_bars_are_told_by_height_place_value_and_colour() -> None:
    chart = fixed("bar", names=("A", "B", "C", "D"), series=(), table=((2, 8, 5, 4),), colours=("red",))
    told = answers(chart)
    assert told["What type of chart is this?"] == "bar chart"
    assert told["What is the title of the chart?"] == "Tea Sales"
    assert told["How many bars are there?"] == "4"
    assert told["Which bar is the highest?"] == "B"
    assert told["Which bar is the lowest?"] == "A"
    assert told["What is the value of B?"] == "40"
    assert told["Is C higher than D?"] == "yes"
    assert told["Which is higher, C or B?"] == "B"
    assert told["How much higher is B than A?"] == "30"
    assert told["Counting from the left, which bar is the highest?"] == "second"
    assert told["What colour are the bars?"] == "red"
    assert "What is the value of C?" not in told, "25 stands between two ticks"
    assert not any(answer == "" for answer in told.values())


def test_values_between_ticks_are_asked_where_they_are_written() -> None:
    chart = fixed("bar", names=("A", "B"), series=(), table=((3, 8),), colours=("red",))
    assert "What is the value of A?" not in answers(chart)
    assert answers(replace(chart, printed=True))["What is the value of A?"] == "15"
    assert "What is the value of A?" not in answers(replace(chart, printed=True, tick=5)), "7.5 is no whole number"


def test_groups_and_stacks_say_what_they_compare() -> None:
    parts = {"names": ("Mon", "Tue"), "series": ("Cat", "Dog"), "table": ((2, 6), (5, 3)), "colours": ("red", "blue")}
    grouped, stacked = answers(fixed("grouped_bar", **parts)), answers(fixed("stacked_bar", **parts))
    for where, highest in (("for Cat", "Tue"), ("in red", "Tue"), ("for Dog", "Mon"), ("in blue", "Mon")):
        assert grouped[f"Which category is the highest {where}?"] == highest
    assert stacked["Which bar is the highest in total?"] == "Tue"
    assert grouped["What is drawn in blue?"] == stacked["What is drawn in blue?"] == "Dog"
    assert grouped["What colour is Cat?"] == "red"


def test_lines_are_told_by_their_ends_and_trends() -> None:
    runs = ((1, 5, 9), (9, 4, 2), (5, 5, 5))
    several = {"series": ("Cat", "Dog", "Owl"), "colours": ("red", "blue", "green")}
    told = answers(fixed("line", names=("A", "B", "C"), table=runs, trends=("rising", "falling", "flat"), **several))
    assert told["Which line is the highest at the end?"] == "Cat"
    assert told["What is the trend of Dog?"] == told["What is the trend of the blue line?"] == "falling"
    assert told["How many lines are there?"] == "3"
    assert told["What does the chart show?"] == (
        "This line chart shows Tea Sales: Cat is rising, Dog is falling and Owl is flat."
    )


def test_a_heatmap_is_told_by_its_cells() -> None:
    cells = {"names": ("Mon", "Tue", "Wed"), "series": ("Cat", "Dog"), "table": ((9, 4, 1), (3, 5, 7))}
    told = answers(fixed("heatmap", colours=("red",), printed=True, **cells))
    assert told["Which row has the highest cell?"] == told["Which row has the lowest cell?"] == "Cat"
    assert told["Which column has the lowest cell?"] == "Wed"
    assert told["What is the value of Dog and Wed?"] == "7"
    assert told["How many rows of cells are there?"] == "2"
    assert told["How many columns of cells are there?"] == "3"
    assert told["What does the chart show?"].endswith(": Cat has the highest and the lowest cell.")


def test_where_two_are_highest_nobody_asks_which() -> None:
    chart = fixed("area", names=("A", "B", "C"), series=(), table=((5, 5, 2),), colours=("red",), trends=("",))
    assert rank(chart) == []
    assert not any("highest" in question or "lowest" in question for question in answers(chart))
    assert describe(chart) == "This area chart shows Tea Sales: it is unsteady."


@pytest.mark.parametrize("kind", TYPES)
def test_a_question_about_one_chart_has_one_answer_and_is_asked_once(kind: str) -> None:
    for chart, rows in asked(kind):
        assert rows[0]["kind"] == "type", "no picture is without a question"
        assert len({row["question"] for row in rows}) == len(rows)
        assert all(row["question"][-1] in "?." and row["answer"] for row in rows)
        told = {row["question"]: row["answer"] for row in rows}
        for row in (row for number in range(5) for row in ask_about(chart, Random(number))):
            assert told.setdefault(row["question"], row["answer"]) == row["answer"], chart


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("type", tuple(TYPES.values())), ("compare", ("yes", "no")), ("trend", TRENDS)],
)
def test_answers_are_even(kind: str, expected: tuple[str, ...]) -> None:
    counts = Counter(row["answer"] for row in rows_of(kind))
    assert set(counts) == set(expected)
    assert max(counts.values()) / counts.total() < 1 / len(expected) + CHANCE


def test_who_knows_the_question_alone_knows_little() -> None:
    blind = {}
    for kind in sorted({row["kind"] for _, rows in asked("bar") + asked("line") for row in rows}):
        blind[kind] = blind_baseline(rows_of(kind), rows_of(kind, seed=1))["all"]
    assert blind.pop("compare") < 0.5 + CHANCE
    assert blind.pop("trend") < 1 / 3 + CHANCE
    assert max(blind.values()) < 1 / 4 + CHANCE, blind


def test_planned_numbers_keep_what_the_questions_rely_on() -> None:
    totals: dict[str, set[int]] = defaultdict(set)
    for kind in TYPES:
        for chart, _ in asked(kind):
            assert len(set(chart.names)) == len(chart.names) and len(set(chart.series)) == len(chart.series)
            assert not set(chart.names) & set(chart.series)
            assert len(set(chart.colours)) == len(chart.colours)
            assert {len(row) for row in chart.table} <= {len(chart.names)}
            if kind in ("pie", "donut"):
                totals[kind].add(sum(chart.table[0]))
                assert min(chart.table[0]) >= 10
            elif kind == "stacked_bar":
                assert max(sum(parts) for parts in zip(*chart.table, strict=True)) <= 10
            else:
                assert all(1 <= value <= 10 for row in chart.table for value in row)
    assert totals == {"pie": {100}, "donut": {100}}


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(KeyError):
        plan_chart(Random(0), "sankey")
