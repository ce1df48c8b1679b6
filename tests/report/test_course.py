"""What the log says about overfitting, from numbers that are known."""

import math

import pytest

from lensmith.report.overfit import epoch_mean, read_course, series
from lensmith.report.phrases import say_course
from lensmith.report.records import LogLine
from lensmith.report.words import Words


def log(validation: list[float], training: list[float]) -> list[LogLine]:
    """A validation before training and after each epoch, two logged losses an epoch, both the same."""
    lines = [{"step": 0, "epoch": 0, "eval_validation_loss": validation[0]}]
    for epoch, (watched, loss) in enumerate(zip(validation[1:], training, strict=True), 1):
        lines += [{"step": 2 * epoch - 1, "epoch": epoch - 0.5, "loss": loss}]
        lines += [{"step": 2 * epoch, "epoch": epoch, "loss": loss}]
        lines += [{"step": 2 * epoch, "epoch": epoch, "eval_validation_loss": watched}]
    return [LogLine.model_validate(line) for line in lines]


def test_overfitting_is_told_with_both_changes():
    course = read_course(log([4, 2, 1.0, 1.1, 1.17], [3, 1.0, 0.5, 0.26]))
    assert course.state == "overfits"
    told = "Overfits: best after epoch 2; since then training loss −74\u00a0%, validation loss +17\u00a0%."
    assert say_course(course, Words("en")) == told
    assert "лучше всего после эпохи 2" in say_course(course, Words("ru"))


@pytest.mark.parametrize(
    ("validation", "state"),
    [
        ([4, 3, 2, 1], "still falls"),
        ([4, 3, 1, 1.005], "flat"),
        ([1, 2, 3, 4], "never better"),
        ([1, 1, 1, 1], "never better"),
        ([4, 1, 2, 3], "overfits"),
    ],
)
def test_every_course_has_its_word(validation: list[float], state: str):
    course = read_course(log(validation, [3, 2, 1]))
    assert course.state == state
    assert say_course(course, Words("en"))


def test_without_validation_nothing_is_claimed():
    lines = [line for line in log([4, 3], [2]) if line.value("loss")]
    assert read_course(lines).state == "no validation"
    assert "cannot be seen" in say_course(read_course(lines), Words("en"))
    assert read_course([]).state == "no validation"


def test_a_loss_that_is_no_number_is_told_and_not_drawn():
    lines = [*log([4, 3], [2]), LogLine.model_validate({"step": 3, "epoch": 1.5, "loss": math.nan})]
    assert read_course(lines).broken_at == 3
    assert all(math.isfinite(value) for _, value in series(lines, "loss"))


def test_the_loss_of_an_epoch_is_the_mean_of_what_was_logged_in_it():
    assert epoch_mean(log([4, 3, 2], [2, 1]), 2) == 1
    assert epoch_mean(log([4, 3, 2], [2, 1]), 7) is None
