"""The first screen of a sweep's page: which setting is best, how sure that is, and the picture of them all."""

from collections.abc import Sequence

from lensmith.markup.elements import element, escape
from lensmith.report.intervals import Row, interval_chart, interval_legend, shorten
from lensmith.report.sweeps.front import Axis, Dot, front_chart, front_legend
from lensmith.report.sweeps.records import Ranking, Setting, SweepRecord
from lensmith.report.words import Words

_NAMED, _CHARTED, _LABELLED = 6, 16, 12


def render_answer(sweep: SweepRecord, words: Words) -> str:
    """The answer in a sentence, one for each objective, and the picture."""
    title = element("h1", escape(_title(sweep, words)))
    items = "".join(element("li", escape(_answer(sweep, ranking, words))) for ranking in sweep.rankings)
    said = element("ul", items, kind="remarks answers") if items else ""
    care = element("p", escape(say_care(sweep, words)), kind="quiet") if sweep.settings else ""
    return title + said + care + _pictures(sweep, words)


def _title(sweep: SweepRecord, words: Words) -> str:
    if not sweep.settings:
        return words.say("No setting finished")
    if not sweep.rankings:
        return words.say("Settings that finished: {count}", count=words.count(len(sweep.settings)))
    ranking = sweep.rankings[0]
    after = sweep.setting(ranking.best).objectives[ranking.objective].after.value
    values = {"objective": ranking.objective, "name": ranking.best, "value": words.percent(after or 0.0)}
    if len(sweep.settings) == 1:
        return words.say("Only one setting finished: {name}; {objective} {value}", **values)
    if not ranking.others:
        return words.say("Only one setting has a number for {objective}: {name}, {value}", **values)
    if len(ranking.equal) == len(ranking.others):
        count = words.count(1 + len(ranking.equal))
        return words.say("None is best in {objective}: settings that end at {value}: {count}", **values, count=count)
    if ranking.seeds < 2:
        return words.say("Ahead in {objective}: {name}, {value}, as far as one seed can tell", **values)
    alike = sum(not other.sure for other in ranking.others)
    if alike:
        text = "Ahead in {objective}: {name}, {value}; others that may be as good: {count}"
        return words.say(text, **values, count=words.count(alike))
    return words.say("Best in {objective}: {name}, {value}", **values)


def _answer(sweep: SweepRecord, ranking: Ranking, words: Words) -> str:
    """`exact_match: v2 (r 16, alpha 32) ends at 62 %, +40 points … Surely better than 9 of the 15 others. …`"""
    best = sweep.setting(ranking.best)
    numbers = best.objectives[ranking.objective]
    values = {
        "objective": ranking.objective,
        "name": best.name,
        "setting": best.text,
        "value": words.percent(numbers.after.value or 0.0),
        "change": words.points(numbers.change.value or 0.0),
    }
    said = [words.say("{objective}: {name} ({setting}) ends at {value}, {change} against the base.", **values)]
    if not ranking.others:
        return said[0]
    if len(ranking.equal) == len(ranking.others):
        said.append(words.say("So do all others: they cannot be told apart."))
        return " ".join(said)
    if ranking.equal:
        said.append(words.say("Exactly as good: {names}.", names=_list(ranking.equal, words)))
    if ranking.seeds < 2:
        said.append(words.say("With one seed nothing can be said of seeds: another may turn the order."))
        return " ".join(said)
    sure = [other for other in ranking.others if other.sure]
    counts = {"count": words.count(len(sure)), "all": words.count(len(ranking.others))}
    said.append(words.say("Surely better than {count} of the {all} others.", **counts))
    alike = [other.name for other in ranking.others if not other.sure]
    if alike:
        said.append(words.say("Cannot be told from it: {names}.", names=_list(alike, words)))
    return " ".join(said)


def _list(names: Sequence[str], words: Words) -> str:
    """The first of them, and how many more there are."""
    more = len(names) - _NAMED
    rest = words.say(" and {count} more", count=words.count(more)) if more > 0 else ""
    return ", ".join(names[:_NAMED]) + rest


def say_care(sweep: SweepRecord, words: Words) -> str:
    """What the intervals are over, and for how many comparisons they hold."""
    if sweep.seeds < 2:
        return words.say("Each setting was run with one seed: intervals are over its test questions alone.")
    said = [words.say("Settings were run with several seeds, {count} at most.", count=words.count(sweep.seeds))]
    ranking = sweep.rankings[0] if sweep.rankings else None
    if ranking is not None and ranking.others:
        over_pictures = all(other.groups for other in ranking.others)
        told = {"confidence": words.percent(ranking.confidence, 0), "count": words.count(len(ranking.others))}
        if over_pictures:
            text = "Compared pair by pair over seeds and pictures at once; all {count} together are {confidence} sure."
        else:
            text = "Compared over seeds; all {count} comparisons together are {confidence} sure."
        said.append(words.say(text, **told))
    return " ".join(said)


def _pictures(sweep: SweepRecord, words: Words) -> str:
    """The first objective against each other one; of a single one, a line a setting."""
    known = [setting for setting in sweep.settings if all(_known(setting, each) for each in sweep.objectives)]
    if not known:
        return ""
    if len(sweep.objectives) == 1:
        return _lines(known, sweep.objectives[0], words)
    return "".join(_against(known, sweep, other, words) for other in sweep.objectives[1:])


def _known(setting: Setting, objective: str) -> bool:
    numbers = setting.objectives.get(objective)
    return numbers is not None and numbers.after.value is not None


def _against(known: Sequence[Setting], sweep: SweepRecord, other: str, words: Words) -> str:
    first = sweep.objectives[0]
    numbered = {setting.name: str(at) for at, setting in enumerate(sweep.settings, 1)}
    dots = [
        Dot(
            _label(numbered[setting.name], setting),
            f"{numbered[setting.name]} {setting.name} ({setting.text})",
            setting.objectives[first].after.share(),
            setting.objectives[other].after.share(),
            setting.best,
        )
        for setting in known
    ]
    across, upwards = (
        Axis(name, known[0].objectives[name].before.value, sweep.wants_less(name)) for name in (first, other)
    )
    caption = words.say("What is gained in one costs in the other: {first} and {other}", first=first, other=other)
    if len({(dot.x.value, dot.y.value) for dot in dots if dot.front}) < 2:
        caption = words.say("{across} against {upwards}", across=first, upwards=other)
    title = element("figcaption", escape(caption) + front_legend(words))
    note = words.say("Numbers are those of the table, bars the intervals there.")
    return element(
        "figure", title + front_chart(dots, across, upwards, words) + element("p", escape(note), kind="quiet small")
    )


def _label(number: str, setting: Setting) -> str:
    return f"{number} {shorten(setting.name, _LABELLED)}" if setting.best else number


def _lines(known: Sequence[Setting], objective: str, words: Words) -> str:
    title = words.say("{metric} before and after, with intervals", metric=objective)
    rows = []
    for setting in known[:_CHARTED]:
        numbers = setting.objectives[objective]
        rows.append(Row(f"{setting.name}: {setting.text}", numbers.before.share(), numbers.after.share()))
    caption = element("figcaption", escape(title) + interval_legend(words))
    return element("figure", caption + interval_chart(rows, words, title))
