"""The first screen: the verdict in a sentence, before and after with intervals, and what else one must know."""

from collections.abc import Sequence

from lensmith.markup.elements import element, escape
from lensmith.report.intervals import Row, interval_chart, interval_legend
from lensmith.report.overfit import read_course
from lensmith.report.parts.sides import find_sides, render_sides, side_rows
from lensmith.report.phrases import LADDER, explain_difference, primary_metric, say_course
from lensmith.report.reading import RunRecord
from lensmith.report.records import Change, Compared, MetricChange
from lensmith.report.words import Words

FLIPS = ("gained", "lost", "both_wrong", "both_right")
FLIP_WORDS = {"gained": "gained", "lost": "lost", "both_wrong": "still wrong", "both_right": "right both times"}
_GOOD = {"better": "good", "worse": "bad"}
_MOST_METRICS = 8
# What every recipe's reader looks for; the quantities that `label` adds to its mean.
_SHOWN_QUANTITIES = ("macro_f1", "precision", "recall", "f1")


def render_headline(run: RunRecord, words: Words) -> str:
    """The verdict, one for what was taught and one for what was not where the data tell them apart, or that there is
    none yet.
    """
    found = primary_metric(run.comparison) if run.comparison else None
    if run.comparison is None or found is None:
        return _unfinished(run, words) + _to_know(run, words)
    name, metric = found
    sides = find_sides(run)
    if sides is not None:
        rest = _chart(run.comparison, words, side_rows(sides, words)) + _flips(metric, words) + _to_know(run, words)
        return render_sides(sides, run.comparison, words) + rest
    lead = element("p", escape(_lead(run.comparison, name, metric, words)), kind="lead")
    verdict = element("h1", escape(_sentence(name, metric, words)), kind=_GOOD.get(metric.verdict, ""))
    return verdict + lead + _chart(run.comparison, words) + _flips(metric, words) + _to_know(run, words)


def _sentence(name: str, change: Change, words: Words) -> str:
    """`Better: 97.2 % right, 0.0 % before training`; of metrics that know more than right and wrong, which it is."""
    before, after = change.before.value, change.after.value
    verdict = words.term(change.verdict).capitalize()
    if before is None or after is None:
        return words.say("{verdict}: {metric}", verdict=verdict, metric=name)
    values = {"verdict": verdict, "before": words.percent(before), "after": words.percent(after)}
    if change.after.correct is not None:
        return words.say("{verdict}: {after} right, {before} before training", **values)
    values["metric"] = name
    if after > before:
        return words.say("{verdict}: {metric} rose from {before} to {after}", **values)
    if after < before:
        return words.say("{verdict}: {metric} fell from {before} to {after}", **values)
    return words.say("{verdict}: {metric} stayed at {after}", **values)


def _lead(comparison: Compared, name: str, metric: MetricChange, words: Words) -> str:
    counts = {"questions": words.count(comparison.n), "pictures": words.count(comparison.groups)}
    said = [
        explain_difference(metric, comparison.confidence, words),
        words.say("Questions asked before and after training: {questions}, on pictures: {pictures}.", **counts),
    ]
    if metric.describe:
        said.append(words.say("{metric}: {describe}.", metric=name, describe=words.term(metric.describe)))
    return " ".join(said)


def _chart(comparison: Compared, words: Words, first: Sequence[Row] = ()) -> str:
    """`first`, then every metric, and the best known quantities of the first, each with its intervals."""
    rows = list(first)
    for name, metric in comparison.metrics.items():
        if name == LADDER and len(comparison.metrics) > 1:
            continue
        rows.append(Row(name, metric.before, metric.after))
        shown = [quantity for quantity in _SHOWN_QUANTITIES if quantity in metric.quantities]
        rows += [
            Row(quantity, metric.quantities[quantity].before, metric.quantities[quantity].after) for quantity in shown
        ]
    title = words.say(
        "Before and after, with {confidence} intervals", confidence=words.percent(comparison.confidence, 0)
    )
    caption = element("figcaption", escape(title) + interval_legend(words))
    return element("figure", caption + interval_chart(rows[:_MOST_METRICS], words, title))


def _flips(metric: MetricChange, words: Words) -> str:
    """How many answers changed, each a way into the browser of examples."""
    links = []
    for flip in FLIPS:
        ids = getattr(metric, flip)
        if ids is not None:
            count = element("b", escape(words.count(ids.n)), kind="" if ids.n else "none")
            label = f"{count} {escape(words.say(FLIP_WORDS[flip]))}"
            links.append(element("a", label, kind=f"flip {flip}", href="#examples", data_status=flip))
    return element("div", "".join(links), kind="flips") if links else ""


def _unfinished(run: RunRecord, words: Words) -> str:
    """What there is of a run that has no comparison."""
    reached = run.log[-1] if run.log else None
    said = [words.say("There is no comparison of before and after yet, so nothing is said about what was learned.")]
    if reached:
        place = {"step": words.count(reached.step), "epoch": words.significant(reached.epoch)}
        said.append(words.say("Training was logged up to step {step}, epoch {epoch}.", **place))
    answered = {"before": words.count(len(run.before)), "after": words.count(len(run.after))}
    if run.before or run.after:
        said.append(words.say("Answers so far: {before} before, {after} after.", **answered))
    title = element("h1", escape(words.say("This run is not finished")))
    return title + element("p", escape(" ".join(said)), kind="lead")


def _to_know(run: RunRecord, words: Words) -> str:
    """What should not be overlooked, a line each."""
    items = "".join(element("li", escape(text)) for text in remarks(run, words))
    return element("ul", items, kind="remarks") if items else ""


def remarks(run: RunRecord, words: Words) -> list[str]:
    """Blind baseline, overfitting, guards, forgetting, the weakest slice, answers that were cut or empty."""
    said = [*([] if find_sides(run) else _subjects(run, words)), _blind(run, words)]
    if run.log:
        said.append(say_course(read_course(run.log), words))
    if run.guards:
        loud = [line for line in run.guards if line.verdict in ("warn", "stop") and not line.final]
        if loud:
            last = {"guard": loud[-1].guard, "verdict": words.term(loud[-1].verdict)}
            text = "Guards spoke up: {count}; the last: {guard}, {verdict}."
            said.append(words.say(text, count=words.count(len(loud)), **last))
    worst = next((each for each in run.found_slices if each.verdict == "worse" and not each.apart_from), None)
    if worst is not None:
        place = {"where": f"{worst.column} = {worst.value}", "metric": worst.metric}
        if worst.after.value is not None and worst.rest.value is not None:
            values = {"value": words.percent(worst.after.value), "rest": words.percent(worst.rest.value)}
            said.append(words.say("Weakest where {where}: {metric} {value}, elsewhere {rest}.", **place, **values))
    for side, counts in (("cut", run.unfinished), ("empty", run.empty)):
        count = counts.get("after")
        if count:
            text = (
                "Tuned answers cut by the length limit: {count}."
                if side == "cut"
                else "Tuned answers that are empty: {count}."
            )
            said.append(words.say(text, count=words.count(count)))
    return [text for text in said if text]


def _subjects(run: RunRecord, words: Words) -> list[str]:
    """What was learned and what was forgotten, over all subjects."""
    if run.subjects is None:
        return []
    said = []
    for text, change in (
        ("What was taught: {verdict}, {difference}.", run.subjects.targets),
        ("What was not taught: {verdict}, {difference}.", run.subjects.forgetting),
    ):
        if change is not None and change.difference.value is not None:
            values = {"verdict": words.term(change.verdict), "difference": words.points(change.difference.value)}
            said.append(words.say(text, **values))
    return said


def _blind(run: RunRecord, words: Words) -> str:
    """What one answer to everything would have got."""
    found = primary_metric(run.blind) if run.blind else None
    if found is None or run.comparison is None or run.comparison.commonest_answer is None:
        return ""
    change = found[1]
    if change.before.value is None:
        return ""
    values = {"answer": run.comparison.commonest_answer[:80], "value": words.percent(change.before.value)}
    verdict = words.term(change.verdict)
    text = "Without looking, answering “{answer}” to everything gives {value}; against that the tuned model: {verdict}."
    return words.say(text, **values, verdict=verdict)
