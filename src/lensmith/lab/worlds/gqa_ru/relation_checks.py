"""Questions whether things stand so to each other, and which of two sides it is."""

from lensmith.lab.worlds.gqa_ru.finding import FREE, aside, borne_where, is_at, pick_bond, pick_pair, posture
from lensmith.lab.worlds.gqa_ru.plan import Thing
from lensmith.lab.worlds.gqa_ru.question import PROGRAM_SIDES, SIDES, Question, Reference, Step, sentence
from lensmith.lab.worlds.gqa_ru.view import View, yes_no
from lensmith.lab.worlds.nouns import NOUNS


def verify_side(view: View, truth: bool) -> Question | None:
    """Кошка слева от стола? A wrong question names the other side."""
    found = pick_pair(view)
    if found is None:
        return None
    thing, side, other = found
    said = side if truth else {"left": "right", "right": "left"}[side]
    first, second = view.refer(thing), view.refer(other)
    words = view.word(
        sentence(first.say(), aside(said, second), end="?"),
        sentence(is_at(thing), "ли", first.say(), aside(said, second), end="?"),
        sentence("верно ли, что", first.say(), is_at(thing), aside(said, second), end="?"),
    )
    argument = f"{thing.name},{PROGRAM_SIDES[said]},s ({thing.id})"
    full = f"{first.say()} {is_at(thing)} {aside(side, second)}"
    steps = (*second.steps(), Step("verify rel", argument, (len(second.attributes),)))
    return _judged((words, full, "relVerify" if truth else "relVerifyCr"), truth, steps, (second, first))


def verify_held(view: View, truth: bool) -> Question | None:
    """Мужчина держит зонт? A wrong question names what is held in another plan."""
    found = pick_bond(view, ("held",))
    if found is None:
        return None
    held, _, person = found
    others = [each.name for other in view.others for each in other.things if each.stands == "held"]
    said = held.name if truth else view.pick([name for name in others if name != held.name])
    if said is None:
        return None
    reference, noun = view.refer(person), NOUNS[said]
    words = view.word(
        sentence(reference.say(), "держит", noun.form("acc"), end="?"),
        sentence("держит ли", reference.say(), noun.form("acc"), end="?"),
        sentence("у", reference.say("gen"), "в руке", noun.one, end="?"),
    )
    argument = f"{said},holding,o ({held.id if truth else '-'})"
    full = f"{reference.say()} держит {NOUNS[held.name].form('acc')}"
    steps = (*reference.steps(), Step("verify rel", argument, (len(reference.attributes),)))
    return _judged((words, full, "relVerify" if truth else "relVerifyCo"), truth, steps, (reference, Reference(held)))


def exist_borne(view: View, truth: bool) -> Question | None:
    """Есть ли на столе чашка? A wrong question names what is on the table of another plan."""
    found = pick_bond(view, ("on", "under"))
    if found is None:
        return None
    thing, how, bearer = found
    others = [
        lower.name
        for other in view.others
        for lower in other.things
        if lower.stands == how
        and lower.name != thing.name
        and (upper := other.bearer(lower))
        and upper.name == bearer.name
    ]
    said = thing.name if truth else view.pick(others)
    if said is None:
        return None
    reference = view.refer(bearer)
    full = f"{borne_where(how, reference)} {posture(thing)} {NOUNS[thing.name].one}"
    return _exists(
        (said, f"{said},{how},s"), borne_where(how, reference), (reference, Reference(thing)), full, truth, view
    )


def exist_beside(view: View, truth: bool) -> Question | None:
    """Есть ли кошка слева от дома? A wrong question names what there is in another plan."""
    thing = view.pick([each for each in view.plan.things if each.stands == "alone"])
    if thing is None:
        return None
    side = view.word(*SIDES)
    there = [each for each in view.plan.beside(thing, side) if each.stands in FREE]
    seen = view.pick(there)
    if seen is None:
        return None
    taken = {thing.name, *(each.name for each in view.plan.beside(thing, side))}
    others = [each.name for other in view.others for each in other.things if each.stands in FREE]
    said = seen.name if truth else view.pick([name for name in others if name not in taken])
    if said is None:
        return None
    reference = view.refer(thing)
    full = f"{aside(side, reference)} {is_at(seen)} {NOUNS[seen.name].one}"
    relation = f"{said},{PROGRAM_SIDES[side]},s"
    return _exists((said, relation), aside(side, reference), (reference, Reference(seen)), full, truth, view)


def choose_side(view: View, truth: bool) -> Question | None:
    """Кошка слева или справа от стола?"""
    found = pick_pair(view)
    if found is None:
        return None
    thing, side, other = found
    first, second = view.refer(thing), view.refer(other)
    one, two = view.random.sample(list(SIDES), 2)
    of_other = f"от {second.say('gen')}"
    either = f"{SIDES[one]} или {SIDES[two]}"
    words = view.word(
        sentence(first.say(), either, of_other, end="?"),
        sentence(first.say(), is_at(thing), either, of_other, end="?"),
        sentence(is_at(thing), "ли", first.say(), either, of_other, end="?"),
        sentence("с какой стороны", of_other, is_at(thing), f"{first.say()},", either, end="?"),
    )
    argument = f"{thing.name},{PROGRAM_SIDES[one]}|{PROGRAM_SIDES[two]},s ({thing.id})"
    return Question(
        words,
        SIDES[side],
        sentence(first.say(), is_at(thing), aside(side, second)),
        ("choose", "rel", "relChooser"),
        (*second.steps(), Step("choose rel", argument, (len(second.attributes),))),
        "",
        f"{other.name}_{thing.name}",
        ("side", *sorted((thing.id, other.id))),
        (second, first),
    )


def _exists(
    said: tuple[str, str], where: str, references: tuple[Reference, Reference], full: str, truth: bool, view: View
) -> Question:
    """Asks whether something is in a place; `said` is its name, and its relation as programs write it."""
    name, relation = said
    noun, (reference, seen) = NOUNS[name], references
    words = view.word(
        sentence("есть ли", where, noun.one, end="?"),
        sentence("вы видите", noun.form("acc"), where, end="?"),
        sentence("есть ли", noun.one, where, end="?"),
        sentence(where, "есть", noun.one, end="?"),
    )
    at = len(reference.attributes)
    argument = f"{relation} ({seen.thing.id if truth else '-'})"
    steps = (*reference.steps(), Step("relate", argument, (at,)), Step("exist", "?", (at + 1,)))
    return _judged((words, full, "existRelS" if truth else "existRelSC"), truth, steps, references)


def _judged(
    asked: tuple[str, str, str], truth: bool, steps: tuple[Step, ...], references: tuple[Reference, Reference]
) -> Question:
    """A yes-or-no question; `asked` is the question, what is true (without a full stop) and the detailed type."""
    words, true, detailed = asked
    last = next(step.argument for step in reversed(steps) if "," in step.argument)
    thing: Thing = references[0].thing
    return Question(
        words,
        yes_no(truth),
        f"{yes_no(truth).capitalize()}, {true}.",
        ("verify", "rel", detailed),
        steps,
        "",
        f"{thing.name}_{last.partition(',')[0]}",
        (last.partition(" (")[0], thing.id),
        references,
    )
