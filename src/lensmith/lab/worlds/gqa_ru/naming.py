"""Questions for the name of a thing by its category: which animal, which piece of furniture, this one or that one."""

from lensmith.lab.worlds.adjectives import COLOURS, MATERIALS, WHICH, decline
from lensmith.lab.worlds.gqa_ru.categories import CATEGORIES, category_of
from lensmith.lab.worlds.gqa_ru.plan import Thing
from lensmith.lab.worlds.gqa_ru.question import ADJECTIVES, Question, Reference, Step, sentence
from lensmith.lab.worlds.gqa_ru.view import View, attributes, chain
from lensmith.lab.worlds.nouns import NOUNS


def ask_category(view: View, truth: bool) -> Question | None:
    """Какое животное на картинке? Asked where there is one."""
    found = [(each, category_of(each.name)) for each in view.plan.things]
    alone = [pair for pair in found if pair[1] in CATEGORIES and [each[1] for each in found].count(pair[1]) == 1]
    pair = view.pick(alone)
    if pair is None:
        return None
    thing, category = pair
    words, gender, _ = CATEGORIES[category]
    which = decline(WHICH, gender)
    asked = view.word(
        sentence(which, words, view.word("на картинке", "на этой фотографии", "здесь"), end="?"),
        sentence(which, "это", words, end="?"),
    )
    return _which(thing, category, (asked, "category"), (Step("select", f"{category} ({thing.id})"),))


def ask_category_with(view: View, truth: bool) -> Question | None:
    """Какой предмет мебели деревянный? Какое животное чёрное?"""
    told = [
        (each, attribute, value)
        for each in view.plan.things
        for attribute, value in attributes(each)
        if category_of(each.name) in CATEGORIES
    ]
    chosen = view.pick(told)
    if chosen is None:
        return None
    thing, attribute, value = chosen
    category = category_of(thing.name)
    words, gender, names = CATEGORIES[category]
    same = [each for each in view.plan.things if each.name in names and (attribute, value) in attributes(each)]
    if len(same) > 1:
        return None
    said = decline(ADJECTIVES[attribute][value], gender)
    ways = [sentence(decline(WHICH, gender), words, said, end="?")]
    if attribute == "color":
        ways.append(sentence(decline(WHICH, gender), words, decline(COLOURS[value], "m", "gen"), "цвета", end="?"))
    if attribute == "material":
        made = {"m": "сделан", "n": "сделано"}[gender]
        ways.append(sentence(decline(WHICH, gender), words, made, f"из {MATERIALS[value][2]}", end="?"))
    steps = chain(Step("select", f"{category} ({thing.id})"), Step(f"filter {attribute}", value))
    return _which(thing, category, (view.word(*ways), "categoryAttr"), steps)


def choose_thing(view: View, truth: bool) -> Question | None:
    """Что есть на картинке, стол или стул? The other one is in another plan and of the same category."""
    others = view.elsewhere()
    pairs = [
        (thing, other)
        for thing in view.plan.things
        for other in others
        if category_of(thing.name) == category_of(other.name)
    ]
    pair = view.pick(pairs)
    if pair is None:
        return None
    thing, other = pair
    first, second = view.random.sample([NOUNS[each.name] for each in pair], 2)
    who = "кто" if NOUNS[thing.name].animate else "что"
    words = view.word(
        sentence(who, "есть", view.word("на картинке,", "на этом изображении,"), first.one, "или", second.one, end="?"),
        sentence(
            who, "здесь изображён," if who == "кто" else "здесь изображено,", first.one, "или", second.one, end="?"
        ),
    )
    category = category_of(thing.name)
    steps = chain(Step("select", f"{category} ({thing.id})"), Step("choose name", f"{thing.name}|{other.name}"))
    return Question(
        words,
        NOUNS[thing.name].one,
        sentence("на картинке есть", NOUNS[thing.name].one),
        ("choose", "cat", "objThisChoose"),
        steps,
        category,
        f"{thing.name}_{other.name}",
        ("name", thing.id),
        (Reference(thing),),
        thing,
    )


def _which(thing: Thing, category: str, asked: tuple[str, str], steps: tuple[Step, ...]) -> Question:
    words, detailed = asked
    noun = NOUNS[thing.name]
    return Question(
        words,
        noun.one,
        sentence("это", noun.one),
        ("query", "cat", detailed),
        (*steps, Step("query", "name", (len(steps) - 1,))),
        category,
        category,
        ("name", thing.id),
        (Reference(thing),),
        thing,
    )
