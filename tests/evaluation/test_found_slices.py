import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensmith.config.sections import EvaluateSection
from lensmith.data.looks import Looks
from lensmith.errors import DataError
from lensmith.evaluation.compare import compare_predictions
from lensmith.evaluation.found_slices import MOST_LISTED, find_slices
from lensmith.evaluation.results import score_predictions
from lensmith.evaluation.summary import slice_tables
from lensmith.types import Prediction

LABELS = EvaluateSection(metrics=["label"], labels=["зебра", "нет"], positive="зебра", resamples=200)
EXACT = EvaluateSection(metrics=["exact_match"], resamples=200)


def street(at, right, group=None, **metadata):
    """Every second street has a crossing; one that is not told rightly is told the other way."""
    answers = ("зебра", "нет")
    gold = answers[at % 2]
    given = gold if right else answers[1 - at % 2]
    return Prediction(str(at), group or f"{at}.png", "Что на дороге?", (gold,), given, metadata=metadata)


def streets(count=300, dark_right=0.5, right=0.95, seed=0):
    """Streets of which a fifth are dark, and which the model gets wrong there; other columns mean nothing."""
    random = np.random.default_rng(seed)
    return [
        street(
            at,
            random.random() < (dark_right if at % 5 == 0 else right),
            light="темно" if at % 5 == 0 else "день",
            weather=str(random.choice(["дождь", "снег", "ясно"])),
            lane=int(random.integers(4)),
        )
        for at in range(count)
    ]


def named(search):
    return [(each.metric, each.column, each.value) for each in search.findings if each.verdict.word == "worse"]


def test_the_hard_slice_is_found_and_no_other():
    search = find_slices(streets(), LABELS, seed=0)
    assert {name[1:] for name in named(search)} == {("light", "темно")}
    assert {name[0] for name in named(search)} == {"label", "recall"}
    worst = search.findings[0]
    assert worst.verdict.sentence.startswith(f"worse: {worst.metric} where light = темно is ")
    assert worst.gap.value == pytest.approx(worst.after.value - worst.rest.value)
    assert worst.gap.interval.high < 0
    assert worst.before is None
    assert search.tested > 10


LIGHTS = {"утро": 0.99, "день": 0.99, "туман": 0.62, "ночь": 0.72, "дождь 🌧": 0.7}


def test_slices_that_fail_together_do_not_hide_each_other():
    """Three of five conditions fail. Each is held against a rest that holds the two others, and hardly stands out."""
    random = np.random.default_rng(1)
    lights = [light for light in LIGHTS for _ in range(90)]
    rows = [
        street(at, random.random() < LIGHTS[light], light=light, lane=int(random.integers(4)))
        for at, light in enumerate(lights)
    ]
    section = EXACT.model_copy(update={"slices": ["light"]})
    found = {each.value: each for each in find_slices(rows, section, seed=0).findings if each.verdict.word == "worse"}
    assert set(found) == {"туман", "ночь", "дождь 🌧"}
    assert found["туман"].apart_from == ()
    last = max(found.values(), key=lambda each: len(each.apart_from))
    assert "light = туман" in last.apart_from
    assert ", apart from light = туман" in last.verdict.sentence
    assert found["туман"].rest.n == 4 * 90 > last.rest.n == (4 - len(last.apart_from)) * 90
    # What is set aside changes the rest, not the slice: it reads as in every other table.
    table = score_predictions(rows, section, seed=0).metrics["exact_match"].slices
    assert all(each.after == table[f"light = {value}"] for value, each in found.items())


def test_what_the_data_say_comes_before_what_was_measured():
    """Pictures of the night are the darkest; both say the same, and one of them is in the data's own words."""
    rows = streets()
    looks = {each.id: Looks(0.1 if each.metadata["light"] == "темно" else 0.5, 0.2, 1.0, 64, 64) for each in rows}
    for at in range(1, 300, 60):  # a few more that are dark, and wrong: measured, the gap is a little larger
        rows[at] = replace(rows[at], prediction="кот")
        looks[rows[at].id] = looks[rows[0].id]
    search = find_slices(rows, EXACT, seed=0, looks=looks)
    first, second, *_ = search.findings
    assert (first.column, second.column) == ("light", "brightness")
    assert second.verdict.word == "worse" and second.surely > first.surely


def test_what_only_shares_members_with_a_worse_slice_is_not_worse_beside_it():
    """All fog is wrong half the time; `lane` holds much of the fog, and nothing else of its own."""
    random = np.random.default_rng(2)
    rows = []
    for at in range(400):
        fog = at % 5 == 0
        lane = "зебра" if random.random() < (0.5 if fog else 0.3) else "поле"
        rows.append(street(at, random.random() < (0.5 if fog else 0.97), light="туман" if fog else "ясно", lane=lane))
    assert named(find_slices(rows, EXACT, seed=0)) == [("exact_match", "light", "туман")]


@pytest.mark.parametrize("per_picture", [1, 3])
def test_a_slice_has_one_interval_whether_it_was_asked_for_or_found(per_picture):
    """And its gap the one that follows from the two that are shown, so that nobody meets a third."""
    rows = [replace(each, group=f"{at // (5 * per_picture)}-{at % 5}.png") for at, each in enumerate(streets())]
    before = [replace(each, prediction="нет") for each in rows]
    asked = LABELS.model_copy(update={"slices": ["light"]})
    table = compare_predictions(before, rows, asked, seed=0).metrics["label"]
    found = {each.metric: each for each in find_slices(rows, asked, seed=0, before=before).findings[:2]}
    assert {each.value for each in found.values()} == {"темно"}
    assert found["label"].after == table.slices["light = темно"].after
    assert found["label"].before == table.slices["light = темно"].before
    recall = table.quantities["recall where light = темно"]
    assert found["recall"].after.interval == recall.after.interval
    for each in found.values():
        above = math.hypot(each.after.interval.high - each.after.value, each.rest.value - each.rest.interval.low)
        assert each.gap.interval.high == pytest.approx(each.gap.value + above)


def test_a_dark_picture_is_found_dark_where_no_column_says_so():
    predictions = [street(int(each.id), each.prediction == each.answers[0]) for each in streets()]
    random = np.random.default_rng(1)
    looks = {
        each.id: Looks(float(random.uniform(0.0, 0.2) if at % 5 == 0 else random.uniform(0.3, 0.9)), 0.2, 1.0, 64, 64)
        for at, each in enumerate(predictions)
    }
    found = named(find_slices(predictions, LABELS, seed=0, looks=looks))
    assert {(column, value.partition(" (")[0]) for _, column, value in found} == {("brightness", "darkest fifth")}


def test_where_nothing_is_harder_something_is_called_worse_hardly_ever():
    """At 5 % of all draws, more than 4 of 20 come about in one of 400 tests; without a correction most of them do."""
    alarms = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        columns = {f"c{n}": random.integers(4, size=240).tolist() for n in range(12)}
        rows = [
            street(at, random.random() < 0.8, **{name: values[at] for name, values in columns.items()})
            for at in range(240)
        ]
        search = find_slices(rows, EXACT, seed=0)
        assert search.tested >= 48
        alarms += bool(named(search))
    assert alarms <= 4


def test_the_slice_is_told_with_what_it_was_before():
    after = streets()
    before = [street(int(each.id), int(each.id) % 3 == 0) for each in after]
    found = find_slices(after, LABELS, seed=0, before=[*before, street(999, right=True)]).findings
    # The columns are the first side's, as in every comparison; it has none here.
    assert all(each.column not in ("light", "weather") for each in found)
    columns = {each.id: each.metadata for each in after}
    before = [street(int(each.id), int(each.id) % 3 == 0, **columns[each.id]) for each in before]
    worst = next(each for each in find_slices(after, EXACT, seed=0, before=before).findings if each.column == "light")
    assert worst.before.value == pytest.approx(1 / 3)
    assert "it was 33.3 % before" in worst.verdict.sentence
    with pytest.raises(DataError):
        find_slices(after, EXACT, seed=0, before=before[:1] * 2)


def test_members_are_looked_at_once_whatever_they_are_called():
    twice = [
        street(
            at, at % 4 > 0, one="a" if at < 40 else "b", other="x" if at < 40 else "y", third="z" if at < 40 else None
        )
        for at in range(100)
    ]
    search = find_slices(twice, EXACT, seed=0)
    # a and b are each other's rest, x and y are a and b; z is x alone, and has no second value.
    assert search.same == 3 + 1
    assert search.tested == 2
    assert search.columns == ("one", "other", "accepted answer")


def test_slices_that_are_small_or_of_few_pictures_are_counted_and_not_judged():
    rows = [
        street(at, True, f"{at // 20}.png", kind="rare" if at < 9 else "often", view=str(at // 60)) for at in range(300)
    ]
    search = find_slices(rows, EXACT, seed=0)
    assert search.too_small == 2 + 5
    assert search.findings == ()


def test_what_is_lower_is_worse_unless_lower_is_better():
    rows = [street(at, at >= 60, light="темно" if at < 60 else "день") for at in range(240)]
    (worst, *_) = find_slices(rows, EXACT, seed=0).findings
    assert (worst.value, worst.after.value, worst.rest.value) == ("темно", 0.0, 1.0)


@settings(max_examples=10, deadline=None)
@given(st.randoms())
def test_neither_the_order_of_rows_nor_the_names_of_groups_matter(random):
    rows = streets(count=120)
    other = [
        Prediction(each.id, f"🐈 {each.group}", each.question, each.answers, each.prediction, metadata=each.metadata)
        for each in random.sample(rows, len(rows))
    ]
    told, again = (plain(find_slices(side, LABELS, seed=0)) for side in (rows, other))
    assert told == again


def plain(search):
    """What was found, as JSON; sums of the same numbers in another order differ in their last digits."""
    text = json.dumps(search.to_json(), allow_nan=False)
    return json.loads(text, parse_float=lambda digits: round(float(digits), 9))


def test_at_most_so_many_are_listed_and_three_are_shown():
    random = np.random.default_rng(3)
    rows = [
        street(
            at,
            random.random() < 0.2 + 0.7 * (at % 9 > 2),
            lane=at % 9,
            **{f"c{n}": int(random.integers(4)) for n in range(9)},
        )
        for at in range(900)
    ]
    search = find_slices(rows, EXACT, seed=0)
    assert len(search.findings) == MOST_LISTED < search.below
    (table,) = slice_tables(search)
    assert [re.split(", apart| is ", sentence)[0] for (sentence,) in table.rows] == [
        f"worse: exact_match where lane = {lane}" for lane in (each.value for each in search.findings[:3])
    ]
    assert {each.value for each in search.findings[:3]} == {"0", "1", "2"}


def test_where_nothing_is_worse_that_is_said():
    (table,) = slice_tables(find_slices(streets(dark_right=0.95), EXACT, seed=0))
    assert table.rows[0][0].startswith("none of ")
    assert slice_tables(find_slices([], EXACT, seed=0)) == []


def test_json_holds_what_a_page_needs():
    found = find_slices(streets(), LABELS, seed=0).to_json()
    json.dumps(found, allow_nan=False)
    assert list(found["found_slices"][0]) == [
        "metric", "column", "value", "apart_from", "n", "groups", "rest", "after", "gap", "adjusted_p", "verdict",
        "sentence",
    ]  # fmt: skip
    assert found["slice_search"]["correction"] == "Holm"
