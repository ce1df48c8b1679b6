"""Answers that look like a choice become labels; open answers do not."""

import pytest

from lensmith.evaluation.proposing import propose_labels


@pytest.mark.parametrize(
    ("answers", "distinct", "labels"),
    [
        ({"true": 1377, "false": 1101}, 2, ["true", "false"]),
        ({"Да": 5, "да.": 9, "нет": 7}, 3, ["да.", "нет"]),
        ({"zebra": 10, "none": 90, "unknown": 5}, 3, ["none", "zebra", "unknown"]),
        ({"a": 5, "b": 4}, 2, []),
        ({"yes": 100}, 1, []),
        ({}, 0, []),
        ({str(n): 9 for n in range(13)}, 13, []),
        ({"yes": 50, "no": 50}, 300, []),
        ({"a man rides a brown horse by the sea": 9, "no": 9}, 2, []),
        ({"!": 9, "?": 9}, 2, []),
    ],
)
def test_labels_are_proposed_only_where_answers_are_closed(answers, distinct, labels):
    assert propose_labels(answers, distinct) == labels
