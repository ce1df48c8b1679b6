"""What is asked about boxes, whatever file they come from."""

import random
from collections import Counter
from typing import Any

import pytest

from lensmith.config.sections import SourceSection
from lensmith.data.images import FileImage
from lensmith.data.sources.asking import Sighting, ask, choose_absent
from lensmith.data.sources.contract import Place, Row
from lensmith.errors import DataError

CLASSES = ["зебра", "car", "bus", "light 🚦"]


def sighting(name: str, *boxes: str) -> Sighting:
    return Sighting(Place(name), name, (FileImage(f"/{name}", name),), name, Counter(boxes), {"width": 8})


def asked(sightings: list[Sighting], classes: list[str] | None = None, **settings: Any) -> list[Row]:
    section = SourceSection.model_validate({"path": "x", **settings})
    return list(ask(section, sightings, CLASSES if classes is None else classes, "x"))


def pairs(rows: list[Row]) -> list[tuple[str, str, str]]:
    return [(one.id, one.question, one.answers[0]) for row in rows for one in row.examples]


def notes(rows: list[Row]) -> Counter[str]:
    return Counter(note.code for row in rows for note in row.notes)


def test_a_label_is_the_class_or_none() -> None:
    rows = asked([sighting("a", "car", "car"), sighting("b")])
    question = "What is in the picture? Answer with one of: зебра, car, bus, light 🚦, none."
    assert pairs(rows) == [("a", question, "car"), ("b", question, "none")]
    assert [row.examples[0].metadata for row in rows] == [
        {"width": 8, "classes": ["car"]},
        {"width": 8, "classes": []},
    ]


def test_of_several_classes_each_is_accepted_and_the_one_with_most_boxes_is_taught() -> None:
    rows = asked([sighting("a", "bus", "car", "зебра", "car"), sighting("b", "bus", "car")])
    assert [row.examples[0].answers for row in rows] == [("car", "зебра", "bus"), ("car", "bus")]
    assert notes(rows) == {"data/several-classes": 2}


def test_classes_can_be_chosen_renamed_and_joined_and_words_changed() -> None:
    chosen = {"car": "машина", "bus": "машина", "зебра": "переход"}
    sightings = [sighting("a", "bus", "car"), sighting("b", "light 🚦")]
    label = asked(sightings, classes=None, **{"question": "Что тут: {classes}?", "wording": {"none": "ничего"}})
    assert pairs(label)[0][1] == "Что тут: зебра, car, bus, light 🚦, ничего?"
    section = {"classes": chosen, "question": "Есть {class}?", "wording": {"yes": "да", "no": "нет"}}
    presence = ask(SourceSection.model_validate({"path": "x", "ask": "presence", **section}), sightings, CLASSES, "x")
    assert pairs(list(presence)) == [("a#переход", "Есть переход?", "нет"), ("a#машина", "Есть машина?", "да")]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"classes": {"zebra": "x"}}, "data/unknown-class"),
        ({"classes": {"car": " "}}, "data/no-class-name"),
        ({"classes": {"car": "none"}}, "data/class-called-none"),
        ({"wording": {"yes": "да"}}, "data/unknown-wording"),
        ({"wording": {"none": ""}}, "data/empty-wording"),
        ({"ask": "presence", "question": "Is there one?"}, "data/question-without-class"),
    ],
)
def test_settings_that_cannot_be_are_told(settings: dict[str, Any], code: str) -> None:
    with pytest.raises(DataError) as caught:
        list(ask(SourceSection.model_validate({"path": "x", **settings}), [sighting("a", "car")], CLASSES, "x"))
    assert [problem.code for problem in caught.value.problems] == [code]


def test_no_class_at_all_is_told() -> None:
    with pytest.raises(DataError, match="names no class"):
        asked([sighting("a")], [])


def test_a_picture_that_cannot_be_used_counts_for_nothing() -> None:
    spoiled = sighting("b", "car")
    spoiled.place.reject("data/bad-annotation", "no")
    rows = asked([sighting("a", "car"), spoiled, sighting("c")], ["car"], ask="presence")
    assert [bool(row.problems) for row in rows] == [False, True, False]
    assert [answer for _, _, answer in pairs(rows)] == ["yes", "no"]


def street(pictures: int, seed: int = 0) -> list[Sighting]:
    """Pictures of streets in which cars are common and buses come with cars."""
    rng = random.Random(seed)
    found = []
    for k in range(pictures):
        boxes = [name for name, share in zip(CLASSES, (0.3, 0.6, 0.0, 0.2), strict=True) if rng.random() < share]
        boxes += ["bus"] if "car" in boxes and rng.random() < 0.5 else []
        found.append(sighting(f"улица {k}.jpg", *boxes))
    return found


@pytest.mark.parametrize("negatives", ["random", "popular", "adversarial"])
def test_presence_asks_for_as_many_absent_classes_as_present_ones(negatives: str) -> None:
    sightings = street(300)
    rows = asked(sightings, ask="presence", negatives=negatives)
    present = {each.id: set(each.boxes) for each in sightings}
    answers = Counter()
    for row in rows:
        for example in row.examples:
            name = str(example.metadata["class"])
            assert example.question == f"Is there a {name} in the picture?"
            assert example.id == f"{example.group}#{name}"
            assert example.answers == (("yes",) if name in present[example.group] else ("no",))
            answers[example.answers[0]] += 1
    assert answers["yes"] == answers["no"] == sum(map(len, present.values()))
    asked_of = {example.group for row in rows for example in row.examples}
    unasked = [note.found for row in rows for note in row.notes if note.code == "data/not-asked"]
    assert len(asked_of) + sum(int(found.split()[0]) for found in unasked) == 300


def test_the_same_pictures_get_the_same_questions_in_any_order() -> None:
    sightings = street(60)
    once = set(pairs(asked(sightings, ask="presence")))
    assert set(pairs(asked(street(60)[::-1], ask="presence"))) == once
    assert set(pairs(asked(street(60, seed=1), ask="presence"))) != once


def test_random_negatives_are_spread_evenly() -> None:
    present = [["зебра"]] * 3000
    chosen = Counter(
        name for names in choose_absent(present, [f"{k}" for k in range(3000)], CLASSES, "random") for name in names
    )
    assert sum(chosen.values()) == 3000
    # Three classes are absent each time; five standard deviations of a share of a third.
    assert all(abs(chosen[name] - 1000) < 5 * (3000 * 2 / 9) ** 0.5 for name in CLASSES[1:])


def test_popular_negatives_are_the_commonest_classes_that_are_absent() -> None:
    present = [["a", "b"], ["b"], ["b"], ["c", "a"], ["d"]]
    chosen = choose_absent(present, [*"12345"], [*"abcd"], "popular")
    assert chosen == [["c", "d"], ["a"], ["a"], ["b", "d"], ["b"]]


def test_adversarial_negatives_most_often_share_a_picture_with_what_is_there() -> None:
    present = [["knife", "fork"], ["knife", "fork"], ["fork"], ["car"], ["car"], ["car"], ["car", "bus"], ["bus"]]
    chosen = choose_absent(present, [*"12345678"], ["car", "bus", "knife", "fork"], "adversarial")
    assert chosen[2] == ["knife"]
    assert chosen[3] == ["bus"]
    assert chosen[7] == ["car"]
    assert choose_absent(present, [*"12345678"], ["car", "bus", "knife", "fork"], "popular")[2] == ["car"]


def test_questions_that_a_picture_cannot_give_are_asked_first_where_nothing_is_marked() -> None:
    for name in "xyz":
        present = [["a", "b"], ["a"], [], ["b"]]
        assert choose_absent(present, [*"12", name, "4"], [*"abc"], "popular") == [["c"], ["b"], ["a"], ["a"]]


def test_a_set_of_one_class_takes_its_negatives_from_pictures_without_it() -> None:
    rows = asked(
        [*(sighting(f"{k}", "car") for k in range(4)), *(sighting(f"n{k}") for k in range(9))], ["car"], ask="presence"
    )
    answers = Counter(answer for _, _, answer in pairs(rows))
    assert answers == {"yes": 4, "no": 4}
    assert notes(rows) == {"data/not-asked": 1}


def test_too_few_negatives_are_told() -> None:
    rows = asked([*(sighting(f"{k}", "car") for k in range(4)), sighting("n")], ["car"], ask="presence")
    assert Counter(answer for _, _, answer in pairs(rows)) == {"yes": 4, "no": 1}
    assert notes(rows) == {"data/few-negatives": 1}
    assert "4 questions have the answer yes, only 1 no" in rows[0].notes[0].found
