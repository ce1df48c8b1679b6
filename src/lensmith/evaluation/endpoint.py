"""A model behind an OpenAI-compatible endpoint: one question becomes one request, asked until there is a whole answer.

The request is that of chat completions: the pictures as data URLs, then the question in the recipe's template;
temperature 0. What the model's chat template makes of it is the server's.
"""

import base64
import io
import json
import os
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from lensmith.config.sections import PromptSection
from lensmith.data.images import decode_bytes, decode_reduced, read_bytes
from lensmith.errors import Problem, RecipeError, RunError
from lensmith.types import Example, ImageRef, Prediction

KEY_VARIABLE = "LENSMITH_API_KEY"
"""Holds the key that the endpoint asks for. It is sent, and never written, shown or taken from elsewhere."""

# Formats that a server decodes to the pixels that lensmith sees, where nothing about the picture is unusual.
_PLAIN_FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png"}
_ASK_AGAIN = frozenset({408, 425, 429})
_ABOUT_THE_QUESTION = frozenset({400, 413, 415, 422})
_LONGEST_WAIT_S = 60.0
_SHOWN_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is served, and how patiently it is asked.

    Attributes:
        url: up to and including `/v1`.
        model: its name there.
        concurrency: questions asked at a time.
        timeout_s: how long the server may stay silent.
        attempts: how often one question is asked at most.
        backoff_s: the pause after the first failure; each next one is twice as long, up to a minute.
    """

    url: str
    model: str
    concurrency: int = 4
    timeout_s: float = 120.0
    attempts: int = 6
    backoff_s: float = 0.5

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            found, fix = f"`{self.url}` is no address", "for example http://127.0.0.1:8000/v1"
            raise RecipeError(Problem("endpoint/url", "--endpoint", found, "http:// or https://", fix=fix))
        if parts.username or parts.password or parts.query or parts.fragment:
            found = "the address holds more than a place: a name, a password, or what follows ? or #"
            fix = f"give the plain address, and a key in the environment variable {KEY_VARIABLE}"
            consequence = "secrets would be written into the folder of the answers"
            raise RecipeError(Problem("endpoint/url", "--endpoint", found, consequence=consequence, fix=fix))

    @property
    def completions(self) -> str:
        """The address that questions are sent to."""
        return self.url.rstrip("/").removesuffix("/chat/completions") + "/chat/completions"


class NoAnswerError(Exception):
    """One question got no answer; the others may."""

    def __init__(self, found: str, *, exhausted: bool) -> None:
        super().__init__(found)
        self.exhausted = exhausted


class _AskAgainError(Exception):
    """What went wrong may not go wrong again."""

    def __init__(self, found: str, wait_s: float = 0.0) -> None:
        super().__init__(found)
        self.wait_s = wait_s


def build_request(example: Example, prompt: PromptSection, model: str, max_new_tokens: int) -> dict[str, Any]:
    """The body of the request: all pictures before the first question, earlier turns with their first answers.

    Raises:
        DataError: a picture cannot be read.
    """
    messages: list[dict[str, Any]] = [{"role": "system", "content": prompt.system}] if prompt.system else []
    pictures = [{"type": "image_url", "image_url": {"url": to_data_url(image)}} for image in example.images]
    for at, turn in enumerate(example.turns):
        question = {"type": "text", "text": prompt.template.replace("{question}", turn.question)}
        messages.append({"role": "user", "content": [*(pictures if at == 0 else []), question]})
        if at + 1 < len(example.turns):
            messages.append({"role": "assistant", "content": turn.answers[0].strip()})
    return {"model": model, "messages": messages, "temperature": 0, "max_tokens": max_new_tokens, "stream": False}


def to_data_url(image: ImageRef) -> str:
    """The picture's own bytes where any decoder shows what lensmith sees; else those pixels as PNG.

    Turned, transparent, grey, animated and rare pictures are decoded in several ways by the world's servers.

    Raises:
        DataError: it cannot be read or decoded.
    """
    data = read_bytes(image)
    _, traits = decode_reduced(data, image.name, 1)
    kind = _PLAIN_FORMATS.get(traits.format)
    unusual = traits.mode != "RGB" or traits.is_turned or traits.has_transparency or traits.frames != 1
    if kind is None or unusual:
        drawn = io.BytesIO()
        decode_bytes(data, image.name).save(drawn, "PNG")
        kind, data = "image/png", drawn.getvalue()
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


class EndpointClient:
    """Asks, from any number of threads.

    Args:
        endpoint: where, and how patiently.
        prompt: how a question is put.
        max_new_tokens: an answer may have so many; a longer one is cut and marked unfinished.
    """

    def __init__(self, endpoint: Endpoint, prompt: PromptSection, max_new_tokens: int) -> None:
        self.endpoint = endpoint
        self.prompt = prompt
        self.max_new_tokens = max_new_tokens
        self._key = os.environ.get(KEY_VARIABLE, "").strip()
        self._stopping = threading.Event()
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        limits = httpx2.Limits(max_connections=endpoint.concurrency, max_keepalive_connections=endpoint.concurrency)
        self._client = httpx2.Client(timeout=endpoint.timeout_s, headers=headers, limits=limits)

    def stop(self) -> None:
        """Ends the pauses between attempts; nothing is asked any more."""
        self._stopping.set()

    def close(self) -> None:
        """Stops, and closes the connections."""
        self.stop()
        self._client.close()

    def ask(self, example: Example) -> Prediction:
        """The answer to the example's last question.

        Raises:
            NoAnswerError: this question cannot be answered, or every attempt failed.
            DataError: a picture cannot be read.
            RunError: no question can be answered: the address, the model's name or the key is wrong.
        """
        body = build_request(example, self.prompt, self.endpoint.model, self.max_new_tokens)
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        jitter = random.Random(example.id)
        found = ""
        for attempt in range(self.endpoint.attempts):
            try:
                text, finished = self._send(content)
            except _AskAgainError as error:
                found = self._without_key(str(error))
                pause_s = self.endpoint.backoff_s * 2**attempt * jitter.uniform(0.5, 1.0)
                last = attempt + 1 == self.endpoint.attempts
                if not last and self._stopping.wait(min(max(pause_s, error.wait_s), _LONGEST_WAIT_S)):
                    raise NoAnswerError("it was not asked to the end", exhausted=False) from None
                continue
            return Prediction(
                id=example.id,
                group=example.group,
                question=example.question,
                answers=example.answers,
                prediction=text.strip(),
                finished=finished,
                metadata=example.metadata,
            )
        raise NoAnswerError(f"{self.endpoint.attempts} attempts failed, the last with: {found}", exhausted=True)

    def _send(self, content: bytes) -> tuple[str, bool | None]:
        """One attempt: the answer's text, and whether the model ended it."""
        where = self.endpoint.completions
        try:
            reply = self._client.post(where, content=content, headers={"Content-Type": "application/json"})
        except httpx2.RequestError as error:  # no connection, a broken one, silence, a body that was cut
            raise _AskAgainError(f"{type(error).__name__}: {error}") from error
        if reply.status_code == 200:
            return read_reply(reply.content)
        said = f"status {reply.status_code}: {self._without_key(reply.text)[:_SHOWN_CHARACTERS].strip()}"
        if reply.status_code in _ASK_AGAIN or reply.status_code >= 500:
            raise _AskAgainError(said, _wait_asked_for(reply.headers))
        if reply.status_code in _ABOUT_THE_QUESTION:
            raise NoAnswerError(said, exhausted=False)
        raise RunError(Problem("endpoint/refused", where, said, fix=_mend(reply.status_code, self._key)))

    def _without_key(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text


def read_reply(content: bytes) -> tuple[str, bool | None]:
    """The text of a chat completion, and whether the model ended it; None where the server does not say.

    >>> read_reply(b'{"choices": [{"message": {"content": "a cat"}, "finish_reason": "stop"}]}')
    ('a cat', True)

    Raises:
        _AskAgainError: it is not a chat completion, or not all of one.
    """
    try:
        choice = json.loads(content)["choices"][0]
        text = choice["message"]["content"]
        finished = {"stop": True, "length": False}.get(choice.get("finish_reason"))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        shown = content[:_SHOWN_CHARACTERS].decode("utf-8", "replace")
        raise _AskAgainError(f"the reply is no chat completion ({error!r}): {shown}") from error
    if text is not None and not isinstance(text, str):
        raise _AskAgainError(f"the answer is a {type(text).__name__}, not text")
    return text or "", finished


def _wait_asked_for(headers: Mapping[str, str]) -> float:
    """The seconds in `Retry-After`; 0 where there are none. A date there is passed over for our own pause."""
    text = headers.get("retry-after", "")
    return float(text) if text.isdecimal() else 0.0


def _mend(status: int, key: str) -> str:
    if status in (401, 403):
        return f"the key in {KEY_VARIABLE} is not accepted" if key else f"set {KEY_VARIABLE} to the key"
    if status == 404:
        return "give the address up to and including /v1, and the model's name as the server lists it under /models"
    return "give the address that the server answers at"
