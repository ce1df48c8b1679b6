"""The verdict where some subjects were taught and others were to stay: each side by itself, never their mean."""

from typing import NamedTuple

from lensmith.markup.elements import element, escape
from lensmith.report.intervals import Row
from lensmith.report.phrases import explain_difference
from lensmith.report.reading import RunRecord
from lensmith.report.records import Change, Compared
from lensmith.report.words import Words

_GOOD = {"better": "good", "worse": "bad"}


class Side(NamedTuple):
    """All questions about what was taught, or all about what was not."""

    name: str
    change: Change


class Sides(NamedTuple):
    """Both sides, and the metric that judged them."""

    both: tuple[Side, Side]
    metric: str


def find_sides(run: RunRecord) -> Sides | None:
    """The two sides; None where the data do not have both, so that one verdict says it all."""
    found = run.subjects
    if found is None or found.targets is None or found.forgetting is None:
        return None
    both = Side("taught", found.targets), Side("not taught", found.forgetting)
    judged = all(side.change.before.value is not None and side.change.after.value is not None for side in both)
    return Sides(both, found.metric) if judged else None


def side_rows(sides: Sides, words: Words) -> list[Row]:
    """Both sides for the chart of before and after."""
    return [Row(words.say(side.name), side.change.before, side.change.after) for side in sides.both]


def render_sides(sides: Sides, comparison: Compared, words: Words) -> str:
    """A verdict for what was taught and one for what was not, and under them what they rest on."""
    verdicts = "".join(
        element("span", escape(_sentence(side, sides.metric, words)), kind=f"side {_GOOD.get(side.change.verdict, '')}")
        for side in sides.both
    )
    return element("h1", verdicts) + element("p", escape(_lead(sides, comparison, words)), kind="lead")


def _sentence(side: Side, metric: str, words: Words) -> str:
    """`Taught: better, 68.6 % right, 13.2 % before training`; of metrics that are no count of right answers, which."""
    before, after = side.change.before, side.change.after
    values = {
        "side": words.say(side.name).capitalize(),
        "verdict": words.term(side.change.verdict),
        "before": words.percent(before.value or 0.0),
        "after": words.percent(after.value or 0.0),
    }
    if after.correct is not None:
        return words.say("{side}: {verdict}, {after} right, {before} before training", **values)
    return words.say("{side}: {verdict}, {metric} {after}, {before} before training", metric=metric, **values)


def _lead(sides: Sides, comparison: Compared, words: Words) -> str:
    said = []
    for side in sides.both:
        values = {
            "side": words.say(side.name).capitalize(),
            "questions": words.count(side.change.after.n),
            "difference": explain_difference(side.change, comparison.confidence, words),
        }
        said.append(words.say("{side}, questions: {questions}; {difference}", **values))
    counts = {"questions": words.count(comparison.n), "pictures": words.count(comparison.groups)}
    said.append(words.say("Questions asked before and after training: {questions}, on pictures: {pictures}.", **counts))
    judged = comparison.metrics.get(sides.metric)
    if judged is not None and judged.describe:
        said.append(words.say("{metric}: {describe}.", metric=sides.metric, describe=words.term(judged.describe)))
    return " ".join(said)
