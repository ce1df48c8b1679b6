"""Multiple choice as text: the hint, the question, the options under their letters, and how to answer.

The same as lmms-eval asks MMBench, to the last blank line; of its Russian version, too, only the last line is Russian.
The English last line is from memory.
"""

import re
from collections.abc import Mapping, Sequence

from lensmith.errors import DataError, Problem, suggest

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
WORDING = {
    "options": "There are several options:",
    "instruction": "Answer with the option's letter from the given choices directly.",
}
"""What `wording` may change."""
RUSSIAN = "Выбери правильный вариант ответа буквой."

_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def pose(question: str, hint: str, options: Mapping[str, str], words: Mapping[str, str]) -> str:
    """A question with its options by letter.

    >>> print(pose("Кто это?", "", {"A": "кот", "B": "пёс"}, WORDING | {"instruction": RUSSIAN}))
    Кто это? There are several options:
    A. кот
    B. пёс
    <BLANKLINE>
    Выбери правильный вариант ответа буквой.
    """
    listed = "\n".join(f"{letter}. {text}" for letter, text in options.items())
    return f"{f'{hint} ' if hint.strip() else ''}{question} {words['options']}\n{listed}\n\n{words['instruction']}"


def choose_words(wording: Mapping[str, str], questions: Sequence[str], where: str) -> dict[str, str]:
    """The words around the options: Russian where one of `questions` has Cyrillic letters, then the user's.

    Raises:
        DataError: `wording` names what there is not.
    """
    unknown = [name for name in wording if name not in WORDING]
    if unknown:
        raise DataError(
            Problem("data/unknown-wording", where, f"options have no word `{name}`", fix=suggest(name, WORDING))
            for name in unknown
        )
    russian = any(_CYRILLIC.search(question) for question in questions)
    return {**WORDING, **({"instruction": RUSSIAN} if russian else {}), **wording}
