"""Questions about the half of the picture in which a thing is."""

from lensmith.lab.worlds.gqa_ru.plan import Thing
from lensmith.lab.worlds.gqa_ru.question import SIDES, Question, Reference, Step, sentence
from lensmith.lab.worlds.gqa_ru.view import View, chain, yes_no


def ask_half(view: View, truth: bool) -> Question | None:
    """С какой стороны картинки находится стул?"""
    thing = _halved(view)
    if thing is None:
        return None
    reference = view.refer(thing)
    verb = reference.noun.verb("находится", "находятся")
    side = view.word("с какой стороны картинки", "на какой стороне фотографии", "с какой стороны")
    return _half(
        reference,
        ("query", "positionQuery"),
        sentence(side, verb, reference.say(), end="?"),
        Step("query", "hposition"),
    )


def choose_half(view: View, truth: bool) -> Question | None:
    """Стул слева или справа?"""
    thing = _halved(view)
    if thing is None:
        return None
    reference = view.refer(thing)
    verb = reference.noun.verb("находится", "находятся")
    one, two = view.random.sample(list(SIDES), 2)
    either = f"{SIDES[one]} или {SIDES[two]}"
    words = view.word(
        sentence(reference.say(), either, end="?"),
        sentence("где на картинке", verb, f"{reference.say()},", either, end="?"),
        sentence(reference.say(), verb, either, end="?"),
    )
    return _half(reference, ("choose", "positionChoose"), words, Step("choose hposition", f"{one}|{two}"))


def verify_half(view: View, truth: bool) -> Question | None:
    """Стул находится слева?"""
    thing = _halved(view)
    if thing is None:
        return None
    said = thing.half if truth else {"left": "right", "right": "left"}[thing.half]
    reference = view.refer(thing)
    verb = reference.noun.verb("находится", "находятся")
    part = {"left": "в левой части картинки", "right": "в правой части картинки"}[said]
    words = view.word(
        sentence(reference.say(), SIDES[said], end="?"),
        sentence(reference.say(), verb, SIDES[said], end="?"),
        sentence(verb, "ли", reference.say(), part, end="?"),
    )
    kind = ("verify", "positionVerify" if truth else "positionVerifyC")
    return _half(reference, kind, words, Step("verify hposition", said), yes_no(truth))


def _halved(view: View) -> Thing | None:
    return view.pick([each for each in view.plan.things if each.half])


def _half(reference: Reference, kind: tuple[str, str], words: str, step: Step, answer: str = "") -> Question:
    """A question about the side a thing is on; the answer is that side where none is given."""
    thing = reference.thing
    structural, detailed = kind
    true = f"{reference.say()} {reference.noun.verb('находится', 'находятся')} {SIDES[thing.half]}"
    return Question(
        words,
        answer or SIDES[thing.half],
        sentence(f"{answer}," if answer else "", true),
        (structural, "attr", detailed),
        chain(*reference.steps(), step),
        "",
        f"{thing.name}_hposition",
        (thing.id, "hposition"),
        (reference,),
    )
