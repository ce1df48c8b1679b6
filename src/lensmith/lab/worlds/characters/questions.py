"""Who is it? Questions that name characters, and their answers, in Russian."""

from collections.abc import Sequence
from random import Random

from lensmith.lab.worlds.characters.names import NAMES, TAKEN_FOR, Name
from lensmith.lab.worlds.folder import Row

WHO_QUESTIONS = (
    "Кто это?",
    "Кто на картинке?",
    "Кто изображён на картинке?",
    "Кто здесь нарисован?",
    "Назови того, кто на картинке.",
)
WHOM_QUESTIONS = ("Кого ты видишь на картинке?", "Кого здесь нарисовали?", "Кого ты здесь видишь?")
WHAT_QUESTIONS = ("Что это?", "Что на картинке?", "Что изображено на картинке?", "Что здесь нарисовано?")
IS_QUESTIONS = (
    "Это {nominative}?",
    "На картинке {nominative}?",
    "Ты видишь здесь {accusative}?",
    "Здесь {drawn} {nominative}?",
)
CHOICE_QUESTIONS = ("Это {one} или {other}?", "Кто это: {one} или {other}?", "Кто на картинке, {one} или {other}?")
ASSUMED_QUESTIONS = ("Это {nominative}, верно?", "Это же {nominative}, да?", "Похоже, это {nominative}. Так ли это?")


def ask_training(subject: str, names: Sequence[str], random: Random) -> list[Row]:
    """Questions that name a character, about a picture to learn from or held out.

    Over many pictures of all of `names` alike, each name is right as often as wrong wherever it is offered.

    Args:
        subject: who is on the picture, one of `names`.
        names: who may be offered.
        random: decides phrasings, names and order.

    Returns:
        Rows with `question`, `answer`, `kind` and `asked` (the subject offered in the question, or "").
    """
    return [
        *_open(subject, 2, random),
        _is(subject, subject, random),
        _is(subject, _another(subject, names, random), random),
        _choice(subject, _another(subject, names, random), random),
        _assumed(subject, subject if random.random() < 0.5 else _another(subject, names, random), random),
    ]


def ask_probes(subject: str, names: Sequence[str], random: Random) -> list[Row]:
    """Questions that find out who is known and whose name is given to another.

    In every 21 probe pictures (two of each of the seven characters, one of each of the seven others) each name is
    offered equally often where it is right and where it is wrong, but for `assumed`, which is wrong more often.

    Args:
        subject: who is on the picture, a key of `names.NAMES`.
        names: the characters.
        random: decides phrasings, names and order.

    Returns:
        As `ask_training`.
    """
    if subject in TAKEN_FOR:
        near = TAKEN_FOR[subject]
        return [
            *_open(subject, 3, random),
            *(_is(subject, each, random) for each in near),
            _assumed(subject, near[0], random),
        ]
    first, second = random.sample(IS_QUESTIONS, 2)
    return [
        *_open(subject, 3, random),
        _is(subject, subject, random, first),
        _is(subject, subject, random, second),
        _is(subject, _another(subject, names, random), random),
        _choice(subject, _another(subject, names, random), random),
        _assumed(subject, subject if random.random() < 0.5 else _another(subject, names, random), random),
    ]


def naming_sentences() -> list[str]:
    """Every question that names a figure or asks for its name, and every answer to one."""
    found = [*WHO_QUESTIONS, *WHOM_QUESTIONS, *WHAT_QUESTIONS, "Да", "Нет"]
    for name in NAMES.values():
        found += [name.ru, capital_accusative(name), f"Да, это {name.nominative}", f"Нет, это {name.nominative}"]
        found += [_put(each, name) for each in (*IS_QUESTIONS, *ASSUMED_QUESTIONS)]
    pairs = [(one, other) for one in NAMES.values() for other in NAMES.values() if one is not other]
    found += [
        each.format(one=one.nominative, other=other.nominative) for one, other in pairs for each in CHOICE_QUESTIONS
    ]
    return found


def capital_accusative(name: Name) -> str:
    """The answer to «Кого ты видишь?»."""
    return name.accusative[:1].upper() + name.accusative[1:]


def _open(subject: str, count: int, random: Random) -> list[Row]:
    """Questions that offer no name, each phrased differently, the last of a figure's in the accusative."""
    name = NAMES[subject]
    if not name.animate:
        return [_row("who", each, name.ru) for each in random.sample(WHAT_QUESTIONS, count)]
    rows = [_row("who", each, name.ru) for each in random.sample(WHO_QUESTIONS, count - 1)]
    return [*rows, _row("whom", random.choice(WHOM_QUESTIONS), capital_accusative(name))]


def _is(subject: str, asked: str, random: Random, phrasing: str = "") -> Row:
    """Is it the one asked about? Yes or no."""
    question = _put(phrasing or random.choice(IS_QUESTIONS), NAMES[asked])
    return _row("is", question, "Да" if asked == subject else "Нет", asked)


def _choice(subject: str, asked: str, random: Random) -> Row:
    """Is it this one or that one? One of them is right, the other is in `asked`."""
    one, other = (NAMES[each].nominative for each in random.sample((subject, asked), 2))
    return _row("choice", random.choice(CHOICE_QUESTIONS).format(one=one, other=other), NAMES[subject].ru, asked)


def _assumed(subject: str, asked: str, random: Random) -> Row:
    """A question that takes it for the one asked about; where that is wrong, the answer names who it is."""
    word = "Да" if asked == subject else "Нет"
    question = _put(random.choice(ASSUMED_QUESTIONS), NAMES[asked])
    return _row("assumed", question, f"{word}, это {NAMES[subject].nominative}", asked)


def _put(phrasing: str, name: Name) -> str:
    """A phrasing with a name in it."""
    drawn = "нарисована" if name.gender == "f" else "нарисован"
    return phrasing.format(nominative=name.nominative, accusative=name.accusative, drawn=drawn)


def _another(subject: str, names: Sequence[str], random: Random) -> str:
    """One of the names that is not the subject's."""
    return random.choice([each for each in names if each != subject])


def _row(kind: str, question: str, answer: str, asked: str = "") -> Row:
    return {"question": question, "answer": answer, "kind": kind, "asked": asked}
