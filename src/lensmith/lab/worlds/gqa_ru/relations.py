"""Open questions about how things stand to each other: beside, on, under, held and worn."""

from lensmith.lab.worlds.adjectives import WHICH, decline
from lensmith.lab.worlds.gqa_ru.categories import CATEGORIES
from lensmith.lab.worlds.gqa_ru.finding import aside, borne_where, is_at, pick_beside, pick_bond, posture
from lensmith.lab.worlds.gqa_ru.plan import Thing
from lensmith.lab.worlds.gqa_ru.question import PROGRAM_SIDES, Question, Reference, Step, sentence
from lensmith.lab.worlds.gqa_ru.view import View
from lensmith.lab.worlds.nouns import NOUNS


def ask_beside(view: View, truth: bool) -> Question | None:
    """Что находится слева от стола? Asked where only one thing can be meant; of what lives, it is «кто»."""
    alive = view.random.random() < 0.5
    found = pick_beside(view, lambda each: NOUNS[each.name].animate == alive)
    if found is None:
        return None
    answer, side, thing = found
    reference = view.refer(thing)
    who = "кто" if alive else "что"
    words = sentence(who, view.word("находится", "находится", posture(answer)), aside(side, reference), end="?")
    full = sentence(NOUNS[answer.name].one, is_at(answer), aside(side, reference))
    relation = f"{'creature' if alive else 'object'},{PROGRAM_SIDES[side]},s"
    return _relate(reference, relation, answer, (words, full, "relS", "object"))


def ask_category_beside(view: View, truth: bool) -> Question | None:
    """Какое животное находится справа от стула?"""
    category = view.word(*CATEGORIES)
    words, gender, names = CATEGORIES[category]
    found = pick_beside(view, lambda each: each.name in names)
    if found is None:
        return None
    answer, side, thing = found
    reference = view.refer(thing)
    verb = view.word("находится", "", {"m": "расположен", "n": "расположено"}[gender])
    asked = sentence(decline(WHICH, gender), words, verb, aside(side, reference), end="?")
    full = sentence(NOUNS[answer.name].one, is_at(answer), aside(side, reference))
    relation = f"{category},{PROGRAM_SIDES[side]},s"
    return _relate(reference, relation, answer, (asked, full, "categoryRelS", category))


def ask_borne(view: View, truth: bool) -> Question | None:
    """Что лежит на столе? Кто сидит под деревом?"""
    found = pick_bond(view, ("on", "under"))
    if found is None:
        return None
    answer, how, bearer = found
    reference = view.refer(bearer)
    noun = NOUNS[answer.name]
    who = "кто" if noun.animate else "что"
    words = sentence(who, view.word("находится", posture(answer)), borne_where(how, reference), end="?")
    full = sentence(noun.one, posture(answer), borne_where(how, reference))
    return _relate(reference, f"_,{how},s", answer, (words, full, "relS", "object"))


def ask_bearer(view: View, truth: bool) -> Question | None:
    """На чём лежит книга? — на столе; под чем сидит собака? — под деревом."""
    found = pick_bond(view, ("on", "under"))
    if found is None:
        return None
    borne, how, bearer = found
    reference = view.refer(borne)
    answer = borne_where(how, Reference(bearer))
    words = sentence("на чём" if how == "on" else "под чем", posture(borne), reference.say(), end="?")
    full = sentence(reference.say(), posture(borne), answer)
    return _relate(reference, f"_,{how},o", bearer, (words, full, "relO", "object"), answer)


def ask_held(view: View, truth: bool) -> Question | None:
    """Что держит женщина? — книгу; что в руке у женщины? — книга."""
    found = pick_bond(view, ("held",))
    if found is None:
        return None
    held, _, person = found
    reference = view.refer(person)
    accusative = NOUNS[held.name].form("acc")
    full = sentence(reference.say(), "держит", accusative)
    if view.random.random() < 0.6:
        words = sentence("что держит", view.word("", "в руке"), reference.say(), end="?")
        return _relate(reference, "_,holding,o", held, (words, full, "relO", "object"), accusative)
    words = sentence("что", view.word("", "находится"), "в руке у", reference.say("gen"), end="?")
    return _relate(reference, "_,holding,o", held, (words, full, "relO", "object"))


def ask_holder(view: View, truth: bool) -> Question | None:
    """Кто держит зонт? Кто в шляпе?"""
    found = pick_bond(view, ("held", "worn"))
    if found is None:
        return None
    thing, how, person = found
    reference, noun = view.refer(thing), NOUNS[person.name]
    if how == "held":
        words = sentence("кто держит", view.word("", "в руке"), reference.say("acc"), end="?")
        full = sentence(noun.one, "держит", reference.say("acc"))
        return _relate(reference, "person,holding,s", person, (words, full, "relS", "person"))
    words = view.word(
        sentence("кто в", reference.say("prep"), end="?"), sentence("кто носит", reference.say("acc"), end="?")
    )
    full = sentence(noun.one, "в", reference.say("prep"))
    return _relate(reference, "person,wearing,s", person, (words, full, "relS", "person"))


def _relate(
    reference: Reference, relation: str, found: Thing, asked: tuple[str, str, str, str], answer: str = ""
) -> Question:
    """A question for a thing by its relation to another.

    Args:
        reference: the other thing.
        relation: as programs write it.
        found: the thing that is asked for.
        asked: the question, the full answer, the detailed type and the domain.
        answer: where it is not the thing's noun in the nominative.
    """
    words, full, detailed, domain = asked
    at = len(reference.attributes)
    steps = (Step("relate", f"{relation} ({found.id})", (at,)), Step("query", "name", (at + 1,)))
    return Question(
        words,
        answer or NOUNS[found.name].one,
        full,
        ("query", "rel", detailed),
        (*reference.steps(), *steps),
        domain,
        f"{reference.thing.name}_{relation.partition(',')[2]}",
        (relation, reference.thing.id),
        (reference, Reference(found)),
        found,
    )
