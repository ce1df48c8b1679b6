"""Questions about one thing's colour, material and size: what it is, whether it is so, which of two it is."""

from functools import partial

from lensmith.lab.worlds.adjectives import COLOURS, MATERIALS, THAT, agree, decline
from lensmith.lab.worlds.gqa_ru.plan import Thing
from lensmith.lab.worlds.gqa_ru.question import ADJECTIVES, Question, Reference, Step, sentence
from lensmith.lab.worlds.gqa_ru.view import View, attributes, chain, values, yes_no
from lensmith.lab.worlds.nouns import NOUNS, Gender, Noun
from lensmith.lab.worlds.objects import PEOPLE

CLOTHES_GENDER: Gender = "f"  # одежда


def ask_colour(view: View, truth: bool) -> Question | None:
    """Какого цвета стул? The colour agrees with the noun."""
    thing = _pick(view, "color")
    if thing is None:
        return None
    reference = view.refer(thing, "color")
    answer = agree(COLOURS[thing.colour], reference.noun)
    tail = view.word("", "на картинке", "на этой фотографии")
    holder = view.plan.bearer(thing)
    if thing.stands == "held" and holder:
        tail = f", {agree(THAT, reference.noun, 'acc')} держит {NOUNS[holder.name].one}"
    words = f"Какого цвета {reference.say()}{tail if tail.startswith(',') else ' ' + tail if tail else ''}?"
    return _query(reference, "color", (words, answer, "directWhich"))


def ask_whose_colour(view: View, truth: bool) -> Question | None:
    """Какой цвет у стула? The answer names the colour by itself."""
    thing = _pick(view, "color")
    if thing is None:
        return None
    reference = view.refer(thing, "color")
    words = sentence(view.word("какой цвет у", "каков цвет"), reference.say("gen"), end="?")
    return _query(reference, "color", (words, COLOURS[thing.colour], "directOf"))


def ask_clothes(view: View, truth: bool) -> Question | None:
    """Какого цвета одежда на женщине?"""
    person = view.pick([each for each in view.plan.things if each.name in PEOPLE])
    if person is None:
        return None
    reference = Reference(person)
    answer = decline(COLOURS[person.colour], CLOTHES_GENDER)
    steps = chain(
        *reference.steps(),
        Step("relate", f"clothing,wearing,o ({person.id})"),
        Step("query", "color"),
    )
    return Question(
        view.word(
            f"Какого цвета одежда на {reference.say('prep')}?",
            f"Какого цвета одежда, в которую {_dressed(person)} {reference.say()}?",
        ),
        answer,
        f"Одежда на {reference.say('prep')} {answer}.",
        ("query", "attr", "directWhich"),
        steps,
        "color",
        f"{person.name}_clothes",
        (person.id, "clothes"),
        (reference,),
    )


def ask_material(view: View, truth: bool) -> Question | None:
    """Из чего сделан стол? — из дерева; какой материал у стола? — дерево."""
    thing = _pick(view, "material")
    if thing is None:
        return None
    reference = view.refer(thing, "material")
    _, material, of_material = MATERIALS[thing.material]
    if view.random.random() < 0.6:
        asked = view.word("из чего", "из какого материала")
        return _query(
            reference,
            "material",
            (sentence(asked, _made(thing), reference.say(), end="?"), f"из {of_material}", "material"),
        )
    asked = view.word("какой материал у", "каков материал")
    return _query(reference, "material", (sentence(asked, reference.say("gen"), end="?"), material, "material"))


def ask_size(view: View, truth: bool) -> Question | None:
    """Какого размера мяч?"""
    thing = _pick(view, "size")
    if thing is None:
        return None
    reference = view.refer(thing, "size")
    answer = agree(ADJECTIVES["size"][thing.size], reference.noun)
    return _query(reference, "size", (sentence("какого размера", reference.say(), end="?"), answer, "how"))


def verify_attribute(view: View, truth: bool) -> Question | None:
    """Стул красный? Стол сделан из дерева? Мяч большой?"""
    attribute = view.word("color", "color", "size")
    return _verify(view, attribute, truth, "verifyAttr")


def verify_material(view: View, truth: bool) -> Question | None:
    """Стол деревянный? Сделан ли стол из дерева?"""
    return _verify(view, "material", truth, "materialVerify")


def verify_two(view: View, truth: bool) -> Question | None:
    """Стул красный и деревянный? Where the answer is no, one of the two is wrong, or both are."""
    thing = view.pick([each for each in view.plan.things if len(attributes(each)) > 1])
    if thing is None:
        return None
    pairs = view.random.sample(attributes(thing), 2)
    wrong = () if truth else view.random.choice(((0,), (1,), (0, 1)))
    said = [
        (name, _false(view, thing, name)) if at in wrong else (name, value) for at, (name, value) in enumerate(pairs)
    ]
    reference = Reference(thing)
    noun = reference.noun
    first, second = (ADJECTIVES[name][value] for name, value in said)
    both, both_ins = (
        f"{agree(first, noun)} и {agree(second, noun)}",
        f"{agree(first, noun, 'ins')} и {agree(second, noun, 'ins')}",
    )
    words = view.word(
        sentence(reference.say(), both, end="?"),
        sentence(reference.say(), "и", both.replace(" и ", ", и "), end="?"),
        sentence(noun.verb("выглядит", "выглядят"), "ли", reference.say(), both_ins, end="?"),
        sentence("верно ли, что", reference.say(), both, end="?"),
    )
    true = " и ".join(agree(ADJECTIVES[name][value], noun) for name, value in pairs)
    steps = (
        *reference.steps(),
        *(Step(f"verify {name}", value, (0,)) for name, value in said),
        Step("and", "", (1, 2)),
    )
    return Question(
        words,
        yes_no(truth),
        f"{yes_no(truth).capitalize()}, {reference.say()} {true}.",
        ("logical", "attr", "verifyAttrs" if truth else "verifyAttrsC"),
        steps,
        "",
        f"{thing.name}_{'_'.join(value for _, value in said)}",
        (thing.id, *sorted(name for name, _ in said)),
        (reference,),
    )


def choose_attribute(view: View, truth: bool) -> Question | None:
    """Стул красный или синий? Какого цвета стул, красного или синего? Мяч выглядит большим или маленьким?"""
    attribute = view.word("color", "color", "size")
    return _choose(view, attribute, "chooseAttr")


def choose_material(view: View, truth: bool) -> Question | None:
    """Из чего сделан стол, из дерева или из стекла? Стол деревянный или стеклянный?"""
    return _choose(view, "material", "materialChoose")


# Wordings of a choice, and the form that the two values take in each.
CHOICES = {
    "color": (
        ("{nom} {a} или {b}?", "nom"),
        ("Какого цвета {nom}, {a} или {b}?", "of"),
        ("{nom} {looks} {a} или {b}?", "ins"),
    ),
    "size": (("{nom} {a} или {b}?", "nom"), ("{nom} {looks} {a} или {b}?", "ins")),
    "material": (("{nom} {a} или {b}?", "nom"), ("Из чего {made} {nom}, {a} или {b}?", "of")),
}


def _say(form: str, noun: Noun, attribute: str, value: str) -> str:
    """A value: красный, красным, красного (цвета), из дерева."""
    if form == "of":
        return decline(COLOURS[value], "m", "gen") if attribute == "color" else f"из {MATERIALS[value][2]}"
    return agree(ADJECTIVES[attribute][value], noun, "ins" if form == "ins" else "nom")


def _pick(view: View, attribute: str) -> Thing | None:
    return view.pick([each for each in view.plan.things if attribute in dict(attributes(each))])


def _false(view: View, thing: Thing, attribute: str) -> str:
    """A value that a thing of this kind may have and this one has not."""
    true = dict(attributes(thing))[attribute]
    return view.random.choice([value for value in values(thing, attribute) if value != true])


def _made(thing: Thing) -> str:
    return NOUNS[thing.name].agree("сделан", "сделана", "сделано", "сделаны")


def _dressed(thing: Thing) -> str:
    return NOUNS[thing.name].agree("одет", "одета", "одето", "одеты")


def _state(thing: Thing, attribute: str) -> str:
    """The truth about a thing's attribute, as a sentence without a full stop."""
    noun = NOUNS[thing.name]
    value = dict(attributes(thing))[attribute]
    said = (
        f"{_made(thing)} из {MATERIALS[value][2]}"
        if attribute == "material"
        else agree(ADJECTIVES[attribute][value], noun)
    )
    return f"{noun.one} {said}"


def _query(reference: Reference, attribute: str, asked: tuple[str, str, str]) -> Question:
    """A question for an attribute; `asked` is its words, its answer and its detailed type."""
    words, answer, detailed = asked
    thing = reference.thing
    return Question(
        words,
        answer,
        sentence(_state(thing, attribute)),
        ("query", "attr", detailed),
        (*reference.steps(), Step("query", attribute, (len(reference.attributes),))),
        attribute,
        f"{thing.name}_{attribute}",
        (thing.id, attribute),
        (reference,),
    )


def _verify(view: View, attribute: str, truth: bool, detailed: str) -> Question | None:
    thing = _pick(view, attribute)
    if thing is None:
        return None
    value = dict(attributes(thing))[attribute] if truth else _false(view, thing, attribute)
    reference = view.refer(thing, attribute)
    noun, adjective = reference.noun, ADJECTIVES[attribute][value]
    ways = [
        sentence(reference.say(), agree(adjective, noun), end="?"),
        sentence(reference.say(), noun.verb("выглядит", "выглядят"), agree(adjective, noun, "ins"), end="?"),
        sentence(noun.verb("является", "являются"), "ли", reference.say(), agree(adjective, noun, "ins"), end="?"),
    ]
    if attribute == "color":
        ways.append(sentence("у", reference.say("gen"), adjective, "цвет", end="?"))
        ways.append(sentence(reference.say(), decline(adjective, "m", "gen"), "цвета", end="?"))
    if attribute == "material":
        of_material = MATERIALS[value][2]
        ways = [
            ways[0],
            sentence(_made(thing), "ли", reference.say(), f"из {of_material}", end="?"),
            sentence(reference.say(), _made(thing), f"из {of_material}", end="?"),
        ]
    return Question(
        view.word(*ways),
        yes_no(truth),
        f"{yes_no(truth).capitalize()}, {_state(thing, attribute)}.",
        ("verify", "attr", detailed if truth else f"{detailed}C"),
        (*reference.steps(), Step(f"verify {attribute}", value, (len(reference.attributes),))),
        "",
        f"{thing.name}_{value}",
        (thing.id, attribute),
        (reference,),
    )


def _choose(view: View, attribute: str, detailed: str) -> Question | None:
    thing = _pick(view, attribute)
    if thing is None:
        return None
    right, wrong = dict(attributes(thing))[attribute], _false(view, thing, attribute)
    reference = view.refer(thing, attribute)
    noun = reference.noun
    template, form = view.random.choice(CHOICES[attribute])
    say = partial(_say, form, noun, attribute)
    first, second = view.random.sample((right, wrong), 2)
    words = template.format(
        nom=reference.say(), a=say(first), b=say(second), looks=noun.verb("выглядит", "выглядят"), made=_made(thing)
    )
    return Question(
        words[0].upper() + words[1:],
        say(right),
        sentence(_state(thing, attribute)),
        ("choose", "attr", detailed),
        (*reference.steps(), Step(f"choose {attribute}", f"{first}|{second}", (len(reference.attributes),))),
        attribute,
        f"{thing.name}_{attribute}",
        (thing.id, attribute),
        (reference,),
    )
