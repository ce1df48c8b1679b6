"""A checkpoint's chat template, asked the few questions that the seam needs answered.

The template is rendered with probes once, so that what it does with pictures, system messages and the end
of an answer is known from what it prints and never assumed from a model's name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2.exceptions import TemplateError

from lensmith.config.sections import PromptSection
from lensmith.errors import ModelError, Problem
from lensmith.types import Turn

Message = dict[str, Any]
Render = Callable[[list[Message], bool], str]

_QUESTION, _ANSWER, _SYSTEM = "Zq0question", "Zq1answer", "Zq2system"


@dataclass(frozen=True, slots=True)
class Chat:
    """How one checkpoint writes a conversation.

    Attributes:
        render: messages and add_generation_prompt to text.
        image_token: the text that stands for one picture.
        blocks: True when the template takes content as a list of blocks, False when as one string.
        takes_system: False when the template refuses a system message.
        lead: what stands between the prompt and the answer's first character; usually nothing or a space.
        end: the token that ends an answer, as text.
    """

    render: Render
    image_token: str
    blocks: bool
    takes_system: bool
    lead: str
    end: str

    def prompts(self, turns: Sequence[Turn], n_images: int, system: str | None) -> list[str]:
        """The text sent before each answer: element k holds turns 0…k-1 with their first answers, and question k.

        Pictures stand before the first question. Each element starts with the one before it followed by
        `answer_text` of its answer, or a ModelError says that the template rewrites history.
        """
        messages: list[Message] = []
        if system and self.takes_system:
            messages.append(_message("system", system, 0, self))
        prompts: list[str] = []
        for at, turn in enumerate(turns):
            first = at == 0
            question = f"{system}\n{turn.question}" if first and system and not self.takes_system else turn.question
            messages.append(_message("user", question, n_images if first else 0, self))
            prompts.append(self.render(messages, True))
            if at and not prompts[at].startswith(prompts[at - 1] + self.answer_text(turns[at - 1].answers[0])):
                raise ModelError(
                    Problem(
                        "model/template-rewrites-history",
                        "chat template",
                        "an earlier turn is written differently once a later one follows it",
                        consequence="a conversation cannot be trained as one sequence",
                        fix="give each turn as an example of its own, or give a template with prompt.chat_template",
                    )
                )
            if at + 1 < len(turns):
                messages.append(_message("assistant", turn.answers[0].strip(), 0, self))
        return prompts

    def answer_text(self, answer: str) -> str:
        """What the model should write after the prompt: the answer and its end."""
        return f"{self.lead}{answer.strip()}{self.end}"


def _message(role: str, text: str, n_images: int, chat: Chat) -> Message:
    return message(role, text, n_images, blocks=chat.blocks, image_token=chat.image_token)


def message(role: str, text: str, n_images: int, *, blocks: bool, image_token: str) -> Message:
    """One message with its pictures before its text, in the form the template takes."""
    if blocks:
        return {"role": role, "content": [{"type": "image"}] * n_images + [{"type": "text", "text": text}]}
    return {"role": role, "content": f"{image_token}\n" * n_images + text}


def read_chat(render: Render, image_token: str, ends: Sequence[str], eos: str | None) -> Chat:
    """Learns how a template writes a conversation by rendering probes.

    Args:
        render: messages and add_generation_prompt to text.
        image_token: the text that stands for one picture.
        ends: texts of the special tokens that could end an answer.
        eos: the tokenizer's end of sequence, used where the template writes no end.

    Raises:
        ModelError: the template cannot express a picture with a question and an answer.
    """
    blocks = _takes_blocks(render, image_token)
    system = message("system", _SYSTEM, 0, blocks=blocks, image_token=image_token)
    user = message("user", _QUESTION, 1, blocks=blocks, image_token=image_token)
    answer = message("assistant", _ANSWER, 0, blocks=blocks, image_token=image_token)
    prompt, full = render([user], True), render([user, answer], False)
    if not full.startswith(prompt) or _ANSWER not in full[len(prompt) :]:
        raise ModelError(
            Problem(
                "model/template-prompt-differs",
                "chat template",
                f"what is sent to generate an answer, {prompt[-60:]!r}, is not how the answered conversation goes on",
                consequence="training would see another prompt than generation sends",
                fix="give a template with prompt.chat_template whose add_generation_prompt matches its answers",
            )
        )
    lead, _, rest = full[len(prompt) :].partition(_ANSWER)
    end = _find_end(rest, ends, eos)
    try:
        takes_system = _SYSTEM in render([system, user], True)
    except TemplateError:
        takes_system = False
    return Chat(render, image_token, blocks, takes_system, lead, end)


def _takes_blocks(render: Render, image_token: str) -> bool:
    """True when blocks render to one image token and the bare question; False when a string does."""
    for blocks in (True, False):
        probe = message("user", _QUESTION, 1, blocks=blocks, image_token=image_token)
        try:
            text = render([probe], True)
        except (TemplateError, TypeError):
            continue
        if text.count(image_token) == 1 and _QUESTION in text and "'type'" not in text:
            return blocks
    raise ModelError(
        Problem(
            "model/template-without-picture",
            "chat template",
            f"a message with one picture and a question does not give exactly one {image_token}",
            fix="give a template that does with prompt.chat_template",
        )
    )


def _find_end(rest: str, ends: Sequence[str], eos: str | None) -> str:
    """The special token right after the answer, white space before it allowed; else the tokenizer's own."""
    stripped = rest.lstrip()
    found = [end for end in ends if stripped.startswith(end)]
    if found:
        longest = max(found, key=len)
        return rest[: len(rest) - len(stripped)] + longest
    if eos is None:
        raise ModelError(
            Problem(
                "model/no-end-token",
                "tokenizer",
                "neither the chat template nor the tokenizer has a token that ends an answer",
                consequence="a tuned model could never stop",
                fix="set eos_token in the model's tokenizer_config.json",
            )
        )
    return eos


def find_template(processor: Any, prompt: PromptSection, own: str | None = None) -> str:
    """The chat template: the recipe's, else the processor's, else the tokenizer's, else the family's own.

    Raises:
        ModelError: there is none, or the recipe's file cannot be read.
    """
    if prompt.chat_template is not None:
        try:
            return Path(prompt.chat_template).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ModelError(
                Problem("model/template-unreadable", "prompt.chat_template", str(error), fix="name a readable file")
            ) from error
    for holder in (processor, processor.tokenizer):
        template = getattr(holder, "chat_template", None)
        if isinstance(template, dict):
            template = template.get("default")
        if template:
            return str(template)
    if own is not None:
        return own
    raise ModelError(
        Problem(
            "model/no-chat-template",
            "processor",
            "neither the processor nor the tokenizer has a chat template",
            consequence="how the model was taught to be asked is not known",
            fix="write it as a Jinja file and name it in prompt.chat_template",
        )
    )
