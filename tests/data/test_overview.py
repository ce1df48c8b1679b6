"""Sizes of parts, with the ways in which pictures and questions can fail to be one to one."""

from lensmith.data.images import FileImage
from lensmith.data.overview import PartSize, measure
from lensmith.types import Example, Turn


def example(name: str, pictures: str = "", turns: int = 1) -> Example:
    images = tuple(FileImage(f"/{each}.png", f"{each}.png") for each in pictures)
    return Example(name, images, (Turn("?", ("a",)),) * turns, "g")


def test_questions_are_counted_on_each_picture():
    found = measure([example("1", "a"), example("2", "a", turns=2), example("3", "b")])
    assert found == PartSize(examples=3, pictures=2, questions=4, questions_per_picture=2.0, most_questions=3)


def test_a_question_on_two_pictures_counts_for_both_and_one_on_the_same_twice_once():
    found = measure([example("1", "ab"), example("2", "aa")])
    assert (found.pictures, found.questions, found.questions_per_picture, found.most_questions) == (2, 2, 1.5, 2)


def test_text_alone_and_nothing_at_all_have_no_pictures():
    assert measure([example("1")]) == PartSize(1, 0, 1, 0.0, 0)
    assert measure([]) == PartSize(0, 0, 0, 0.0, 0)
