from answer_making import predict
from hypothesis import given
from hypothesis import strategies as st

from lensmith.data.looks import Looks
from lensmith.evaluation.slice_columns import MOST_VALUES, fifths, slice_columns


def found(predictions, looks=None, types=None, asked=()):
    columns = slice_columns(predictions, types or [""] * len(predictions), looks or {}, asked)
    return {column.name: column.values for column in columns.columns}, columns.left_out


def rows(count, **metadata):
    """Predictions with one question and one answer, and columns that are functions of their number."""
    return [
        predict("да", "да", id=str(at), metadata={name: each(at) for name, each in metadata.items()})
        for at in range(count)
    ]


def test_columns_of_the_data_are_slices_where_they_have_few_values():
    columns, left_out = found(
        rows(
            60,
            light=lambda at: "темно" if at % 3 else None,
            dark=lambda at: at % 2 == 0,
            one=lambda at: "x",
            name=lambda at: f"picture {at}",
            aliases=lambda at: ["a"],
            stripes=lambda at: at % 7,
            length=lambda at: at / 8,
        ),
        asked=["stripes"],
    )
    assert list(columns) == ["stripes", "dark", "length"]
    assert set(columns["dark"]) == {"True", "False"}
    assert columns["length"][0] == "lowest fifth (0 to 1.38)"
    assert left_out == {"name": f"more than {MOST_VALUES} values", "aliases": "holds lists"}


def test_a_value_that_some_rows_lack_leaves_those_out():
    columns, _ = found(rows(9, light=lambda at: ("темно", "день", None)[at % 3]))
    assert columns["light"] == ("темно", "день", "") * 3


def test_questions_and_answers_are_slices_of_their_own():
    asked = [("Кто это?", "Колобок"), ("Is it a cat?", "no"), ("Кто это?", "Да"), ("Сколько их?", "да!")] * 10
    predictions = [predict("", answer, id=str(at), question=text) for at, (text, answer) in enumerate(asked)]
    columns, _ = found(predictions, types=["other", "yes/no", "other", ""] * 10)
    assert columns["question type"][:4] == ("other", "yes/no", "other", "")
    assert columns["accepted answer"][:4] == ("колобок", "no", "да", "да")
    assert columns["question"][1] == "Is it a cat?"
    assert columns["script of the question"][:2] == ("cyrillic", "latin")
    assert columns["words in the question"][:2] == ("2 to 2", "4 to 4")
    assert "question begins with" not in columns


def test_many_questions_are_told_by_how_they_begin():
    predictions = [
        predict("", "да", id=str(at), question=f"{('Кто', 'Где')[at % 2]} предмет {at}?") for at in range(50)
    ]
    columns, _ = found(predictions)
    assert columns["question begins with"][:2] == ("кто", "где")
    assert "question" not in columns


def test_pictures_are_told_apart_by_what_they_look_like():
    looks = {str(at): Looks(at / 100, 0.2, 1.0 + at % 2, 100, 100 + at) for at in range(1, 50)}
    columns, _ = found(rows(50), looks)
    assert list(columns) == ["brightness", "sharpness", "megapixels", "width over height"]
    assert columns["brightness"][0] == ""
    assert columns["brightness"][1] == "darkest fifth (0.01 to 0.1)"
    assert columns["brightness"][49] == "brightest fifth (0.41 to 0.49)"
    assert set(columns["sharpness"]) == {"", "1 to 1", "2 to 2"}


@given(st.lists(st.integers(-5, 30) | st.none(), max_size=80))
def test_fifths_keep_equal_numbers_together_and_in_order(numbers):
    named = fifths(numbers, "lowest", "highest")
    known = [(number, name) for number, name in zip(numbers, named, strict=True) if number is not None]
    assert all(name == "" for number, name in zip(numbers, named, strict=True) if number is None)
    if len(known) < 25 or len({number for number, _ in known}) < 2:
        assert set(named) <= {""}
        return
    ordered = [name for _, name in sorted(known, key=lambda item: item[0])]
    runs = [name for at, name in enumerate(ordered) if at == 0 or ordered[at - 1] != name]
    assert len(runs) == len(set(ordered)) <= 5
    assert len(
        {number for number, name in known if name == runs[0]} & {number for number, name in known if name == runs[-1]}
    ) == (0 if len(runs) > 1 else len({number for number, _ in known}))


def test_a_fifth_is_a_fifth():
    named = fifths(list(range(100)), "lowest", "highest")
    assert [named.count(name) for name in dict.fromkeys(named)] == [20] * 5
