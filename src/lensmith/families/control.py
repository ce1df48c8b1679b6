"""Control tokens belong to the chat template: in a user's text they are refused, not read as commands."""

import re
from collections.abc import Collection
from typing import Any

from lensmith.config.sections import PromptSection
from lensmith.errors import DataError, Problem, RecipeError
from lensmith.types import Example

# Half a character, lawful in a JSON string and in no text.
_SURROGATE = re.compile("[\ud800-\udfff]")


def find_reserved(tokenizer: Any, image_token: str) -> frozenset[str]:
    """The texts of a tokenizer's special tokens, and the one that stands for a picture."""
    added = tokenizer.added_tokens_decoder.values()
    special = {token.content for token in added if token.special} | set(tokenizer.all_special_tokens)
    return frozenset(special | {image_token})


def refuse_reserved(example: Example, reserved: Collection[str]) -> None:
    """Refuses an example whose texts hold a control token, or half a character.

    Raises:
        DataError: it does; names the tokens.
    """
    texts = [text for turn in example.turns for text in (turn.question, *turn.answers[:1])]
    if any(_SURROGATE.search(text) for text in texts):
        raise DataError(
            Problem(
                "data/not-text",
                f"example {example.id}",
                "its text holds half a character, which UTF-8 cannot write (a lone surrogate)",
                fix="write the text again; an emoji was cut in two",
            )
        )
    found = sorted({token for token in reserved for text in texts if token in text})
    if found:
        raise DataError(
            Problem(
                "data/control-token",
                f"example {example.id}",
                f"its text holds {', '.join(found)}, which the model reads as a command",
                consequence="a picture's place or an answer's end would be where the text says",
                fix="take it out of the question or answer",
            )
        )


def check_prompt(prompt: PromptSection, reserved: Collection[str]) -> None:
    """Refuses a recipe's prompt that holds control tokens: pictures and turns are the chat template's to write.

    Raises:
        RecipeError: it does; one problem a token.
    """
    texts = {"prompt.template": prompt.template, "prompt.system": prompt.system or ""}
    problems = [
        Problem(
            "recipe/control-token",
            where,
            f"it holds the control token {token}",
            consequence="a picture or a turn would stand where the chat template does not expect it",
            fix="take it out: the chat template writes it",
        )
        for where, text in texts.items()
        for token in sorted(reserved)
        if token in text
    ]
    if problems:
        raise RecipeError(problems)
