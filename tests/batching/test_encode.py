"""Encoding many examples: what cannot be used is listed, what can be keeps its order, and the counts are true."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from lensmith.batching.encode import EncodedSet, encode_examples, image_sizes
from lensmith.families.contract import Family
from lensmith.families.llava import Llava
from lensmith.lab.models import Variant, build_llava
from lensmith.types import Example
from tiny_models import Noise, make_example, open_tiny


@pytest.fixture(scope="module")
def family(build_once: Callable[..., Path]) -> Family:
    variant = Variant("llama", "clip")
    return open_tiny(build_once("llava-llama-clip", lambda out: build_llava(out, seed=7, size="test", variant=variant)))


def test_one_bad_example_costs_one_problem(family: Family) -> None:
    good = [make_example(("Какой цвет?", "красный"), number=at) for at in range(3)]
    bad = make_example(("What is <image> it?", "a cat"), number=9)
    result = encode_examples(family, [good[0], bad, *good[1:]], None)
    assert [item.example_id for item in result.encoded] == ["e0", "e1", "e2"]
    (problem,) = result.problems
    assert "e9" in problem.where


def test_no_examples_are_no_mistake(family: Family) -> None:
    result = encode_examples(family, [], 10)
    assert result == EncodedSet((), ())
    assert result.token_counts()["all"] == {"mean": 0.0, "median": 0.0, "p95": 0.0, "max": 0.0, "sum": 0.0}


def test_counts_add_up(family: Family) -> None:
    examples = [make_example(("Что? " * at, "слово " * at), pictures=at % 3, number=at) for at in range(1, 8)]
    result = encode_examples(family, examples, None)
    counts = result.token_counts()
    assert counts["image"]["sum"] == 16 * sum(at % 3 for at in range(1, 8))
    assert counts["image"]["max"] == 32
    for measure in ("sum", "mean"):
        parts = sum(counts[name][measure] for name in ("prompt", "image", "answer"))
        assert parts == pytest.approx(counts["all"][measure], abs=0.02)
    assert counts["all"]["max"] == max(len(item) for item in result.encoded)
    assert counts["answer"]["median"] == sorted(item.n_answer_tokens for item in result.encoded)[3]


@dataclass(frozen=True)
class Unreadable:
    """A picture that must not be read."""

    name: str = "never.png"

    def read_bytes(self) -> bytes:
        raise AssertionError("the picture was read")


def test_pictures_are_not_read_where_their_size_does_not_matter(family: Family) -> None:
    example = Example("e", (Unreadable(),), make_example(("What?", "that")).turns, "g")
    assert len(encode_examples(family, [example], None).encoded) == 1


def test_sizes_are_height_and_width_where_they_matter(family: Family) -> None:
    class Sized(Llava):
        needs_image_sizes = True

    sized = Sized(family.config, family.processor, family.prompt)
    example = make_example(("What changed?", "that"), pictures=2)
    assert image_sizes(sized, example) == [(36, 40), (36, 40)]
    assert image_sizes(family, example) == [None, None]
    broken = Example("broken", (Noise(1), Unreadable("gone.png")), example.turns, "g")
    with pytest.raises(AssertionError):
        image_sizes(sized, broken)
