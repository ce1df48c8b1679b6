"""Chat templates: what they do is read from what they print, and what cannot be trained with is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from odd_checkpoints import VICUNA, build_sentencepiece, edit_json

from lensmith.errors import ModelError
from lensmith.lab.models import Variant, build_llava
from tiny_models import make_example, open_tiny

PARTS = (
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}{{ '<image>' }}{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}"
)
TURNS = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<start_of_turn>' + message['role'] + '\n' }}" + PARTS + "{{ '<end_of_turn>\n' }}{% endfor %}"
)
CUE = "{% if add_generation_prompt %}{{ '<start_of_turn>assistant\n' }}{% endif %}"
ONCE = make_example(("What is it?", "a cat"), number=1)
TWICE = make_example(("What is it?", "a cat"), ("Где?", "тут"), number=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return build_llava(tmp_path / "model", seed=1, size="test", variant=Variant("llama", "siglip"))


def use(folder: Path, template: str) -> Path:
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    return folder


def refusal(folder: Path, **prompt: Any) -> str:
    with pytest.raises(ModelError) as caught:
        open_tiny(folder, **prompt)
    (problem,) = caught.value.problems
    assert problem.fix
    return problem.code


def test_template_that_matches_itself_is_read(folder: Path) -> None:
    family = open_tiny(use(folder, TURNS + CUE))
    assert (family.chat.blocks, family.chat.lead, family.chat.end) == (True, "", "<end_of_turn>")
    encoded = family.encode(TWICE)
    text = family.tokenizer.decode(encoded.ids_T.tolist()).replace("<image>", "")
    assert text == (
        "<bos><start_of_turn>user\nWhat is it?<end_of_turn>\n<start_of_turn>assistant\na cat<end_of_turn>\n"
        "<start_of_turn>user\nГде?<end_of_turn>\n<start_of_turn>assistant\nтут<end_of_turn>"
    )


def test_template_without_an_end_uses_the_tokenizers(folder: Path) -> None:
    bare = (
        "{{ bos_token }}{% for message in messages %}{{ message['role'] + ': ' }}" + PARTS + "{{ '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
    )
    family = open_tiny(use(folder, bare))
    assert family.chat.end == family.tokenizer.eos_token == "<eos>"
    encoded = family.encode(ONCE)
    assert encoded.ids_T[-1] == family.tokenizer.eos_token_id == family.stop_ids[0]
    assert encoded.weights_T[-1] == 1.0


def test_vicunas_turns(build_once: Callable[..., Path]) -> None:
    family = open_tiny(build_once("llava-sentencepiece", build_sentencepiece))
    assert (family.chat.lead, family.chat.end) == (" ", "</s>")
    encoded = family.encode(ONCE)
    taught = encoded.ids_T[encoded.weights_T > 0].tolist()
    assert family.tokenizer.convert_ids_to_tokens(taught)[0].startswith("▁")
    assert family.decode(taught) == "a cat"
    assert family.template == VICUNA


def test_no_end_anywhere_is_refused(folder: Path) -> None:
    bare = "{% for message in messages %}{{ message['role'] + ': ' }}" + PARTS + "{{ '\n' }}{% endfor %}"
    use(folder, bare + "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}")
    edit_json(folder / "tokenizer_config.json", lambda settings: settings.pop("eos_token"))
    assert refusal(folder) == "model/no-end-token"


@pytest.mark.parametrize(
    "cue",
    [
        "{% if add_generation_prompt %}{{ '<start_of_turn>assistant\n<think>\n\n</think>\n' }}{% endif %}",
        "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}",
        "{% if add_generation_prompt %}{{ '<start_of_turn>assistant' }}{{ '  ' }}{% endif %}",
    ],
    ids=["thinks first", "other role", "other space"],
)
def test_generation_prompt_that_answers_do_not_follow_is_refused(folder: Path, cue: str) -> None:
    assert refusal(use(folder, TURNS + cue)) == "model/template-prompt-differs"


def test_no_template_is_refused_and_a_file_helps(folder: Path, tmp_path: Path) -> None:
    expected = open_tiny(folder).encode(ONCE).ids_T.tolist()
    template = (folder / "chat_template.jinja").read_text(encoding="utf-8")
    (folder / "chat_template.jinja").unlink()
    assert refusal(folder) == "model/no-chat-template"
    file = tmp_path / "шаблон.jinja"
    file.write_text(template, encoding="utf-8")
    assert open_tiny(folder, chat_template=str(file)).encode(ONCE).ids_T.tolist() == expected


def test_file_of_the_recipe_goes_before_the_checkpoints_own(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.jinja"
    file.write_text(TURNS.replace("role'] + '", "role'] + ' here") + CUE.replace("assistant", "assistant here"))
    text = open_tiny(folder, chat_template=str(file)).chat.render([{"role": "user", "content": []}], True)
    assert text == "<bos><start_of_turn>user here\n<end_of_turn>\n<start_of_turn>assistant here\n"


def test_file_that_cannot_be_read_is_refused(folder: Path, tmp_path: Path) -> None:
    assert refusal(folder, chat_template=str(tmp_path / "absent.jinja")) == "model/template-unreadable"
    broken = tmp_path / "broken.jinja"
    broken.write_bytes(b"\xff\xfe\x00")
    assert refusal(folder, chat_template=str(broken)) == "model/template-unreadable"


@pytest.mark.parametrize(
    "template",
    [
        "{% for message in messages %}{{ message['content'][0]['text'] }}{% endfor %}",
        "{{ 'no messages at all' }}",
        TURNS.replace("'<image>'", "'<image><image>'") + CUE,
        "{{ raise_exception('not a conversation') }}",
    ],
    ids=["no picture", "no question", "picture twice", "raises"],
)
def test_template_that_cannot_show_a_picture_is_refused(folder: Path, template: str) -> None:
    assert refusal(use(folder, template)) == "model/template-without-picture"


def test_template_with_a_syntax_error_is_refused(folder: Path) -> None:
    assert refusal(use(folder, "{% for message in messages %}{{ message")).startswith("model/template")


def test_template_that_drops_the_second_picture_is_refused(folder: Path) -> None:
    once = TURNS.replace("'image' %}", "'image' and loop.first %}").replace("{% else %}", "{% elif part['text'] %}")
    family = open_tiny(use(folder, once + CUE))
    assert len(family.encode(ONCE).spans) == 1
    with pytest.raises(ModelError):
        family.encode(make_example(("What changed?", "nothing"), pictures=2))


def test_template_that_rewrites_history_is_refused_for_conversations_only(folder: Path) -> None:
    forgets = (
        TURNS.replace("{{ '<start_of_turn>' +", "{% if loop.revindex <= 2 %}{{ '<start_of_turn>' +") + "{% endif %}"
    )
    forgets = forgets.replace("{% endfor %}{% endif %}", "{% endif %}{% endfor %}")
    family = open_tiny(use(folder, forgets + CUE))
    assert family.encode(ONCE).n_answer_tokens > 1
    with pytest.raises(ModelError) as caught:
        family.encode(make_example(("a?", "b"), ("c?", "d"), ("e?", "f")))
    assert caught.value.problems[0].code == "model/template-rewrites-history"


def test_named_templates_use_the_default_one(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    named = [{"name": "default", "template": TURNS + CUE}, {"name": "tool_use", "template": "tools"}]
    edit_json(folder / "tokenizer_config.json", lambda settings: settings.update(chat_template=named))
    assert open_tiny(folder).template == TURNS + CUE
