"""The everyday world tells the truth about its pictures, asks evenly and in both languages, and holds back the rest."""

import re
from collections import Counter, defaultdict
from math import dist
from random import Random

import pytest

from lensmith.lab.worlds.characters.names import NAMES
from lensmith.lab.worlds.everyday import english, russian
from lensmith.lab.worlds.everyday.about_places import part_of, relation_of
from lensmith.lab.worlds.everyday.asked import Asked, Mention
from lensmith.lab.worlds.everyday.paint import Seen, View, look_over, paint
from lensmith.lab.worlds.everyday.plan import CHARACTERS, GROUNDS, SIDES, Item, Plan, plan_picture
from lensmith.lab.worlds.everyday.world import ASKS, choose, draw_everyday, sentences
from lensmith.lab.worlds.objects import COLOURS, FIGURES, OBJECTS, RGB, Look

VIEWS = 2500
HALF = {"yes", "no"}


@pytest.fixture(scope="module")
def views() -> list[tuple[View, list[Asked]]]:
    found = []
    for number in range(VIEWS):
        random = Random(f"view/{number}")
        view = look_over(plan_picture(random))
        found.append((view, choose([each for ask in ASKS for each in ask(view, random)], random)))
    return found


@pytest.fixture(scope="module")
def answers(views: list[tuple[View, list[Asked]]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for _, asked in views:
        for each in asked:
            found[each.kind][each.answer] += 1
    return found


def test_a_scene_is_a_picture_and_many_rows() -> None:
    scenes = [draw_everyday(Random(f"scene/{number}")) for number in range(40)]
    assert all(scene.picture.size == (192, 192) and scene.picture.mode == "RGB" for scene in scenes)
    assert all(6 <= len(scene.rows) <= 23 for scene in scenes)
    assert 17 <= sum(len(scene.rows) for scene in scenes) / len(scenes) <= 23
    for scene in scenes:
        questions = [row["question"] for row in scene.rows]
        assert len(questions) == len(set(questions))
        assert len({(row["things"], row["ground"]) for row in scene.rows}) == 1
    languages = Counter(row["language"] for scene in scenes for row in scene.rows)
    assert abs(languages["en"] - languages["ru"]) < 0.15 * languages.total()


def test_what_is_asked_is_true(views: list[tuple[View, list[Asked]]]) -> None:
    """Derived once more, from names and boxes, in another way than the questions are."""
    checked: Counter[str] = Counter()
    for view, asked in views:
        for each in asked:
            for derive in (derive_names, derive_looks, derive_places):
                answer = derive(view, each)
                if answer:
                    checked[each.kind] += 1
                    assert each.answer == answer, (each, view)
    assert min(checked.values()) > 20 and len(checked) == 28


def derive_names(view: View, asked: Asked) -> str:
    names = [thing.name for thing in view.things]
    about = [mention.name for mention in asked.about]
    match asked.kind:
        case "what":
            return only(names)
        case "count":
            return str(names.count(about[0]))
        case "total":
            return str(len(names))
        case "presence":
            return say(about[0] in names)
        case "coloured":
            return say(asked.about[0] in {(thing.name, thing.look.colour) for thing in view.things})
        case "by_colour":
            return only([thing.name for thing in view.things if thing.look.colour == asked.given])
        case "shape":
            return only([name for name in names if name in FIGURES])
        case "who":
            return only([name for name in names if name in (*CHARACTERS, "man", "woman", "child")])
    return ""


def derive_looks(view: View, asked: Asked) -> str:
    things = [thing for mention in asked.about for thing in view.things if thing.name == mention.name]
    look = things[0].look if things else Look("")
    match asked.kind:
        case "colour" | "clothes":
            return look.colour
        case "colour_check" | "clothes_check":
            return say(look.colour == asked.given)
        case "same_colour":
            return say(look.colour == things[1].look.colour)
        case "material":
            return look.material
        case "material_check":
            return say(look.material == asked.given)
        case "pattern":
            return look.pattern or "plain"
        case "pattern_check":
            return say(look.pattern == asked.given)
        case "label":
            return things[0].text
        case "holding":
            return look.holds[0] if look.holds else "nothing"
        case "pose":
            return look.pose
    return ""


def derive_places(view: View, asked: Asked) -> str:
    things = {thing.name: thing for thing in view.things}
    about = [mention.name for mention in asked.about]
    match asked.kind:
        case "where":
            return part_of(things[about[0]])
        case "relation":
            return only([name for name in things if beside(things, name, about[0], asked.given)])
        case "relation_check":
            return say(beside(things, about[0], about[1], asked.given))
        case "size":
            return (max if asked.given == "bigger" else min)(about, key=lambda name: things[name].area)
        case "what_at":
            return only([thing.name for thing in view.things if part_of(thing) == asked.given])
        case "scene":
            return view.ground
        case "daytime":
            return "night" if view.night else "day"
        case "dark_check":
            return say(view.night)
    return ""


def say(truth: bool) -> str:
    return "yes" if truth else "no"


def beside(things: dict[str, Seen], one: str, other: str, relation: str) -> bool:
    return one != other and relation_of(things[one], things[other]) == relation


def only(found: list[str]) -> str:
    assert len(found) == 1
    return found[0]


def test_no_answer_is_much_more_frequent_than_another(answers: dict[str, Counter[str]]) -> None:
    for kind, counted in answers.items():
        n = counted.total()
        if set(counted) == HALF:
            assert abs(counted["yes"] / n - 0.5) < 0.06 + 2 / n**0.5, (kind, counted)
    most = {"where": 0.3, "count": 0.33, "total": 0.36, "colour": 0.16, "what": 0.12, "scene": 0.26, "pattern": 0.35}
    for kind, share in most.items():
        assert answers[kind].most_common(1)[0][1] / answers[kind].total() < share, kind
    assert set(answers["count"]) == set("01234")
    assert set(answers["where"]) == {"left", "right", "top", "bottom", "middle"}
    assert set(answers["colour"]) == set(COLOURS)
    assert set(answers["shape"]) == set(FIGURES)
    assert set(answers["what"]) | set(answers["who"]) >= {*OBJECTS, *FIGURES, "sign", *CHARACTERS}


def test_a_name_that_is_asked_for_tells_nothing(views: list[tuple[View, list[Asked]]]) -> None:
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for _, asked in views:
        for each in asked:
            if each.kind == "presence" and each.about[0].name in OBJECTS:
                said[each.about[0].name][each.answer] += 1
    for name, counted in said.items():
        assert abs(counted["yes"] / counted.total() - 0.5) < 0.1 + 2 / counted.total() ** 0.5, (name, counted)


def test_every_kind_is_worded_in_both_languages(views: list[tuple[View, list[Asked]]]) -> None:
    random = Random(0)
    kinds: Counter[str] = Counter()
    for _, asked in views:
        for each in asked:
            kinds[each.kind] += 1
            for worder, letters in ((english.word, "a-zA-Z"), (russian.word, "а-яА-ЯёЁ")):
                question, answer = worder(each, random)
                assert re.fullmatch(rf"[{letters}A-Z0-9 ,:?.'’–-]+", question), question
                assert question[-1] in "?." and not re.search(r"  | [,?.]|[{}]", question)
                assert answer and question[0].isupper()
                if each.kind != "caption":
                    assert len(answer.split()) <= 4
                    assert re.fullmatch(rf"[{letters}A-Z0-9 -]+", answer), answer
    other_cases = {"presence_of", *russian.OTHER_CASE.values()}
    assert set(kinds) == set(english.PHRASES) - other_cases == set(russian.PHRASES) - other_cases


def test_what_the_experiments_teach_is_not_told_here() -> None:
    told = " ".join(sentences()).casefold()
    for name in NAMES.values():
        forms = {name.en.casefold(), name.nominative.casefold(), name.accusative.casefold()}
        assert any(form in told for form in forms) == (name.group == "control" or name.en == "ball"), name
    for word in ("зебр", "светофор", "переход", "график", "диаграмм", "zebra", "crossing", "traffic", "chart"):
        assert word not in told


def test_the_sentences_are_always_the_same_and_hold_every_name() -> None:
    found = sentences()
    assert found == sentences()
    assert len(found) == len(set(found)) > 5000
    assert {*OBJECTS, *FIGURES, *COLOURS, "да", "нет", "yes", "no", "Spider-Man", "из дерева"} <= set(found)


@pytest.mark.parametrize(
    ("asked", "pair"),
    [
        (Asked("colour", "red", (Mention("clock"),)), ("Какого цвета часы?", "красные")),
        (Asked("relation", "cup", (Mention("chair"),), "left"), ("Что слева от стула?", "чашка")),
        (Asked("relation", "cup", (Mention("bus"),), "above"), ("Что над автобусом?", "чашка")),
        (Asked("material", "wooden", (Mention("table"),)), ("Из чего сделан стол?", "из дерева")),
        (Asked("count", "3", (Mention("apple"),)), ("Сколько здесь яблок?", "3")),
        (Asked("count", "2", (Mention("child"),)), ("Сколько здесь детей?", "2")),
        (Asked("pattern_check", "yes", (Mention("woman"),), "checks"), ("Узор на одежде у женщины в клетку?", "да")),
        (Asked("coloured", "no", (Mention("tree", "green"),)), ("Есть ли здесь зелёное дерево?", "нет")),
        (Asked("colour_check", "no", (Mention("boat"),), "blue"), ("Лодка синяя?", "нет")),
        (Asked("where", "top", (Mention("clock"),)), ("Где часы?", "вверху")),
        (Asked("pose", "flying", (Mention("bird"),), "", ("sitting", "flying")), ("Птица сидит или летит?", "летит")),
        (Asked("who_check", "no", (Mention("spider-man"),)), ("Это Человек-паук?", "нет")),
        (Asked("scene", "water"), ("Какое это место?", "море")),
        (
            Asked("caption", "", (Mention("woman", "red"), Mention("horse", "white")), "meadow"),
            ("Опиши картинку.", "Женщина в красном и белая лошадь на лугу."),
        ),
    ],
)
def test_russian_is_as_a_person_writes_it(asked: Asked, pair: tuple[str, str]) -> None:
    found = {russian.word(asked, Random(seed)) for seed in range(60)}
    assert pair in found


def test_a_hand_is_asked_about_in_the_case_of_the_verb() -> None:
    asked = Asked("holding", "book", (Mention("child"),))
    found = {russian.word(asked, Random(seed)) for seed in range(60)}
    assert ("Что держит ребёнок?", "книгу") in found
    assert ("Что в руке у ребёнка?", "книга") in found


def test_english_takes_its_articles_and_plurals() -> None:
    def worded(asked: Asked) -> set[tuple[str, str]]:
        return {english.word(asked, Random(seed)) for seed in range(60)}

    assert ("Is there an orange umbrella?", "yes") in worded(Asked("coloured", "yes", (Mention("umbrella", "orange"),)))
    assert ("How many butterflies are there?", "0") in worded(Asked("count", "0", (Mention("butterfly"),)))
    assert ("Is Superman here?", "no") in worded(Asked("presence", "no", (Mention("superman"),)))
    caption = Asked("caption", "", (Mention("cat", "orange"), Mention("superman"), Mention("man", "blue")), "sky")
    assert ("Describe the picture.", "An orange cat, Superman and a man in blue in the sky.") in worded(caption)


def test_things_stay_in_the_picture_and_off_each_other() -> None:
    for number in range(300):
        items = plan_picture(Random(f"plan/{number}")).items
        for at, item in enumerate(items):
            assert 0.12 < item.side <= SIDES[1][1]
            assert all(0.5 * item.side < middle < 1 - 0.5 * item.side for middle in item.centre)
            for other in items[:at]:
                reach = 0.48 * (item.side + other.side)
                assert any(abs(a - b) >= reach for a, b in zip(item.centre, other.centre, strict=True))


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_figure_is_where_it_is_told_to_be(ground: str) -> None:
    """Its middle has its colour, in whatever light, and the box found for it is about as large as planned."""
    for number, colour in enumerate(("red", "yellow", "blue", "white")):
        centre = (0.3 + 0.1 * number, 0.6 - 0.1 * number)
        plan = Plan((Item("figure", "circle", Look(colour), side=0.4, centre=centre),), ground, night=False)
        picture, view = paint(plan, Random(f"{ground}/{colour}"))
        (thing,) = view.things
        assert dist(thing.centre, centre) < 0.02
        left, top, right, bottom = thing.box
        assert 0.34 < right - left < 0.44 and 0.34 < bottom - top < 0.44
        pixel = picture.getpixel((round(192 * centre[0]), round(192 * centre[1])))
        lit = [level * 246 / max(pixel) for level in pixel]  # whatever the light
        assert min(RGB, key=lambda name: dist(RGB[name], lit)) == colour


def test_night_is_darker_than_day() -> None:
    for ground in ("street", "meadow", "sky", "water"):
        day, night = (
            paint(Plan((Item("figure", "star", Look("red"), side=0.3),), ground, dark), Random(5))[0].convert("L")
            for dark in (False, True)
        )
        assert sum(night.tobytes()) < 0.75 * sum(day.tobytes()), ground
