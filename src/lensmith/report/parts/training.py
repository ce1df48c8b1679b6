"""How training went: loss and token accuracy over epochs, the best epoch, and the numbers behind the curves."""

from lensmith.markup.elements import element, escape, table
from lensmith.report.curves import Curve, Frame, curve_chart, legend, spans_much
from lensmith.report.overfit import TRAINING, VALIDATION, Course, epoch_mean, read_course, series
from lensmith.report.phrases import say_course
from lensmith.report.reading import RunRecord
from lensmith.report.words import Words

_ACCURACY = "token_accuracy"
_MOST_ROWS = 40


def render_training(run: RunRecord, words: Words) -> str:
    """The curves with their verdict; empty where nothing was logged."""
    losses = _curves(run, (TRAINING,), (VALIDATION,), words)
    if not losses:
        return ""
    course = read_course(run.log)
    said = [element("p", escape(say_course(course, words)), kind="verdict")]
    if course.broken_at is not None:
        broken = words.say("The loss was no finite number at step {step}.", step=words.count(course.broken_at))
        said.append(element("p", escape(broken), kind="bad"))
    delivered = _delivered(run, words)
    if delivered:
        said.append(element("p", escape(delivered), kind="quiet"))
    return "".join([*said, _loss_chart(losses, course, words), _accuracy_chart(run, words), _numbers(run, words)])


def _curves(run: RunRecord, training: tuple[str, ...], validation: tuple[str, ...], words: Words) -> list[Curve]:
    """A curve for each of the names that was logged."""
    named = [(name, words.say("training"), "training") for name in training]
    named += [(name, words.say("validation"), "validation") for name in validation]
    found = [Curve(title, series(run.log, name), kind, kind == "validation") for name, title, kind in named]
    return [curve for curve in found if curve.points]


def _loss_chart(curves: list[Curve], course: Course, words: Words) -> str:
    logarithmic = spans_much([y for curve in curves for _, y in curve.points])
    title = words.say("Loss, logarithmic") if logarithmic else words.say("Loss")
    mark = None
    if course.best_epoch is not None:
        mark = (course.best_epoch, words.say("best: epoch {epoch}", epoch=words.significant(course.best_epoch)))
    description = " ".join([*(_describe(curve, words) for curve in curves), say_course(course, words)])
    return _figure(curves, Frame(title, description, words.say("epoch"), mark, logarithmic), words)


def _accuracy_chart(run: RunRecord, words: Words) -> str:
    """Token accuracy, where it was logged under any name that ends so."""
    names = sorted({key for line in run.log for key in (line.model_extra or {}) if key.endswith(_ACCURACY)})
    validation = tuple(name for name in names if name.startswith("eval_"))
    curves = _curves(run, tuple(name for name in names if name not in validation), validation, words)
    if not curves:
        return ""
    description = " ".join(_describe(curve, words) for curve in curves)
    return _figure(curves, Frame(words.say("Token accuracy"), description, words.say("epoch")), words)


def _figure(curves: list[Curve], frame: Frame, words: Words) -> str:
    caption = element("figcaption", escape(frame.title) + legend(curves))
    return element("figure", caption + curve_chart(curves, frame, words))


def _describe(curve: Curve, words: Words) -> str:
    first, last = curve.points[0], curve.points[-1]
    values = {
        "name": curve.name,
        "first": words.significant(first[1]),
        "last": words.significant(last[1]),
        "from_": words.significant(first[0]),
        "to": words.significant(last[0]),
    }
    return words.say("{name}: {first} at epoch {from_}, {last} at epoch {to}.", **values)


def _delivered(run: RunRecord, words: Words) -> str:
    """Which checkpoint the tuned model is."""
    fit = run.comparison.fit if run.comparison else None
    if fit is None:
        return ""
    steps = {"best": words.count(fit.best_step), "last": words.count(fit.last_step)}
    by = run.best_by or str(run.setting("train", "best") or "")
    told = words.say("Delivered: step {best} of {last}, the best by {metric}.", **steps, metric=by)
    if fit.best_value is None:
        told = words.say("Delivered: the last checkpoint, step {best} of {last}.", **steps)
    scale = run.comparison.scale if run.comparison else None
    if scale is None or scale.chosen == 1:
        return told
    return f"{told} {words.say('Its weights hold {share} of what was learned.', share=words.percent(scale.chosen, 0))}"


def _numbers(run: RunRecord, words: Words) -> str:
    """Each validation with the mean training loss of its epoch."""
    watched = series(run.log, VALIDATION)
    rows = []
    for epoch, value in watched[-_MOST_ROWS:]:
        mean = epoch_mean(run.log, epoch)
        rows.append([words.significant(epoch), "–" if mean is None else words.number(mean, 4), words.number(value, 4)])
    if not rows:
        return ""
    headings = (words.say("epoch"), words.say("training loss, mean"), words.say("validation loss"))
    summary = element("summary", escape(words.say("The numbers")))
    return element("details", summary + element("div", table(headings, rows), kind="numeric"))
