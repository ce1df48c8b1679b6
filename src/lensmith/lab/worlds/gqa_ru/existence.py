"""Questions whether something is there: one thing, a red one, both, either."""

from lensmith.lab.worlds.adjectives import phrase
from lensmith.lab.worlds.gqa_ru.plan import Thing
from lensmith.lab.worlds.gqa_ru.question import ADJECTIVES, Question, Reference, Step, sentence
from lensmith.lab.worlds.gqa_ru.view import View, attributes, chain, values, yes_no
from lensmith.lab.worlds.nouns import NOUNS, Case

HERE = ("на картинке", "на этой фотографии", "на этом изображении", "здесь")
MANY_SHARE = 0.25


def exist(view: View, truth: bool) -> Question | None:
    """Есть ли на картинке кошка? Вы видите мячи? A wrong question names what another plan has."""
    thing = view.pick(view.plan.things if truth else view.elsewhere())
    if thing is None:
        return None
    steps = chain(Step("select", _named(thing, truth)), Step("exist", "?"))
    full = f"на картинке есть {_one(thing)}" if truth else f"на картинке нет {NOUNS[thing.name].form('gen')}"
    return _judged(("verify", "exist", thing.name), (_is_there(view, thing), full), truth, steps, (thing,))


def exist_with(view: View, truth: bool) -> Question | None:
    """Есть ли на картинке красный мяч? A wrong question changes the colour, or names what another plan has."""
    told = [each for each in view.plan.things if attributes(each)]
    thing = view.pick(told)
    if thing is None:
        return None
    attribute, value = view.random.choice(attributes(thing))
    full = f"на картинке есть {phrase(NOUNS[thing.name], ADJECTIVES[attribute][value])}"
    if not truth:
        value = view.random.choice([other for other in values(thing, attribute) if other != value])
    words = _is_there(view, thing, ADJECTIVES[attribute][value])
    steps = chain(Step("select", _named(thing, True)), Step(f"filter {attribute}", value), Step("exist", "?"))
    return _judged(("verify", "existAttr", f"{thing.name}_{value}"), (words, full), truth, steps, (thing,))


def exist_both(view: View, truth: bool) -> Question | None:
    """На картинке есть и кошка, и собака?"""
    pair = _pair(view, (True, True) if truth else (True, False))
    if pair is None:
        return None
    (first, _), (second, _) = pair
    one, two = _one(first), _one(second)
    words = view.word(
        sentence("на картинке есть и", f"{one},", "и", two, end="?"),
        sentence("есть ли на этом изображении и", f"{one},", "и", two, end="?"),
        sentence("вы видите и", f"{_one(first, 'acc')},", "и", _one(second, "acc"), end="?"),
    )
    return _judged(
        ("logical", "existAnd", f"{first.name}_{second.name}"),
        (words, _both(pair)),
        truth,
        _two(pair, "and"),
        tuple(thing for thing, seen in pair if seen),
    )


def exist_either(view: View, truth: bool) -> Question | None:
    """Есть ли на картинке кошка или собака?"""
    pair = _pair(view, (True, False) if truth else (False, False))
    if pair is None:
        return None
    (first, _), (second, _) = pair
    one, two = _one(first), _one(second)
    words = view.word(
        sentence("есть ли", view.word(*HERE), one, "или", two, end="?"),
        sentence("вы видите", view.word(*HERE), _one(first, "acc"), "или", _one(second, "acc"), end="?"),
        sentence(view.word(*HERE), "есть", one, "или", two, end="?"),
    )
    return _judged(
        ("logical", "existOr", f"{first.name}_{second.name}"),
        (words, _both(pair)),
        truth,
        _two(pair, "or"),
        tuple(thing for thing, seen in pair if seen),
    )


def _one(thing: Thing, case: Case = "nom") -> str:
    return NOUNS[thing.name].form(case)


def _named(thing: Thing, there: bool) -> str:
    """A thing as programs name it."""
    return f"{thing.name} ({thing.id if there else '-'})"


def _is_there(view: View, thing: Thing, *adjectives: str) -> str:
    """Asks for a thing, sometimes in the plural, as one asks for what one does not see."""
    noun = NOUNS[thing.name]
    many = view.random.random() < MANY_SHARE
    nominative = phrase(noun, *adjectives, many=many)
    accusative = phrase(noun, *adjectives, case="acc", many=many)
    seen = "видны" if many else noun.agree("виден", "видна", "видно", "видны")
    return view.word(
        sentence("есть ли", view.word(*HERE), nominative, end="?"),
        sentence("вы видите", view.word(*HERE), accusative, end="?"),
        sentence(view.word(*HERE), "есть", nominative, end="?"),
        sentence(seen, "ли", view.word(*HERE), nominative, end="?"),
    )


def _pair(view: View, seen: tuple[bool, bool]) -> tuple[tuple[Thing, bool], tuple[Thing, bool]] | None:
    """Two kinds of things, each with whether it is there, in an order drawn by lot."""
    chosen: list[tuple[Thing, bool]] = []
    for there in seen:
        taken = {each.name for each, _ in chosen}
        source = view.plan.things if there else view.elsewhere()
        thing = view.pick([each for each in source if each.name not in taken])
        if thing is None:
            return None
        chosen.append((thing, there))
    first, second = view.random.sample(chosen, 2)
    return first, second


def _both(pair: tuple[tuple[Thing, bool], tuple[Thing, bool]]) -> str:
    """What is true of two things, as a sentence without a full stop."""
    (first, here), (second, there) = pair
    if here and there:
        return f"на картинке есть и {_one(first)}, и {_one(second)}"
    if not here and not there:
        return f"на картинке нет ни {_one(first, 'gen')}, ни {_one(second, 'gen')}"
    shown, missing = (first, second) if here else (second, first)
    return f"на картинке есть {_one(shown)}, но нет {_one(missing, 'gen')}"


def _two(pair: tuple[tuple[Thing, bool], tuple[Thing, bool]], joint: str) -> tuple[Step, ...]:
    (first, here), (second, there) = pair
    return (
        Step("select", _named(first, here)),
        Step("exist", "?", (0,)),
        Step("select", _named(second, there)),
        Step("exist", "?", (2,)),
        Step(joint, "", (1, 3)),
    )


def _judged(
    kind: tuple[str, str, str], said: tuple[str, str], truth: bool, steps: tuple[Step, ...], things: tuple[Thing, ...]
) -> Question:
    """A yes-or-no question; `kind` is structural, detailed and subject, `said` the question and what is true."""
    structural, detailed, subject = kind
    words, true = said
    return Question(
        words,
        yes_no(truth),
        f"{yes_no(truth).capitalize()}, {true}.",
        (structural, "obj", detailed if truth else f"{detailed}C"),
        steps,
        "",
        subject,
        (detailed, subject),
        tuple(Reference(thing) for thing in things) if truth or structural == "logical" else (),
    )
