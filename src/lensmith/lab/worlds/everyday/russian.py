"""Everyday questions and answers in Russian: nouns in their cases, adjectives that agree."""

from collections.abc import Mapping
from random import Random

from lensmith.lab.worlds.adjectives import COLOURS, MATERIALS, agree, decline, phrase
from lensmith.lab.worlds.everyday.asked import Asked, Mention
from lensmith.lab.worlds.nouns import NOUNS as OBJECT_NOUNS
from lensmith.lab.worlds.nouns import Noun, read_nouns
from lensmith.lab.worlds.objects import PEOPLE

_TABLE = """
circle m круг круга круг кругом круге / круги кругов кругами кругах
square m квадрат квадрата квадрат квадратом квадрате / квадраты квадратов квадратами квадратах
triangle m треугольник треугольника треугольник треугольником треугольнике
    / треугольники треугольников треугольниками треугольниках
star f звезда звезды звезду звездой звезде / звёзды звёзд звёздами звёздах
ring n кольцо кольца кольцо кольцом кольце / кольца колец кольцами кольцах
heart n сердце сердца сердце сердцем сердце / сердца сердец сердцами сердцах
cross m крест креста крест крестом кресте / кресты крестов крестами крестах
diamond m ромб ромба ромб ромбом ромбе / ромбы ромбов ромбами ромбах
sign f табличка таблички табличку табличкой табличке / таблички табличек табличками табличках
matryoshka f+ матрёшка матрёшки матрёшку матрёшкой матрёшке / матрёшки матрёшек матрёшками матрёшках
spider-man m+ Человек-паук Человека-паука Человека-паука Человеком-пауком Человеке-пауке
    / Люди-пауки Людей-пауков Людьми-пауками Людях-пауках
superman m+ Супермен Супермена Супермена Суперменом Супермене / Супермены Суперменов Суперменами Суперменах
"""
NOUNS: Mapping[str, Noun] = {**OBJECT_NOUNS, **read_nouns(_TABLE.replace("\n    /", " /"))}

PARTS = {"left": "слева", "right": "справа", "top": "вверху", "bottom": "внизу", "middle": "в середине"}
# What stands before the other thing, and the case that it takes.
RELATIONS = {"left": "слева от", "right": "справа от", "above": "над", "below": "под"}
SIZES = {"bigger": "больше", "smaller": "меньше"}
PATTERNS = {"stripes": "полоски", "checks": "клетка", "dots": "горошек", "plain": "нет узора"}
IN_PATTERN = {"stripes": "в полоску", "checks": "в клетку", "dots": "в горошек"}
POSES = {"sitting": ("сидит", "сидят"), "standing": ("стоит", "стоят"), "flying": ("летит", "летят")}
GROUPS = {"animal": "животное", "vehicle": "транспорт", "fruit": "фрукт", "person": "человек"}
SCENES = {"room": "комната", "street": "улица", "meadow": "луг", "sky": "небо", "water": "море"}
AT = {"room": "в комнате", "street": "на улице", "meadow": "на лугу", "sky": "в небе", "water": "на море"}
TIMES = {"day": "день", "night": "ночь"}
YES_NO = {"yes": "да", "no": "нет"}

PHRASES: dict[str, tuple[str, ...]] = {
    "what": ("Что на картинке?", "Назови, что на картинке.", "Что изображено на картинке?", "Что здесь нарисовано?"),
    "shape": ("Какая это фигура?", "Какая фигура на картинке?", "Какая фигура здесь нарисована?"),
    "shape_of_colour": ("Какая фигура {of_colour} цвета?", "Какая здесь фигура {of_colour} цвета?"),
    "caption": ("Опиши картинку.", "Опиши картинку одним предложением.", "Что происходит на картинке?", "Дай подпись."),
    "who": (
        "Кто это?",
        "Кто на картинке?",
        "Кто изображён на картинке?",
        "Кто здесь нарисован?",
        "Назови того, кто на картинке.",
    ),
    "whom": ("Кого ты видишь на картинке?", "Кого здесь нарисовали?", "Кого ты здесь видишь?"),
    "who_check": ("Это {nom_a}?", "На картинке {nom_a}?", "Ты видишь здесь {acc_a}?", "Здесь {drawn} {nom_a}?"),
    "who_choice": (
        "Это {first} или {second}?",
        "Кто это: {first} или {second}?",
        "Кто на картинке, {first} или {second}?",
    ),
    "presence": (
        "Есть ли здесь {nom_a}?",
        "Есть ли на картинке {nom_a}?",
        "На картинке есть {nom_a}?",
        "Видишь ли ты {acc_a}?",
        "Ты видишь здесь {acc_a}?",
    ),
    "coloured": (
        "Есть ли здесь {coloured}?",
        "Есть ли на картинке {coloured}?",
        "На картинке есть {coloured}?",
        "Видишь ли ты {acc_coloured}?",
    ),
    "group_check": ("Есть ли здесь {given}?", "Есть ли на картинке {given}?", "На картинке есть {given}?"),
    "count": (
        "Сколько здесь {many}?",
        "Сколько {many} на картинке?",
        "Сколько {many} ты видишь?",
        "Сосчитай, сколько здесь {many}.",
    ),
    "total": ("Сколько здесь всего предметов?", "Сколько всего предметов на картинке?", "Сосчитай все предметы."),
    "colour": ("Какого цвета {nom_a}?", "Какого цвета {nom_a} на картинке?", "{Which_a} по цвету {nom_a}?"),
    "colour_check": (
        "{Nom_a} {coloured_a}?",
        "{Nom_a} {of_colour} цвета?",
        "Правда ли, что {nom_a} {of_colour} цвета?",
    ),
    "clothes": ("Какого цвета одежда у {gen_a}?", "Одежда у {gen_a} какого цвета?"),
    "clothes_check": ("Одежда у {gen_a} {of_colour} цвета?", "{Nom_a} в одежде {of_colour} цвета?"),
    "by_colour": (
        "Что здесь {of_colour} цвета?",
        "Что на картинке {of_colour} цвета?",
        "Назови, что здесь {of_colour} цвета.",
    ),
    "same_colour": ("{Nom_a} и {nom_b} одного цвета?", "Правда ли, что {nom_a} и {nom_b} одного цвета?"),
    "material": ("Из чего {made_a} {nom_a}?", "Из какого материала {made_a} {nom_a}?"),
    "material_check": ("{Nom_a} из {given}?", "{Nom_a} {made_a} из {given}?", "Правда ли, что {nom_a} из {given}?"),
    "pattern": ("Какой узор {on_a}?", "Какой здесь узор {on_a}?", "Назови узор {on_a}."),
    "pattern_check": ("Узор {on_a} {given}?", "{On_a} узор {given}?"),
    "pose": ("{Nom_a} {first} или {second}?", "Что делает {nom_a}: {first} или {second}?"),
    "hat_check": ("{Nom_a} в шляпе?", "Есть ли шляпа на голове у {gen_a}?", "На голове у {gen_a} шляпа?"),
    "hat_colour": ("Какого цвета шляпа у {gen_a}?", "Шляпа у {gen_a} какого цвета?"),
    "holding": ("Что в руке у {gen_a}?", "Что у {gen_a} в руке?"),
    "held": ("Что держит {nom_a}?", "Что {nom_a} держит в руке?"),
    "label": ("Что написано на табличке?", "Прочитай табличку.", "Какая надпись на табличке?", "Что здесь написано?"),
    "label_check": ("На табличке написано {given}?", "Верно ли, что на табличке написано {given}?"),
    "shirt_label": ("Что написано на одежде у {gen_a}?", "Какая надпись на одежде у {gen_a}?"),
    "shirt_label_check": (
        "На одежде у {gen_a} написано {given}?",
        "Верно ли, что на одежде у {gen_a} написано {given}?",
    ),
    "where": (
        "Где {nom_a}?",
        "Где {is_a} {nom_a}?",
        "Где на картинке {nom_a}?",
        "В какой части картинки {nom_a}?",
    ),
    "what_at": ("Что {given}?", "Что находится {given}?", "Что нарисовано {given}?", "Назови, что {given}."),
    "colour_at": ("Какого цвета то, что {given}?", "То, что {given}, какого цвета?"),
    "relation": ("Что {given} {beside_a}?", "Что находится {given} {beside_a}?", "Назови, что {given} {beside_a}."),
    "relation_check": (
        "{Nom_a} {given} {beside_b}?",
        "{Nom_a} {is_a} {given} {beside_b}?",
        "Правда ли, что {nom_a} {given} {beside_b}?",
        "Верно ли, что {nom_a} {given} {beside_b}?",
    ),
    "size": ("Что {given}: {nom_a} или {nom_b}?", "Что из этого {given}, {nom_a} или {nom_b}?"),
    "size_check": ("{Nom_a} {given}, чем {nom_b}?", "Правда ли, что {nom_a} {given}, чем {nom_b}?"),
    "scene": ("Какое это место?", "Что на заднем плане?", "Что на фоне?", "Назови место на картинке."),
    "scene_check": ("Это {given}?", "На заднем плане {given}?", "На картинке {given}?"),
    "daytime": ("Сейчас {first} или {second}?", "На картинке {first} или {second}?"),
    "dark_check": ("На улице темно?", "Сейчас ночь?", "Верно ли, что сейчас ночь?"),
}
GIVEN: Mapping[str, Mapping[str, str]] = {
    "group_check": GROUPS,
    "material_check": {key: forms[2] for key, forms in MATERIALS.items()},
    "pattern_check": IN_PATTERN,
    "what_at": PARTS,
    "colour_at": PARTS,
    "relation": RELATIONS,
    "relation_check": RELATIONS,
    "size": SIZES,
    "size_check": SIZES,
    "scene_check": SCENES,
}
# Of these kinds, a part is asked with another case of the answer.
OTHER_CASE = {"who": "whom", "holding": "held"}
OTHER_CASE_SHARE = 0.35


def word(asked: Asked, random: Random) -> tuple[str, str]:
    """The question in one of its phrasings, and the answer.

    >>> word(Asked("hat_colour", "red", (Mention("man"),)), Random(0))
    ('Шляпа у мужчины какого цвета?', 'красная')
    """
    kind = asked.kind
    if kind in OTHER_CASE and random.random() < OTHER_CASE_SHARE:
        kind = OTHER_CASE[kind]
    question = random.choice(PHRASES[kind]).format_map(_fields(asked))
    return _capital(question), answer(asked, kind)


def answer(asked: Asked, kind: str = "") -> str:
    """The answer as a person would write it in a word or two; a caption is a sentence.

    Args:
        asked: the question.
        kind: the kind of phrasing, where it is another than the question's own.
    """
    kind, key = kind or asked.kind, asked.answer
    if kind == "caption":
        return _caption(asked)
    if key in YES_NO:
        return YES_NO[key]
    if kind in ("clothes", "hat_colour"):
        return decline(COLOURS[key], "f")
    if kind == "colour":
        return agree(COLOURS[key], NOUNS[asked.about[0].name])
    if kind == "colour_at":
        return decline(COLOURS[key], "m")
    if kind == "material":
        return f"из {MATERIALS[key][2]}"
    if kind == "pose":
        return NOUNS[asked.about[0].name].verb(*POSES[key])
    if kind in ("whom", "held"):
        return "ничего" if key == "nothing" else NOUNS[key].form("acc")
    tables: Mapping[str, Mapping[str, str]] = {"pattern": PATTERNS, "where": PARTS, "scene": SCENES, "daytime": TIMES}
    if kind in tables:
        return tables[kind][key]
    if key == "nothing":
        return "ничего"
    return NOUNS[key].one if key in NOUNS else key


def _fields(asked: Asked) -> dict[str, str]:
    fields = {"given": GIVEN.get(asked.kind, {}).get(asked.given, asked.given)}
    if asked.given in COLOURS:
        fields["of_colour"] = decline(COLOURS[asked.given], "m", "gen")
    for key, mention in zip("ab", asked.about, strict=False):
        fields |= _noun_fields(key, mention, asked)
    for key, option in zip(("first", "second"), asked.options, strict=False):
        fields[key] = _option(option, asked)
    return fields


def _noun_fields(key: str, mention: Mention, asked: Asked) -> dict[str, str]:
    """A noun in the forms that phrasings name, under its letter."""
    noun = NOUNS[mention.name]
    fields = {f"{case}_{key}": noun.form(case) for case in ("nom", "gen", "acc", "ins", "prep")}
    on = "на одежде у " + noun.form("gen") if mention.name in PEOPLE else "на " + noun.form("prep")
    fields |= {
        f"Nom_{key}": _capital(noun.one),
        f"on_{key}": on,
        f"On_{key}": _capital(on),
        f"Which_{key}": _capital(noun.agree("какой", "какая", "какое", "какие")),
        f"made_{key}": noun.agree("сделан", "сделана", "сделано", "сделаны"),
        f"is_{key}": noun.verb("находится", "находятся"),
        f"beside_{key}": noun.form("ins" if asked.given in ("above", "below") else "gen"),
    }
    if key == "a":
        fields |= {
            "many": noun.form("gen", many=True),
            "drawn": noun.agree("нарисован", "нарисована", "нарисовано", "нарисованы"),
        }
        if asked.given in COLOURS:
            fields["coloured_a"] = agree(COLOURS[asked.given], noun)
        if mention.colour:
            colour = COLOURS[mention.colour]
            fields |= {"coloured": phrase(noun, colour), "acc_coloured": phrase(noun, colour, case="acc")}
    return fields


def _option(option: str, asked: Asked) -> str:
    if asked.kind == "pose":
        return NOUNS[asked.about[0].name].verb(*POSES[option])
    return TIMES[option] if option in TIMES else NOUNS[option].one


def _caption(asked: Asked) -> str:
    """One sentence that names all things in order, and the place."""
    names = [_in_full(mention) for mention in asked.about]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} и {names[-1]}"
    return _capital(" ".join([listed, AT[asked.given]] if asked.given in AT else [listed])) + "."


def _in_full(mention: Mention) -> str:
    noun = NOUNS[mention.name]
    if not mention.colour:
        return noun.one
    if mention.name in PEOPLE:
        return f"{noun.one} в {decline(COLOURS[mention.colour], 'n', 'prep')}"
    return phrase(noun, COLOURS[mention.colour])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
