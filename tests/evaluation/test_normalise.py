import itertools
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lensmith.errors import UnknownNameError
from lensmith.evaluation.normalise import FOLD, LEVELS, STRICT, fold, strict

AWKWARD = st.text() | st.text(alphabet=".,-−–—%'’ 015аёБ_«»`:/…°\u200b\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Да. ", "да"),
        ("«Чебурашка» — это кукла…", "чебурашка это кукла"),
        ("Е\u0308лка", "ёлка"),
        ("The  answer\tis: `cat`!", "the answer is cat"),
        ("don't", "dont"),
        ("l’eau 'cat'", "leau cat"),
        ("3.5", "3.5"),
        ("3,5 см.", "3,5 см"),
        ("-2", "-2"),
        ("\u22122 °C", "-2 °c"),
        ("(-.5)", "-.5"),
        ("5 %", "5%"),
        ("5%.", "5%"),
        ("процент %", "процент"),
        ("10:30", "10:30"),
        ("1/2", "1/2"),
        ("2010–2020", "2010-2020"),
        ("1,234", "1,234"),
        ("...5", "5"),
        ("светло-серый", "светло серый"),
        ("C++ < 5 $ 👍🏽", "c++ < 5 $ 👍🏽"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("?!…", ""),
        ("", ""),
    ],
)
def test_fold_leaves_what_carries_meaning(text, expected):
    assert fold(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3.5", "35"),
        ("-2", "2"),
        ("5%", "5"),
        ("1,234", "1 234"),
        ("<5", ">5"),
        ("C", "C++"),
        ("1/2", "12"),
        (".5", "5"),
    ],
)
def test_fold_keeps_different_values_apart(one, other):
    assert not FOLD.agree(one, other)


@given(AWKWARD)
@example("İ")
@example("ﬁ\u0345")
def test_folding_twice_changes_nothing_more(text):
    assert fold(fold(text)) == fold(text)


@given(AWKWARD, AWKWARD)
@example("?", "!")
@example("…", "")
def test_each_level_accepts_what_a_stricter_one_accepts(accepted, answer):
    levels = list(LEVELS.values())
    for tight, loose in itertools.pairwise(levels):
        assert loose.agree(accepted, answer) or not tight.agree(accepted, answer)


@given(AWKWARD)
def test_every_text_agrees_with_itself_at_every_level(text):
    assert all(level.agree(text, text) for level in LEVELS.values())


@given(st.text(alphabet="?!.,…«»—"), st.text(alphabet="?!.,…«»—"))
def test_answers_of_punctuation_alone_are_compared_as_written(accepted, answer):
    assert FOLD.agree(accepted, answer) == (strict(accepted) == strict(answer))


@pytest.mark.parametrize("text", ["😀" * 50_000, "a." * 50_000, "1" + " " * 100_000, "-" * 100_000, "'" * 100_000])
def test_long_text_folds_in_time_that_grows_with_its_length(text):
    began = time.perf_counter()
    fold(text)
    assert time.perf_counter() - began < 2.0


def test_levels_know_their_names():
    assert [LEVELS[name].name for name in LEVELS] == list(LEVELS)
    assert not STRICT.agree("да", "Да")
    with pytest.raises(UnknownNameError, match="did you mean `fold`"):
        LEVELS["fodl"]
