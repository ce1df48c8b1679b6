"""The lab's tokenizer gives every text back, is the same everywhere, and is short on the worlds' own words."""

import hashlib
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensmith.lab.tokenizer import BOS, END_OF_TURN, EOS, IMAGE, PAD, START_OF_TURN, UNK, corpus, train_tokenizer
from lensmith.lab.worlds import fills, shapes

SPECIAL = (PAD, EOS, BOS, UNK, START_OF_TURN, END_OF_TURN, IMAGE)
TOKENIZER = train_tokenizer()


def round_trip(text: str) -> str:
    return TOKENIZER.decode(TOKENIZER(text, add_special_tokens=False)["input_ids"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n\t x  \r\n",
        "Ёлка, ёж и съезд; «кавычки» — тире…",
        "й and й differ",
        "👍🏽 👨‍👩‍👧‍👦 🇷🇺",
        "\x00\x01\x1b[0m\x7f\u200b\u202e\ufeff",
        "中文 العربية עברית ไทย",
        "don't stop , now .",
        "1234567890" * 50,
    ],
)
def test_text_comes_back_as_it_was(text: str) -> None:
    assert round_trip(text) == text


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    if not any(name in text for name in SPECIAL):
        assert round_trip(text) == text


def test_special_tokens_are_one_token_each_and_the_image_is_the_last() -> None:
    ids = TOKENIZER.convert_tokens_to_ids(list(SPECIAL))
    assert ids == [0, 1, 2, 3, 4, 5, len(TOKENIZER) - 1]
    text = "".join(SPECIAL)
    assert TOKENIZER(text, add_special_tokens=False)["input_ids"] == ids
    assert TOKENIZER.decode(ids, skip_special_tokens=True) == ""


def test_bos_is_added_only_when_asked_for() -> None:
    assert TOKENIZER("да")["input_ids"] == TOKENIZER("да", add_special_tokens=False)["input_ids"]
    adding = train_tokenizer(adds_bos=True)
    assert adding("да")["input_ids"] == [2, *TOKENIZER("да")["input_ids"]]


def test_the_worlds_words_are_short() -> None:
    for sentence in (*shapes.sentences(), *fills.sentences()):
        assert len(TOKENIZER(sentence)["input_ids"]) <= len(sentence.split()) + 4, sentence
        assert sentence in corpus()


def test_another_process_learns_the_same_vocabulary() -> None:
    script = (
        "import hashlib; from lensmith.lab.tokenizer import train_tokenizer;"
        "print(hashlib.sha256(train_tokenizer().backend_tokenizer.to_str().encode()).hexdigest())"
    )
    environment = {"PYTHONHASHSEED": "7", "RAYON_NUM_THREADS": "1", "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, timeout=120, check=True
    )
    assert done.stdout.strip() == hashlib.sha256(TOKENIZER.backend_tokenizer.to_str().encode()).hexdigest()
