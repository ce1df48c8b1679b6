"""Sentences that several parts of a page say, each made from numbers in the page's language."""

from lensmith.evaluation.verdict import render_p
from lensmith.markup.elements import element, escape
from lensmith.report.intervals import Row, track
from lensmith.report.overfit import Course
from lensmith.report.records import Change, Compared, MetricChange, Number
from lensmith.report.words import Words

LADDER = "ladder"
_GOOD = {"better": "good", "worse": "bad"}


def primary_metric(comparison: Compared) -> tuple[str, MetricChange] | None:
    """The metric that the verdict is about: the first that could be judged, and the ladder only where it is alone."""
    judged = [(name, each) for name, each in comparison.metrics.items() if each.after.value is not None]
    plain = [pair for pair in judged if pair[0] != LADDER]
    return next(iter(plain or judged or comparison.metrics.items()), None)


def verdict_word(change: Change, words: Words) -> str:
    """The verdict as a coloured word."""
    return element("span", escape(words.term(change.verdict)), kind=f"word {_GOOD.get(change.verdict, 'quiet')}")


def explain_difference(change: Change, confidence: float, words: Words) -> str:
    """`+97.2 points (95 % interval +95.5 to +98.8); McNemar p = 1.6e-117.`, and where nothing can be said, why."""
    difference = change.difference
    if difference.value is None:
        return words.term(difference.reason or change.before.reason or change.after.reason)
    said = words.points(difference.value)
    if difference.interval:
        span = words.span(difference.interval.low, difference.interval.high, sign=True)
        said += words.say(" ({confidence} interval {span})", confidence=words.percent(confidence, 0), span=span)
    if change.mcnemar_p is not None:
        said += words.say("; McNemar {p}", p=show_p(change.mcnemar_p, words))
    why = _why_not(change, confidence, words) if change.verdict == "cannot tell" else ""
    return f"{said}. {why}" if why else f"{said}."


def _why_not(change: Change, confidence: float, words: Words) -> str:
    """Which of the three conditions for a verdict is not met."""
    interval = change.difference.interval
    if interval is None:
        return words.term(change.difference.reason)
    if interval.low <= 0 <= interval.high:
        return words.say("The interval includes 0: this can be chance.")
    if change.mcnemar_p is not None and change.mcnemar_p >= 1 - confidence:
        return words.say("Too few answers changed to rule out chance.")
    return words.say("There are too few pictures to rule out chance.")


def show_p(p: float, words: Words) -> str:
    """`p = 0.00062`."""
    return f"p {words.decimal(render_p(p, '= '))}"


def change_cells(change: Change, words: Words) -> list[str]:
    """The cells of a table that tell one change: n, before, after, the track, the difference, the verdict."""
    return [
        escape(words.count(change.after.n or change.difference.n)),
        number_cell(change.before, words),
        number_cell(change.after, words),
        track(Row("", change.before, change.after), words),
        difference_cell(change, words),
        verdict_word(change, words),
    ]


def change_headings(first: str, words: Words) -> list[str]:
    """The headings over `change_cells`, with that of the first column."""
    names = (words.say("questions"), words.say("before"), words.say("after"), "", words.say("difference"))
    return [escape(name) for name in (first, *names, words.say("verdict"))]


def number_cell(number: Number, words: Words) -> str:
    """The value, and its interval below."""
    if number.value is None:
        return element("span", escape(words.say("cannot tell")), kind="quiet", title=words.term(number.reason))
    value = element("span", escape(words.percent(number.value)), kind="value")
    if number.interval is None:
        return value
    return value + element("span", escape(words.span(number.interval.low, number.interval.high)), kind="span")


def difference_cell(change: Change, words: Words) -> str:
    """The difference in points, and its interval below."""
    number = change.difference
    if number.value is None:
        return element("span", "–", kind="quiet", title=words.term(number.reason))
    value = element("span", escape(words.number(100 * number.value, sign=True)), kind="value")
    if number.interval is None:
        return value
    span = words.span(number.interval.low, number.interval.high, sign=True)
    return value + element("span", escape(span), kind="span")


def say_course(course: Course, words: Words) -> str:
    """The verdict on overfitting in a sentence."""
    if course.best_epoch is None or course.last_epoch is None:
        return words.say("Overfitting cannot be seen: there is no validation part.")
    best = words.significant(course.best_epoch)
    since = []
    if course.training is not None:
        since.append(words.say("training loss {change}", change=words.change(course.training)))
    if course.validation is not None:
        since.append(words.say("validation loss {change}", change=words.change(course.validation)))
    changes = ", ".join(since)
    if course.state == "never better":
        return words.say("Validation loss was lowest before training; since then {changes}.", changes=changes)
    if course.state == "still falls":
        return words.say("No overfitting: validation loss was still lowest at the end, after epoch {best}.", best=best)
    if course.state == "flat":
        return words.say("Best after epoch {best}; since then {changes}: no gain, no harm.", best=best, changes=changes)
    return words.say("Overfits: best after epoch {best}; since then {changes}.", best=best, changes=changes)


def number_or_dash(number: Number | None, words: Words) -> str:
    """As `number_cell`, and a dash for none."""
    return element("span", "–", kind="quiet") if number is None else number_cell(number, words)
