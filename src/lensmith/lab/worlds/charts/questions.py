"""What is asked about a chart, in English as ChartLlama asks, with the short answers that its picture gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from lensmith.lab.worlds.charts.chart import Chart
from lensmith.lab.worlds.charts.rankings import Ranking, rank
from lensmith.lab.worlds.charts.words import ORDINALS, TYPES
from lensmith.lab.worlds.scenes import Row

# A question and its answer, or None where the chart has nothing to ask of that kind.
Asked = tuple[str, str] | None

COUNTED = {
    "bar": "bars",
    "horizontal_bar": "bars",
    "grouped_bar": "groups of bars",
    "stacked_bar": "bars",
    "line": "lines",
    "area": "names below the axis",
    "pie": "slices",
    "donut": "slices",
    "scatter": "colours of points",
    "box": "boxes",
}
MARKS = {
    "bar": "bars",
    "horizontal_bar": "bars",
    "box": "boxes",
    "line": "line",
    "area": "area",
    "scatter": "points",
}
# Of fewer bars, the first is too often right.
BARS_IN_A_ROW = 4


@dataclass(frozen=True, slots=True)
class _Subject:
    chart: Chart
    ranking: Ranking | None
    random: Random


def ask_about(chart: Chart, random: Random) -> Iterator[Row]:
    """The questions that fall to a chart by lot, its type always among them; rows have question, answer and kind."""
    rankings = rank(chart)
    subject = _Subject(chart, random.choice(rankings) if rankings else None, random)
    for kind, (share, ask) in _ASKS.items():
        asked = ask(subject) if random.random() < share else None
        if asked:
            yield {"question": asked[0], "answer": asked[1], "kind": kind}


def describe(chart: Chart) -> str:
    """One sentence that tells a chart's type, its title, and what stands out in it; the picture decides every word.

    >>> from lensmith.lab.worlds.charts.chart import plan_chart
    >>> describe(plan_chart(Random(1), "pie"))
    'This pie chart shows Phones Growth: C is the largest and A the smallest.'
    """
    begin, rankings = f"This {TYPES[chart.type]} shows {chart.title}", rank(chart)
    if chart.type == "heatmap":
        top, bottom = rankings[0].top, rankings[0].bottom
        ends = f"{top} has the highest cell and {bottom} the lowest"
        return f"{begin}: {ends if top != bottom else f'{top} has the highest and the lowest cell'}."
    if any(chart.trends) or not rankings:
        told = zip(chart.series or ("it",), chart.trends, strict=True)
        *parts, last = [f"{name} is {trend or 'unsteady'}" for name, trend in told]
        return f"{begin}: {', '.join(parts)}{' and ' if parts else ''}{last}."
    (_, most, least), first = rankings[0].words, rankings[0]
    return f"{begin}: {first.top} is the {most} and {first.bottom} the {least}{first.where}."


def _ask_type(about: _Subject) -> Asked:
    asks = ("What type of chart is this?", "What kind of chart is shown?", "Which type of chart is used here?")
    return about.random.choice(asks), TYPES[about.chart.type]


def _ask_title(about: _Subject) -> Asked:
    asks = ("What is the title of the chart?", "What is the chart's title?", "How is the chart titled?")
    return about.random.choice(asks), about.chart.title


def _ask_topic(about: _Subject) -> Asked:
    asks = ("What is the first word of the title?", "With which word does the title begin?")
    return about.random.choice(asks), about.chart.topic


def _ask_axis(about: _Subject) -> Asked:
    asks = ("What is the label of the axis?", "What does the label of the axis say?", "How is the axis labelled?")
    return (about.random.choice(asks), about.chart.axis_label) if about.chart.axis_label else None


def _ask_count(about: _Subject) -> Asked:
    chart = about.chart
    if chart.type == "heatmap":
        what, names = about.random.choice((("rows", chart.series), ("columns", chart.names)))
        what, count = f"{what} of cells", len(names)
    else:
        what = COUNTED[chart.type]
        count = len(chart.colours if chart.type in ("line", "scatter") else chart.names)
    asks = (f"How many {what} are there?", f"How many {what} does the chart have?", f"What is the number of {what}?")
    return about.random.choice(asks), str(count)


def _ask_highest(about: _Subject) -> Asked:
    ranking = about.ranking
    return (_ask_extreme(about, ranking, ranking.words[1]), ranking.top) if ranking else None


def _ask_lowest(about: _Subject) -> Asked:
    ranking = about.ranking
    return (_ask_extreme(about, ranking, ranking.words[2]), ranking.bottom) if ranking else None


def _ask_extreme(about: _Subject, ranking: Ranking, extreme: str) -> str:
    thing, where = ranking.thing, ranking.where
    if about.chart.type == "heatmap":
        asks = (f"Which {thing} has the {extreme} cell?", f"In which {thing} is the {extreme} value?")
    else:
        asks = (f"Which {thing} is the {extreme}{where}?", f"What is the name of the {extreme} {thing}{where}?")
    return about.random.choice(asks)


def _ask_larger(about: _Subject) -> Asked:
    ranking, pair = about.ranking, _pair(about)
    if not ranking or not pair:
        return None
    one, other = pair
    asks = (
        f"Which is {ranking.words[0]}{ranking.where}, {one} or {other}?",
        f"{one} or {other}: which is {ranking.words[0]}{ranking.where}?",
    )
    return about.random.choice(asks), max(pair, key=lambda name: ranking.values[name])


def _ask_compare(about: _Subject) -> Asked:
    ranking, pair = about.ranking, _pair(about)
    if not ranking or not pair:
        return None
    one, other = pair
    question = f"Is {one} {ranking.words[0]} than {other}{ranking.where}?"
    return question, "yes" if ranking.values[one] > ranking.values[other] else "no"


def _ask_difference(about: _Subject) -> Asked:
    ranking, pair = about.ranking, _pair(about)
    if not ranking or not pair:
        return None
    lower, higher = sorted(pair, key=lambda name: ranking.values[name])
    values = [_value(about.chart, ranking, name) for name in (higher, lower)]
    if None in values:
        return None
    difference = int(values[0] or 0) - int(values[1] or 0)
    asks = (
        f"How much {ranking.words[0]} is {higher} than {lower}{ranking.where}?",
        f"What is the difference between {higher} and {lower}{ranking.where}?",
    )
    return about.random.choice(asks), str(difference)


def _ask_position(about: _Subject) -> Asked:
    ranking, names = about.ranking, about.chart.names
    if not ranking or about.chart.type not in ("bar", "horizontal_bar", "stacked_bar", "box"):
        return None
    if len(names) < BARS_IN_A_ROW:
        return None
    start = "top" if about.chart.type == "horizontal_bar" else "left"
    extreme, name = about.random.choice(_extremes(ranking))
    asks = (
        f"Counting from the {start}, which {ranking.thing} is the {extreme}{ranking.where}?",
        f"At which place from the {start} is the {extreme} {ranking.thing}{ranking.where}?",
    )
    return about.random.choice(asks), ORDINALS[names.index(name)]


def _ask_colour(about: _Subject) -> Asked:
    chart, ranking, random = about.chart, about.ranking, about.random
    if chart.type == "heatmap":
        return None
    if len(chart.colours) == 1:
        marks = MARKS[chart.type]
        verb = "are" if marks.endswith("s") else "is"
        asks = (f"What colour {verb} the {marks}?", f"In which colour {verb} the {marks} drawn?")
        return random.choice(asks), chart.colours[0]
    names = chart.series or chart.names
    at = random.randrange(len(names))
    if not chart.series and ranking and random.random() < 0.5:
        extreme, name = random.choice(_extremes(ranking))
        question = f"What colour is the {extreme} {ranking.thing}{ranking.where}?"
        return question, chart.colours[names.index(name)]
    return random.choice((f"What colour is {names[at]}?", f"In which colour is {names[at]} drawn?")), chart.colours[at]


def _ask_legend(about: _Subject) -> Asked:
    chart = about.chart
    names = chart.series or chart.names
    if chart.type == "heatmap" or len(chart.colours) == 1:
        return None
    at = about.random.randrange(len(names))
    asks = (f"What is drawn in {chart.colours[at]}?", f"Which name belongs to the colour {chart.colours[at]}?")
    return about.random.choice(asks), names[at]


def _ask_value(about: _Subject) -> Asked:
    chart, ranking, random = about.chart, about.ranking, about.random
    if chart.type == "heatmap" and chart.printed:
        row, column = random.randrange(len(chart.series)), random.randrange(len(chart.names))
        question = f"What is the value of {chart.series[row]} and {chart.names[column]}?"
        return question, str(chart.table[row][column])
    known = [name for name in ranking.values if _value(chart, ranking, name)] if ranking else []
    if not ranking or not known:
        return None
    name = random.choice(known)
    asks = (f"What is the value of {name}{ranking.where}?", f"Which value does {name} have{ranking.where}?")
    if chart.type == "box":
        asks = (f"What is the median of {name}?", f"At which value is the median of {name}?")
    return random.choice(asks), _value(chart, ranking, name) or ""


def _ask_trend(about: _Subject) -> Asked:
    chart, random = about.chart, about.random
    known = [at for at, trend in enumerate(chart.trends) if trend]
    if not known:
        return None
    at = random.choice(known)
    marks = MARKS[chart.type]
    one = random.choice((chart.series[at], f"the {chart.colours[at]} {marks}")) if chart.series else f"the {marks}"
    return random.choice((f"What is the trend of {one}?", f"Which trend is seen in {one}?")), chart.trends[at]


def _ask_description(about: _Subject) -> Asked:
    asks = ("Describe the chart in one sentence.", "What does the chart show?", "Summarise the chart in one sentence.")
    return about.random.choice(asks), describe(about.chart)


def _extremes(ranking: Ranking) -> tuple[tuple[str, str], tuple[str, str]]:
    """The words for most and least, each with the name it belongs to."""
    return (ranking.words[1], ranking.top), (ranking.words[2], ranking.bottom)


def _pair(about: _Subject) -> tuple[str, str] | None:
    """Two names of different height, in an order drawn by lot."""
    values = about.ranking.values if about.ranking else {}
    pairs = [(one, other) for one in values for other in values if values[one] != values[other]]
    return about.random.choice(pairs) if pairs else None


def _value(chart: Chart, ranking: Ranking, name: str) -> str | None:
    """A value that can be read: written beside its mark, or of a mark that ends at a tick."""
    value = ranking.values[name]
    if chart.type in ("pie", "donut"):
        return str(value) if chart.printed else None
    return chart.worth(value) if chart.printed or value % 2 == 0 else None


# For each kind, the share of the charts that can be asked so which are.
_ASKS: dict[str, tuple[float, Callable[[_Subject], Asked]]] = {
    "type": (1.0, _ask_type),
    "title": (0.8, _ask_title),
    "topic": (0.4, _ask_topic),
    "axis": (0.7, _ask_axis),
    "count": (0.7, _ask_count),
    "highest": (0.7, _ask_highest),
    "lowest": (0.7, _ask_lowest),
    "larger": (0.35, _ask_larger),
    "compare": (0.25, _ask_compare),
    "difference": (0.4, _ask_difference),
    "position": (0.9, _ask_position),
    "colour": (0.3, _ask_colour),
    "legend": (0.5, _ask_legend),
    "value": (0.7, _ask_value),
    "trend": (1.0, _ask_trend),
    "description": (0.3, _ask_description),
}
