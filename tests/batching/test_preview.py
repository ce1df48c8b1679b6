"""What a person is shown of an encoded example is what the model reads, with the loss where it is."""

import pytest

from lensmith.batching.encode import encode_examples
from lensmith.batching.preview import cut_segments, describe_tokens
from lensmith.lab.models import Variant, build_llava
from tiny_models import make_example, open_tiny


@pytest.fixture(scope="module", params=[False, True], ids=["modern", "legacy"])
def family(request, build_once):
    variant = Variant("gemma", "clip", legacy=request.param)
    folder = build_once(f"preview-{request.param}", lambda out: build_llava(out, seed=3, size="test", variant=variant))
    return open_tiny(folder)


def test_a_picture_is_folded_and_only_the_answer_carries_loss(family):
    item = family.encode(make_example(("Какого цвета круг? 🙂", "красный")))
    segments = cut_segments(family, item)
    assert [each.kind for each in segments] == ["prompt", "image", "prompt", "answer"]
    assert segments[1].text == f"{family.image_token}×{item.n_image_tokens}"
    assert "Какого цвета круг? 🙂" in segments[2].text
    assert segments[3].text.startswith("красный")
    assert segments[3].tokens == item.n_answer_tokens
    assert sum(each.tokens for each in segments) == len(item)


def test_every_answer_of_a_conversation_is_marked(family):
    item = family.encode(make_example(("Is it red?", "yes"), ("Is it blue?", "no"), pictures=2))
    segments = cut_segments(family, item)
    assert [each.text.split("<")[0].strip() for each in segments if each.kind == "answer"] == ["yes", "no"]
    assert len([each for each in segments if each.kind == "image"]) == 2


def test_an_example_without_a_picture_has_no_picture(family):
    segments = cut_segments(family, family.encode(make_example(("Why?", "because"), pictures=0)))
    assert [each.kind for each in segments] == ["prompt", "answer"]


def test_the_overview_shows_an_example_of_median_length_and_counts_what_was_left_out(family):
    examples = [make_example(("red " * at + "?", "blue"), number=at) for at in range(1, 8)]
    lengths = sorted(len(family.encode(example)) for example in examples)
    limited = encode_examples(family, examples, lengths[4])
    overview = describe_tokens(family, {"train": limited, "test": encode_examples(family, [], None)})
    assert overview.used == {"train": 5, "test": 0}
    assert overview.left_out == {"data/too-long": 2}
    assert sum(each.tokens for each in overview.segments) == lengths[2]
    assert overview.counts["train"]["all"]["max"] == lengths[4]
    assert overview.stop_tokens[0] in overview.segments[-1].text
    assert overview.template_origin == "the checkpoint's own"


def test_an_empty_part_has_no_example(family):
    overview = describe_tokens(family, {"train": encode_examples(family, [], None)})
    assert overview.segments == ()
    assert overview.example_id == ""
