"""Charts: dots where the numbers are, every number said for those who cannot see them."""

import re
from xml.etree import ElementTree

import pytest

from lensmith.report.curves import Curve, Frame, curve_chart, spans_much, thin
from lensmith.report.intervals import Row, interval_chart, track
from lensmith.report.records import Interval, Number
from lensmith.report.words import Words

WORDS = Words("en")


def number(value: float | None, half: float = 0.1) -> Number:
    interval = None if value is None else Interval(low=value - half, high=value + half)
    return Number(value=value, interval=interval, reason="no answer")


def parse(svg: str) -> ElementTree.Element:
    """The drawing as a tree: it must be well-formed."""
    return ElementTree.fromstring(svg)


def test_dots_and_intervals_stand_at_their_numbers():
    drawing = parse(interval_chart([Row("label", number(0.25), number(0.75))], WORDS, "title"))
    dots = [float(dot.get("cx", "").rstrip("%")) for dot in drawing.iter("circle")]
    assert dots == pytest.approx([2 + 96 * 0.25, 2 + 96 * 0.75])
    spans = [line for line in drawing.iter("line") if "span" in line.get("class", "")]
    assert [float(line.get("x2", "").rstrip("%")) for line in spans] == pytest.approx([2 + 96 * 0.35, 2 + 96 * 0.85])


def test_a_chart_says_its_numbers():
    drawing = parse(interval_chart([Row("метка", number(0.25), number(None))], WORDS, "Before & after"))
    assert drawing.get("role") == "img"
    assert drawing.findtext("title") == "Before & after"
    assert drawing.findtext("desc") == "метка, before 25.0\u00a0% (15.0 to 35.0), after cannot tell"
    assert parse(track(Row("", None, number(0.5)), WORDS)).get("aria-label") == "after 50.0\u00a0% (40.0 to 60.0)"


def test_numbers_beyond_the_axis_stay_in_sight_and_hostile_labels_are_text():
    drawing = parse(interval_chart([Row("<script>" * 50, number(1.7), None)], WORDS, "t"))
    assert [dot.get("cx") for dot in drawing.iter("circle")] == ["98.00%"]
    assert not list(drawing.iter("script"))
    assert all(len(text.text or "") < 40 for text in drawing.iter("text"))


def test_curves_fall_where_losses_fall():
    curve = Curve("validation", ((0, 4.0), (1, 2.0), (2, 1.0)), "validation", dotted=True)
    drawing = parse(curve_chart([curve], Frame("Loss", "what there is", "epoch", (2, "best: epoch 2")), WORDS))
    assert drawing.findtext("desc") == "what there is"
    points = next(drawing.iter("polyline")).get("points", "").split()
    heights = [float(point.split(",")[1]) for point in points]
    assert heights == sorted(heights), "y grows downwards"
    assert [dot.get("cx") for dot in drawing.iter("circle")] == ["0.00%", "50.00%", "100.00%"]
    assert "best: epoch 2" in [text.text for text in drawing.iter("text")]


@pytest.mark.parametrize(
    "points",
    [((0, 1.0),), ((0, 0.0), (1, 0.0)), ((0, -1.0), (0.1, 1e9)), tuple((at / 7, 1 / (1 + at)) for at in range(5000))],
    ids=["one point", "zeros", "huge", "many"],
)
def test_no_curve_fails(points: tuple[tuple[float, float], ...]):
    for logarithmic in {False, spans_much([y for _, y in points])}:
        frame = Frame("a", "b", "epoch", logarithmic=logarithmic)
        drawing = curve_chart([Curve("c", points, "training")], frame, WORDS)
        parse(drawing)
        assert not re.search(r"nan|inf", drawing)
        assert len(drawing) < 20_000


def test_thinning_keeps_the_mean_and_the_end():
    points = [(float(at), float(at % 2)) for at in range(1000)]
    thinned = thin(points, 100)
    assert len(thinned) == 100
    assert thinned[-1] == points[-1]
    assert all(y == 0.5 for _, y in thinned[:-1])
