"""The seam's contract, for every family: training sees what generation sends, and learns the answer and its end."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from checkpoints import CHECKPOINTS, Opened, encode, open_checkpoint, skip_refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lensmith.batching.encode import encode_examples
from lensmith.errors import DataError
from lensmith.families import FAMILIES
from lensmith.families.encoded import Encoded
from lensmith.types import Example, Turn
from tiny_models import Noise, make_example, open_tiny

EXAMPLES = {
    "one picture": make_example(("What colour is it?", "red")),
    "Cyrillic": make_example(("Какой цвет у круга слева? Ответь одним словом.", "жёлтый")),
    "emoji": make_example(("Is it a 🐈‍⬛ or a 👩🏽‍🚀?", "a 🐈‍⬛!")),
    "lines": make_example(("Read:\n\n  1. first\n\t2. second\n", "first\n\nsecond  \n third")),
    "two pictures": make_example(("What changed between them?", "nothing"), pictures=2),
    "three pictures": make_example(("Which is odd?", "the second"), pictures=3),
    "no picture": make_example(("What is two and two?", "four"), pictures=0),
    "three turns": make_example(("What is it?", "a cat"), ("Какой?", "рыжий 🐈"), ("Where?", "on the mat"), pictures=1),
    "turns and pictures": make_example(("Which is it?", "left"), ("Why?", "it is larger"), pictures=2),
    "letters outside Unicode's first plane": make_example(("𝔘𝔫𝔦𝔠𝔬𝔡𝔢? ｆｕｌｌ", "ﬁ 𝟜 é é")),
    "one letter": make_example(("?", "1")),
}
SYSTEM = "You are a careful observer. Отвечай кратко."


@pytest.fixture(params=CHECKPOINTS, ids=str, scope="module")
def opened(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> Opened:
    """Every checkpoint of every family, one after the other."""
    return open_checkpoint(request.param, build_once)


def asked(opened: Opened, example: Example, system: str | None = None) -> list[int]:
    return [int(token) for token in opened.checkpoint.ask(opened.folder, example, system)["input_ids"][0]]


@pytest.fixture(params=EXAMPLES.values(), ids=EXAMPLES.keys())
def example(request: pytest.FixtureRequest, opened: Opened) -> Example:
    """Every example that the checkpoint's architecture knows."""
    skip_refused(opened.checkpoint, request.param)
    return request.param  # type: ignore[no-any-return]


def supervised(encoded: Encoded) -> list[list[int]]:
    """The runs of tokens with a loss weight, in order."""
    runs: list[list[int]] = [[]]
    for token, weight in zip(encoded.ids_T.tolist(), encoded.weights_T.tolist(), strict=True):
        if weight:
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def test_every_family_has_checkpoints() -> None:
    assert set(FAMILIES) == {checkpoint.family for checkpoint in CHECKPOINTS}


def test_prompt_is_the_real_processors_token_for_token(opened: Opened, example: Example) -> None:
    encoded = encode(opened.family, example, answered=False)
    assert encoded.ids_T.tolist() == asked(opened, example)


@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_system_message_is_where_the_model_takes_it(opened: Opened, pictures: int) -> None:
    turns = (("What is it?", "a cat"), ("And then?", "nothing"))
    example = make_example(*turns[: 1 if opened.checkpoint.one_question else 2], pictures=pictures)
    skip_refused(opened.checkpoint, example)
    family = open_tiny(opened.folder, system=SYSTEM)
    assert encode(family, example, answered=False).ids_T.tolist() == asked(opened, example, SYSTEM)
    folded = [note for note in family.notes if "system" in note]
    assert len(folded) == (not family.chat.takes_system)


def test_beginning_of_sequence_stands_once_and_first(opened: Opened, example: Example) -> None:
    encoded = encode(opened.family, example)
    bos = opened.family.tokenizer.bos_token_id
    if bos is None:
        pytest.skip("no token begins this model's texts")
    first = encoded.spans[0].length if encoded.spans and encoded.spans[0].start == 0 else 0
    if first:  # PaliGemma's pictures stand before it
        first = sum(span.length for span in encoded.spans)
    assert encoded.ids_T[first] == bos
    asked = encoded.ids_T[encoded.weights_T == 0].tolist()  # what ends an answer may be the same token
    assert asked.count(bos) == 1


def test_answered_form_begins_with_the_asked_one(opened: Opened, example: Example) -> None:
    question, whole = encode(opened.family, example, answered=False), encode(opened.family, example)
    assert whole.ids_T[: len(question)].tolist() == question.ids_T.tolist()
    assert whole.weights_T[: len(question)].tolist() == question.weights_T.tolist()
    assert whole.weights_T[len(question) :].tolist() == [1.0] * (len(whole) - len(question))
    assert whole.spans == question.spans
    assert whole.images == example.images


def test_loss_is_on_each_answer_and_its_end_and_on_nothing_else(opened: Opened, example: Example) -> None:
    encoded = encode(opened.family, example)
    assert set(encoded.weights_T.tolist()) == {0.0, 1.0}
    runs = supervised(encoded)
    assert len(runs) == len(example.turns)
    for run, turn in zip(runs, example.turns, strict=True):
        assert run[-1] in opened.family.stop_ids
        assert not set(run[:-1]) & set(opened.family.stop_ids)
        assert opened.family.decode(run) == turn.answers[0]
    assert encoded.n_answer_tokens == sum(len(run) for run in runs)
    assert encoded.n_answer_tokens + encoded.n_image_tokens + encoded.n_prompt_tokens == len(encoded)


def test_every_picture_has_its_place(opened: Opened, example: Example) -> None:
    encoded = encode(opened.family, example)
    assert len(encoded.spans) == len(example.images)
    inside = np.zeros(len(encoded), dtype=bool)
    for span in encoded.spans:
        assert span.length > 0
        assert not inside[span.start : span.start + span.length].any()
        inside[span.start : span.start + span.length] = True
    assert not encoded.weights_T[inside].any()
    assert encoded.n_image_tokens == inside.sum()


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=24)
LIKELY = st.text("абвгёЙж abcXYZ019.,!?«»—-\n\t🐈🚀👩🏽é<>/[]|", min_size=1, max_size=40)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=st.one_of(LIKELY, TEXT), question=st.one_of(LIKELY, TEXT))
def test_any_answer_comes_back(opened: Opened, answer: str, question: str) -> None:
    example = make_example((question, answer))
    try:
        encoded = encode(opened.family, example)
    except DataError as error:  # the one lawful way out: said aloud, with a reason
        assert error.problems[0].code in ("data/control-token", "data/answer-not-spelled", "data/empty-answer")
        assert not answer.strip() or any(sign in answer + question for sign in "<\x00")
        return
    (run,) = supervised(encoded)
    assert opened.family.decode(run) == answer.strip()
    assert encode(opened.family, example, answered=False).ids_T.tolist() == asked(opened, example)


def test_space_around_an_answer_is_not_taught(opened: Opened) -> None:
    bare = make_example(("What is it?", "a cat"), ("Где?", "тут"))
    spaced = make_example(("What is it?", "\n a cat\t"), ("Где?", "  тут\n\n"))
    if opened.checkpoint.one_question:
        bare, spaced = make_example(("Где?", "тут")), make_example(("Где?", "  тут\n\n"))
    assert encode(opened.family, spaced).ids_T.tolist() == encode(opened.family, bare).ids_T.tolist()


def test_control_tokens_in_text_are_refused(opened: Opened) -> None:
    tokens = {opened.family.image_token, *opened.family.tokenizer.all_special_tokens}
    assert len(tokens) >= 2
    for token in sorted(tokens):
        in_question = make_example((f"What is{token}it?", "a cat"))
        in_answer = make_example(("What is it?", f"a {token}"))
        in_history = make_example(("What?", f"{token}a cat"), ("Where?", "there"))
        for example in filter(opened.checkpoint.takes, (in_question, in_answer, in_history)):
            with pytest.raises(DataError) as caught:
                encode(opened.family, example)
            (problem,) = caught.value.problems
            assert problem.code == "data/control-token"
            assert token in problem.found
            assert example.id in problem.where
        with pytest.raises(DataError):
            encode(opened.family, in_question, answered=False)


def test_text_that_no_tokenizer_takes_is_a_problem_of_that_example(opened: Opened) -> None:
    """A lone surrogate is lawful in a JSON file, and no tokenizer encodes it."""
    examples = [
        make_example(("good \ud83d?", "a cat")),
        make_example(("good?", "a \udc31")),
        make_example(("good?", "yes")),
    ]
    result = encode_examples(opened.family, examples, None)
    assert len(result.encoded) == 1
    assert len(result.problems) == 2


def test_example_without_an_answer_is_a_problem_when_one_is_taught(opened: Opened) -> None:
    example = Example("unanswered", (Noise(1),), (Turn("What is it?", ()),), "g")
    assert len(encode(opened.family, example, answered=False)) > 0
    with pytest.raises(DataError, match="unanswered"):
        encode(opened.family, example)


@pytest.mark.parametrize("asked_of_it", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_what_an_architecture_does_not_know_is_refused_and_nothing_else(opened: Opened, asked_of_it: Example) -> None:
    result = encode_examples(opened.family, [asked_of_it], None)
    if opened.checkpoint.takes(asked_of_it):
        assert len(result.encoded) == 1
        assert not result.problems
    else:
        assert not result.encoded
        assert {problem.code for problem in result.problems} <= {"data/conversation", "data/no-picture"}
        assert all(asked_of_it.id in problem.where and problem.fix for problem in result.problems)


def test_nothing_is_ever_cut(opened: Opened) -> None:
    long = make_example(("Describe it. " * 60, "слово " * 80), pictures=2, number=1)
    short = make_example(("What?", "a cat"), number=2)
    encoded = encode(opened.family, long)
    assert encoded.ids_T.tolist()[: -encoded.n_answer_tokens] == asked(opened, long)
    fits = len(encode(opened.family, short))
    kept = encode_examples(opened.family, [long, short], fits)
    assert [item.example_id for item in kept.encoded] == [short.id]
    (problem,) = kept.problems
    assert problem.code == "data/too-long"
    assert long.id in problem.where
    for count in (len(encoded), encoded.n_image_tokens, encoded.n_prompt_tokens, encoded.n_answer_tokens):
        assert str(count) in problem.found
    assert str(fits) in problem.expected
    assert not encode_examples(opened.family, [long, short], fits - 1).encoded
    assert len(encode_examples(opened.family, [long, short], None).encoded) == 2


def test_prompt_of_the_recipe_may_not_hold_control_tokens(opened: Opened) -> None:
    """`template: "<image>\\n{question}"` is an easy mistake: it would give a picture two places."""
    example = make_example(("What is it?", "a cat"))
    for prompt in ({"template": opened.family.image_token + "\n{question}"}, {"system": opened.family.chat.end + "Hi"}):
        with pytest.raises(ValueError, match=r"control|command|token"):
            encode(open_tiny(opened.folder, **prompt), example)


def test_template_of_the_recipe_is_put_around_every_question(opened: Opened) -> None:
    family = open_tiny(opened.folder, template="Q: {question} Кратко. {question}")
    turns = slice(1, 2) if opened.checkpoint.one_question else slice(2)
    plain = make_example(*(("Q: one? Кратко. one?", "a"), ("Q: {two} Кратко. {two}", "b"))[turns], pictures=2)
    put = make_example(*(("one?", "a"), ("{two}", "b"))[turns], pictures=2)
    assert encode(family, put).ids_T.tolist() == encode(opened.family, plain).ids_T.tolist()
