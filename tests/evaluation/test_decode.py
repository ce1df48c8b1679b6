"""Answers are those of greedy decoding, one question at a time, whatever the batch and the checkpoint's settings."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import AutoModelForImageTextToText, AutoProcessor

from lensmith.data.images import decode
from lensmith.errors import DataError
from lensmith.evaluation.decode import answer_questions
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.families.contract import Family
from lensmith.lab.models import Variant, build_llava
from lensmith.types import Example, Prediction
from tiny_models import load_tiny, make_example, open_tiny

NEW_TOKENS = 8
EXAMPLES = (
    make_example(("What colour is it?", "red"), number=1),
    make_example(("Что на картинке? Опиши её одним предложением, пожалуйста.", "кот"), number=2),
    make_example(("?", "x"), number=3),
    make_example(("What changed between the two?", "nothing"), pictures=2, number=4),
    make_example(("What is two and two?", "four"), pictures=0, number=5),
    make_example(("What is it?", "a cat"), ("Где 🐈?", "тут"), number=6),
)
VARIANTS = [
    Variant("gemma", "clip", legacy=True),
    Variant("llama", "siglip"),
    Variant("llama", "clip", legacy=True),
    Variant("qwen2", "clip"),
]


@pytest.fixture(params=VARIANTS, ids=lambda variant: "-".join(map(str, (variant.text, variant.tower, variant.legacy))))
def folder(request: pytest.FixtureRequest, build_once: Callable[..., Path]) -> Path:
    variant: Variant = request.param
    name = f"llava-{variant.text}-{variant.tower}" + ("-legacy" if variant.legacy else "")
    return build_once(name, lambda out: build_llava(out, seed=7, size="test", variant=variant))


@pytest.fixture
def plain(build_once: Callable[..., Path]) -> Path:
    return build_once(
        "llava-llama-siglip", lambda out: build_llava(out, seed=7, size="test", variant=Variant("llama", "siglip"))
    )


def answer(model: nn.Module, family: Family, examples: Sequence[Example], batch: int, **how: Any) -> list[Prediction]:
    settings = DecodeSettings(batch, how.pop("max_new_tokens", NEW_TOKENS), **how)
    return [made for batch_of in answer_questions(model, family, examples, settings) for made in batch_of]


def generate_alone(folder: Path, family: Family, example: Example, **how: Any) -> list[int]:
    """New ids from the plain model, one question, no padding, transformers' own `generate` with greedy settings."""
    model = AutoModelForImageTextToText.from_pretrained(folder)
    ids_1T = torch.tensor([family.encode(example, answered=False).ids_T.tolist()])
    pixels = {}
    if example.images:
        processor = AutoProcessor.from_pretrained(folder).image_processor
        pixels = {
            "pixel_values": processor([decode(image) for image in example.images], return_tensors="pt").pixel_values
        }
    model.generation_config.eos_token_id = how.pop("ends", model.generation_config.eos_token_id)
    made = model.generate(
        input_ids=ids_1T,
        attention_mask=torch.ones_like(ids_1T),
        do_sample=False,
        max_new_tokens=NEW_TOKENS,
        **pixels,
        **how,
    )
    return [int(token) for token in made[0, ids_1T.shape[1] :]]


def spell(family: Family, ids: Sequence[int], ends: Sequence[int]) -> str:
    cut = next((at for at, token in enumerate(ids) if token in ends), len(ids))
    return str(family.tokenizer.decode(ids[:cut], skip_special_tokens=True)).strip()


@pytest.mark.parametrize("penalty", [1.0, 1.7])
def test_answers_are_greedy_generations_one_at_a_time(folder: Path, penalty: float) -> None:
    family = open_tiny(folder)
    made = answer(
        load_tiny(family, folder), family, EXAMPLES, batch=1 if penalty > 1 else 4, repetition_penalty=penalty
    )
    ends = list(family.stop_ids)
    alone = [generate_alone(folder, family, example, ends=ends, repetition_penalty=penalty) for example in EXAMPLES]
    assert [item.prediction for item in made] == [spell(family, ids, ends) for ids in alone]
    if penalty > 1:
        assert len({item.prediction for item in made}) > 2, "a model that always says the same would prove nothing"


def test_batch_neighbours_do_not_change_an_answer(folder: Path) -> None:
    family = open_tiny(folder)
    model = load_tiny(family, folder)
    together = answer(model, family, EXAMPLES, batch=len(EXAMPLES))
    for size in (1, 2, 4, 100):
        assert answer(model, family, EXAMPLES, batch=size) == together
    assert answer(model, family, EXAMPLES[::-1], batch=3) == together[::-1]


def test_sampling_that_a_checkpoint_asks_for_is_set_aside(plain: Path, tmp_path: Path) -> None:
    family = open_tiny(plain)
    expected = answer(load_tiny(family, plain), family, EXAMPLES, batch=3)
    shutil.copytree(plain, tmp_path / "sampling")
    published = json.loads((plain / "generation_config.json").read_text())
    published |= {"do_sample": True, "temperature": 5.0, "top_k": 0, "repetition_penalty": 3.0, "num_beams": 3}
    published |= {
        "min_new_tokens": 5,
        "max_length": 7,
        "suppress_tokens": list(range(90, 700)),
        "num_return_sequences": 2,
    }
    (tmp_path / "sampling" / "generation_config.json").write_text(json.dumps(published))
    other = open_tiny(tmp_path / "sampling")
    model: Any = load_tiny(other, tmp_path / "sampling")
    assert answer(model, other, EXAMPLES, batch=3) == expected
    assert model.generation_config.temperature == 5.0, "the model keeps what it came with"


def test_repetition_penalty_is_honoured(plain: Path) -> None:
    family = open_tiny(plain)
    model = load_tiny(family, plain)
    without, some = (answer(model, family, EXAMPLES, batch=1, repetition_penalty=by) for by in (1.0, 1.7))
    assert [item.prediction for item in some] != [item.prediction for item in without]


def test_repetition_penalty_does_not_see_padding(plain: Path, tmp_path: Path) -> None:
    """Where a tokenizer has no padding token, the end token pads; rows that are padded must not shun their end."""
    folder = _that_ends_and_has_no_padding(plain, tmp_path)
    family = open_tiny(folder)
    assert family.pad_id in family.stop_ids
    model = load_tiny(family, folder)
    alone = answer(model, family, EXAMPLES[:5], batch=1, repetition_penalty=1.7)
    assert any(item.finished for item in alone)
    assert answer(model, family, EXAMPLES[:5], batch=5, repetition_penalty=1.7) == alone


def _that_ends_and_has_no_padding(plain: Path, tmp_path: Path) -> Path:
    """A model whose end token the prompt does not hold and which sooner or later says it."""
    shutil.copytree(plain, tmp_path / "unpadded")
    template = "{% for m in messages %}{{ m['role'] + ': ' }}{% for p in m['content'] %}" \
        "{% if p['type'] == 'image' %}{{ '<image>' }}{% else %}{{ p['text'] }}{% endif %}{% endfor %}{{ '\n' }}" \
        "{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"  # fmt: skip
    (tmp_path / "unpadded" / "chat_template.jinja").write_text(template)
    settings = json.loads((plain / "tokenizer_config.json").read_text())
    del settings["pad_token"]
    folder = tmp_path / "unpadded"
    family = open_tiny(folder)
    seen = {int(token) for example in EXAMPLES[:5] for token in family.encode(example).ids_T}
    said = [generate_alone(folder, family, example, ends=[1], repetition_penalty=1.7)[2:] for example in EXAMPLES[:5]]
    end = next(token for ids in said for token in ids if token not in seen and len(family.tokenizer.decode(token)) > 3)
    settings["eos_token"] = family.tokenizer.convert_ids_to_tokens(end)
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    published = json.loads((plain / "generation_config.json").read_text())
    (folder / "generation_config.json").write_text(json.dumps(published | {"eos_token_id": end}))
    return folder


def test_end_token_ends_an_answer_and_says_so(plain: Path, tmp_path: Path) -> None:
    family = open_tiny(plain)
    said = [generate_alone(plain, family, example, ends=list(family.stop_ids)) for example in EXAMPLES]
    stop = said[0][3]
    shutil.copytree(plain, tmp_path / "ends")
    published = json.loads((plain / "generation_config.json").read_text()) | {"eos_token_id": [1, stop]}
    (tmp_path / "ends" / "generation_config.json").write_text(json.dumps(published))
    ending = open_tiny(tmp_path / "ends")
    assert stop in ending.stop_ids
    made = answer(load_tiny(ending, plain), ending, EXAMPLES, batch=len(EXAMPLES))
    assert [item.finished for item in made] == [stop in ids for ids in said]
    assert {item.finished for item in made} == {True, False}
    assert [item.prediction for item in made] == [spell(ending, ids, [stop]) for ids in said]
    model = load_tiny(ending, plain)
    passes: list[int] = []
    model.get_decoder().register_forward_hook(lambda *_: passes.append(1))
    answer(model, ending, EXAMPLES[:1], batch=1, max_new_tokens=60)
    assert 0 < len(passes) <= 5, "nothing is computed after the end"


def test_predictions_carry_what_scoring_needs(plain: Path) -> None:
    family = open_tiny(plain, template="Look. {question} Ответь кратко.")
    example = Example("id-1", EXAMPLES[0].images, EXAMPLES[5].turns, "cluster", {"kind": "where", "n": 3})
    (made,) = answer(load_tiny(family, plain), family, [example], batch=8)
    assert (made.id, made.group, made.metadata) == ("id-1", "cluster", {"kind": "where", "n": 3})
    assert made.question == "Где 🐈?", "as the data asks it, before any prompt template"
    assert made.answers == ("тут",)


def test_answers_of_the_data_are_not_seen(plain: Path) -> None:
    family = open_tiny(plain)
    model = load_tiny(family, plain)
    other = make_example(("What is it?", "a cat"), ("Где 🐈?", "совсем другое"), number=6)
    first, second = (answer(model, family, [example], batch=1)[0].prediction for example in (EXAMPLES[5], other))
    assert first == second
    history = make_example(("What is it?", "ten dogs"), ("Где 🐈?", "тут"), number=6)
    assert answer(model, family, [history], batch=1)[0].prediction != first, "earlier turns are seen"


def test_no_questions_have_no_answers(plain: Path) -> None:
    family = open_tiny(plain)
    assert answer(load_tiny(family, plain), family, [], batch=4) == []


def test_example_that_cannot_be_asked_is_an_error(plain: Path) -> None:
    family = open_tiny(plain)
    with pytest.raises(DataError):
        answer(load_tiny(family, plain), family, [make_example(("<image>?", "x"))], batch=1)
