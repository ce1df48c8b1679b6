"""What is there to see about a character: questions and answers in Russian, from how it was drawn."""

from collections.abc import Mapping
from itertools import product
from random import Random

from lensmith.lab.worlds.adjectives import COLOURS, decline
from lensmith.lab.worlds.characters.cast import CAST, TARGETS
from lensmith.lab.worlds.characters.looks import COLOURS as PAINTS
from lensmith.lab.worlds.characters.looks import Looks, Mood
from lensmith.lab.worlds.characters.names import NAMES, capital
from lensmith.lab.worlds.characters.scene import Framing, Portrait
from lensmith.lab.worlds.characters.things import THINGS
from lensmith.lab.worlds.folder import Row
from lensmith.lab.worlds.nouns import Gender

# Nominative, accusative, gender.
HELD: Mapping[str, tuple[str, str, Gender]] = {
    "balloon": ("шарик", "шарик", "m"),
    "flower": ("цветок", "цветок", "m"),
    "book": ("книга", "книгу", "f"),
    "orange": ("апельсин", "апельсин", "m"),
    "sword": ("меч", "меч", "m"),
    "accordion": ("гармошка", "гармошку", "f"),
}
HEADS: Mapping[str, str] = {"nothing": "Ничего", "cap": "Шапка", "helmet": "Шлем", "hat": "Шляпа"}
WHERE: Mapping[str, str] = {"room": "в комнате", "forest": "в лесу", "street": "на улице", "meadow": "на лугу"}
MOODS: Mapping[Mood, tuple[str, str]] = {
    "glad": ("Весёлое", "весёлый"),
    "sad": ("Грустное", "грустный"),
    "surprised": ("Удивлённое", "удивлённый"),
}

_GENDERS: tuple[Gender, ...] = ("m", "f")

HEAD_QUESTIONS = ("Что у него на голове?", "Что на голове у этого персонажа?", "Что надето у него на голове?")
HELD_QUESTIONS = ("Что у него в руках?", "Что в руках у этого персонажа?")
HOLD_QUESTIONS = ("Что он держит?", "Что держит этот персонаж?")
COLOUR_QUESTIONS = ("Какого цвета {noun}?", "Какого цвета {noun} на картинке?")
PLACE_QUESTIONS = ("Где он находится?", "Где находится этот персонаж?", "Где это происходит?")
MOOD_QUESTIONS = ("Какое у него настроение?", "Какое настроение у этого персонажа?")
DESCRIBE_QUESTIONS = (
    "Опиши картинку одним предложением.",
    "Опиши в одном предложении, что нарисовано.",
    "Расскажи, что ты видишь.",
)


def ask_details(portrait: Portrait, random: Random) -> list[Row]:
    """Questions about what a target character wears, holds and feels and where it is, and a description.

    Only what can be seen is asked: hands and caps where the whole figure is on the picture, moods in a close-up,
    places where the ground is one.

    Args:
        portrait: of a target.
        random: decides phrasings.

    Returns:
        Rows with `question`, `answer`, `kind` and `asked` ("").
    """
    looks, whole = portrait.looks, portrait.framing == "whole"
    answer = describe(portrait.subject, looks, portrait.place, portrait.framing)
    rows = [_row("describe", random.choice(DESCRIBE_QUESTIONS), answer)]
    if whole:
        rows.append(_row("head", random.choice(HEAD_QUESTIONS), HEADS[looks.head]))
        rows.append(_held(looks.holds, random))
        if looks.holds != "nothing" and THINGS[looks.holds].coloured:
            noun, _, gender = HELD[looks.holds]
            rows.append(_colour(noun, gender, looks.colour, random))
        if looks.head == "cap":
            rows.append(_colour("шапка", "f", looks.cap, random))
    else:
        rows.append(_row("mood", random.choice(MOOD_QUESTIONS), MOODS[looks.mood][0]))
    if portrait.place in WHERE:
        rows.append(_row("place", random.choice(PLACE_QUESTIONS), capital(WHERE[portrait.place])))
    return rows


def describe(subject: str, looks: Looks, place: str, framing: Framing) -> str:
    """One sentence: who, in what mood or cap, where, holding what; says only what can be seen.

    >>> describe("kolobok", Looks(head="cap", cap="blue", holds="book", colour="red"), "forest", "whole")
    'Колобок в синей шапке стоит в лесу и держит красную книгу.'
    """
    name = NAMES[subject].nominative
    where = f" {WHERE[place]}" if place in WHERE else ""
    if framing == "close":
        return f"Крупным планом: {MOODS[looks.mood][1]} {name}{where}."
    cap = f" в {decline(COLOURS[looks.cap], 'f', 'prep')} шапке" if looks.head == "cap" else ""
    if looks.holds == "nothing":
        return capital(f"{name}{cap} стоит{where}.")
    _, noun, gender = HELD[looks.holds]
    colour = f"{decline(COLOURS[looks.colour], gender, 'acc')} " if THINGS[looks.holds].coloured else ""
    return capital(f"{name}{cap} стоит{where} и держит {colour}{noun}.")


def detail_sentences() -> list[str]:
    """Every question and every answer of this file."""
    found = [*HEAD_QUESTIONS, *HELD_QUESTIONS, *HOLD_QUESTIONS, *PLACE_QUESTIONS, *MOOD_QUESTIONS, *DESCRIBE_QUESTIONS]
    found += [*HEADS.values(), *(capital(each) for each in WHERE.values()), *(each[0] for each in MOODS.values())]
    found += [each.format(noun=noun) for each in COLOUR_QUESTIONS for noun in ("шапка", "шарик", "цветок", "книга")]
    found += [capital(decline(COLOURS[each], gender)) for each in PAINTS for gender in _GENDERS]
    found += [capital(form) for noun, accusative, _ in HELD.values() for form in (noun, accusative)]
    places = (*WHERE, "plain")
    found += [describe(who, Looks(mood), place, "close") for who, mood, place in product(TARGETS, MOODS, places)]
    for who, place in product(TARGETS, places):
        role = CAST[who]
        for head, holds, colour, cap in product(sorted({*role.heads}), role.holds, PAINTS, PAINTS):
            found.append(describe(who, Looks(head=head, holds=holds, colour=colour, cap=cap), place, "whole"))
    return list(dict.fromkeys(found))


def _held(holds: str, random: Random) -> Row:
    """What is in its hands: in the nominative, or in the accusative after «держит»."""
    noun, accusative, _ = HELD.get(holds, ("ничего", "ничего", "n"))
    if random.random() < 0.5:
        return _row("holds", random.choice(HELD_QUESTIONS), capital(noun))
    return _row("holds", random.choice(HOLD_QUESTIONS), capital(accusative))


def _colour(noun: str, gender: Gender, colour: str, random: Random) -> Row:
    """The colour of a thing, the adjective agreeing with it."""
    question = random.choice(COLOUR_QUESTIONS).format(noun=noun)
    return _row("colour", question, capital(decline(COLOURS[colour], gender)))


def _row(kind: str, question: str, answer: str) -> Row:
    return {"question": question, "answer": answer, "kind": kind, "asked": ""}
