"""Questions about two things together: one colour, what they share, which is bigger."""

from itertools import combinations

from lensmith.lab.worlds.adjectives import agree
from lensmith.lab.worlds.gqa_ru.plan import Thing
from lensmith.lab.worlds.gqa_ru.question import ADJECTIVES, Question, Reference, Step, sentence
from lensmith.lab.worlds.gqa_ru.view import View, attributes, yes_no

Pair = tuple[Thing, Thing]


def verify_same_colour(view: View, truth: bool) -> Question | None:
    """Стул и мяч одного цвета?"""
    pair = _pair(view, same=truth)
    if pair is None:
        return None
    first, second = map(Reference, pair)
    words = view.word(
        sentence(first.say(), "и", second.say(), "одного цвета", end="?"),
        sentence("цвет", first.say("gen"), "такой же, как цвет", second.say("gen"), end="?"),
        sentence("совпадает ли цвет", first.say("gen"), "с цветом", second.say("gen"), end="?"),
    )
    return _compared(pair, (words, "twoSame"), truth)


def verify_other_colour(view: View, truth: bool) -> Question | None:
    """Отличается ли стул по цвету от мяча?"""
    pair = _pair(view, same=not truth)
    if pair is None:
        return None
    first, second = map(Reference, pair)
    differs = first.noun.verb("отличается", "отличаются")
    words = view.word(
        sentence(first.say(), "и", second.say(), "разного цвета", end="?"),
        sentence(differs, "ли", first.say(), "по цвету от", second.say("gen"), end="?"),
        sentence("различаются ли цвета", first.say("gen"), "и", second.say("gen"), end="?"),
    )
    return _compared(pair, (words, "twoDifferent"), truth)


def ask_common(view: View, truth: bool) -> Question | None:
    """Что общего у стола и чашки? — цвет; asked where they share one of colour and material, each as often."""
    wanted = view.word("color", "material")
    pairs = [
        pair
        for pair in combinations(view.plan.things, 2)
        if (shared := _shared(pair))
        and [name for name, same in shared.items() if same] == [wanted]
        and len(shared) == 2
    ]
    pair = view.pick(pairs)
    if pair is None:
        return None
    first, second = map(Reference, view.random.sample(pair, 2))
    answer = {"color": "цвет", "material": "материал"}[wanted]
    return Question(
        sentence("что общего у", first.say("gen"), "и", second.say("gen"), end="?"),
        answer,
        sentence("у", first.say("gen"), "и", second.say("gen"), "общий", answer),
        ("compare", "attr", "twoCommon"),
        (*first.steps(), *second.steps(), Step("common", "", (0, 1))),
        "attribute",
        f"{first.thing.name}_{second.thing.name}",
        ("common", *sorted(each.id for each in pair)),
        (first, second),
    )


def ask_bigger(view: View, truth: bool) -> Question | None:
    """Что больше, стол или мяч?"""
    pairs = [pair for pair in combinations(view.plan.things, 2) if {each.size for each in pair} == {"big", "small"}]
    pair = view.pick(pairs)
    if pair is None:
        return None
    first, second = map(Reference, view.random.sample(pair, 2))
    wanted, word = view.random.choice((("big", "больше"), ("small", "меньше")))
    answer, other = (first, second) if first.thing.size == wanted else (second, first)
    who = "кто" if first.noun.animate and second.noun.animate else "что"
    return Question(
        sentence(who, f"{word},", first.say(), "или", second.say(), end="?"),
        answer.say(),
        sentence(answer.say(), f"{word},", "чем", other.say()),
        ("compare", "attr", "comparativeChoose"),
        (*first.steps(), *second.steps(), Step(f"choose {'larger' if wanted == 'big' else 'smaller'}", "", (0, 1))),
        "object",
        f"{first.thing.name}_{second.thing.name}",
        ("size", *sorted(each.id for each in pair)),
        (first, second),
        answer.thing,
    )


def _shared(pair: Pair) -> dict[str, bool]:
    """For each of colour and material that both things are known by, whether it is the same."""
    first, second = map(dict, map(attributes, pair))
    return {name: first[name] == second[name] for name in ("color", "material") if name in first and name in second}


def _pair(view: View, *, same: bool) -> Pair | None:
    """Two things, in an order drawn by lot, of one colour or of two."""
    pair = view.pick([pair for pair in combinations(view.plan.things, 2) if _shared(pair).get("color") is same])
    if pair is None:
        return None
    first, second = view.random.sample(pair, 2)
    return first, second


def _state(reference: Reference, too: str = "") -> str:
    colour = agree(ADJECTIVES["color"][reference.thing.colour], reference.noun)
    return " ".join(part for part in (reference.say(), too, colour) if part)


def _compared(pair: Pair, asked: tuple[str, str], truth: bool) -> Question:
    """A yes-or-no question about two colours; `asked` is its words and its detailed type."""
    words, detailed = asked
    first, second = map(Reference, pair)
    same = truth == (detailed == "twoSame")
    true = f"{_state(first)}, {'и' if same else 'а'} {_state(second, 'тоже' if same else '')}"
    operation = "same" if detailed == "twoSame" else "different"
    return Question(
        words,
        yes_no(truth),
        f"{yes_no(truth).capitalize()}, {true}.",
        ("compare", "attr", detailed if truth else f"{detailed}C"),
        (*first.steps(), *second.steps(), Step(f"{operation} color", "", (0, 1))),
        "",
        f"{first.thing.name}_{second.thing.name}",
        ("color", *sorted(each.id for each in pair)),
        (first, second),
    )
