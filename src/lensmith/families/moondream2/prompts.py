"""How each release was taught to be asked, as chat templates.

A question follows its pictures, an answer follows its question, and the end token ends it; a further question follows
that, as in the authors' own fine-tuning. No release has a system role.
"""

from dataclasses import dataclass
from typing import Any

IMAGE = "<image>"

# One line of Jinja, so that no white space slips into the prompt. `Wording` fills in what stands between @.
_TURNS = (
    "{{ bos_token }}"
    "{%- for message in messages -%}"
    "{%- set texts = [message['content']] if message['content'] is string"
    " else message['content'] | selectattr('type', 'equalto', 'text') | map(attribute='text') | list -%}"
    "{%- if message['role'] == 'user' -%}"
    "{%- if message['content'] is not string -%}"
    "{%- for part in message['content'] if part['type'] == 'image' -%}{{ '<image>' }}{%- endfor -%}"
    "{%- endif -%}"
    "{{ @before@ + texts | join + @after@ }}"
    "{%- elif message['role'] == 'assistant' -%}{{ @lead@ + texts | join + eos_token }}"
    "{%- else -%}{{ raise_exception('Moondream has no ' + message['role'] + ' role') }}"
    "{%- endif -%}"
    "{%- endfor -%}"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """What stands around a question and before an answer."""

    before: str
    after: str
    lead: str

    def to_template(self) -> str:
        r"""The chat template.

        >>> Wording("\n\nQ:", "\n\nA:", " ").to_template().count(r"\n\nQ:")
        1
        """
        template = _TURNS
        for name, text in (("before", self.before), ("after", self.after), ("lead", self.lead)):
            template = template.replace(f"@{name}@", _quote(text))
        return template


FIRST = Wording("\n\nQuestion: ", "\n\nAnswer:", " ")
"""2024-08-26."""

JANUARY = Wording("\n\nQuestion:", "\n\nAnswer:", "")
"""2025-01-09: no space parts the question from the colon.

The authors spell the question apart; together the tokens are the same, unless it begins with a sign such as "?".
"""

SPRING = Wording("\n\nQuestion: ", "\n\nAnswer:", "")
"""2025-03-27 and 2025-04-14."""

BY_RELEASE = {"2025-01-09": JANUARY, "2025-03-27": SPRING, "2025-04-14": SPRING}
"""Releases of 2025 with the tokenizer of 2024."""

RESERVED = (1, 2, 3)
"""Start, separator and answer in the tokenizer of the later releases."""
FORBIDDEN_LATER = RESERVED[2:]
"""What their own code lets an answer begin with, and never go on with."""
QUERY = 15381
"""What is asked for there, between start and separator."""
COORDINATE = 5
"""Stands for a place in pictures there; no text holds it."""


def read_reserved(tokenizer: Any) -> Wording | None:
    """The wording of 2025-06-21 in the words of its tokenizer, or None for a tokenizer that does not know it.

    The release's code closes a question with the answer token and opens the answer with the same one.
    """
    start, separator, answer = tokenizer.convert_ids_to_tokens(list(RESERVED))
    wording = Wording(f"{start}{tokenizer.decode([QUERY])}{separator}", f"{answer}{answer}", "")
    spelled = tokenizer([wording.before, wording.after], add_special_tokens=False)["input_ids"]
    return wording if spelled == [[1, QUERY, 2], [3, 3]] else None


def _quote(text: str) -> str:
    """The text as a Jinja string."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
