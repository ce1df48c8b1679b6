"""A small server that conforms to OpenAI's chat completions and answers through a tiny model; it fails where told."""

import base64
import io
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

from lensmith.evaluation.decode import answer_questions
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.types import Example, Turn
from tiny_models import load_tiny, open_tiny, to_png

SLOW_S = 6.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture as it came in a request."""

    name: str
    data: bytes

    def read_bytes(self) -> bytes:
        return self.data


@dataclass
class ChatServer:
    """What the server is told, and what it saw.

    Attributes:
        folder: of the tiny model.
        faults: the number of a request, counted from 0, to what goes wrong; empty: it is answered.
        key: that must be sent; empty: none.
        poison: a question with this text in it is refused.
        asked: how often each question about each picture came.
        url: up to /v1.
    """

    folder: Any
    faults: Callable[[int], str] = lambda number: ""
    key: str = ""
    poison: str = "\0"
    asked: Counter[tuple[str, bytes]] = field(default_factory=Counter)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    answered: int = 0
    url: str = ""

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.family = open_tiny(self.folder)
        self.model = load_tiny(self.family, self.folder)

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """A chat completion, from what the request says alone."""
        turns: list[Turn] = []
        pictures: list[Sent] = []
        for message in body["messages"]:
            if message["role"] == "assistant":
                turns[-1] = Turn(turns[-1].question, (message["content"],))
                continue
            for part in message["content"]:
                if part["type"] == "image_url":
                    head, _, code = part["image_url"]["url"].partition(",")
                    assert head in ("data:image/png;base64", "data:image/jpeg;base64")
                    with Image.open(io.BytesIO(base64.b64decode(code))) as picture:
                        pictures.append(Sent(f"{len(pictures)}.png", to_png(picture.convert("RGB"))))
            turns.append(Turn(message["content"][-1]["text"], ()))
        assert body["temperature"] == 0
        settings = DecodeSettings(1, body["max_tokens"])
        example = Example("asked", tuple(pictures), tuple(turns), "asked")
        with self.lock:
            ((said,),) = answer_questions(self.model, self.family, [example], settings)
            self.answered += 1
        reason = "stop" if said.finished else "length"
        message = {"role": "assistant", "content": said.prediction}
        return {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": reason}]}

    def note(self, body: dict[str, Any]) -> int:
        """Counts the request; its number."""
        with self.lock:
            self.bodies.append(body)
            question = json.dumps(body["messages"], sort_keys=True).encode()
            self.asked[body["messages"][-1]["content"][-1]["text"], question] += 1
            return len(self.bodies) - 1


@contextmanager
def serving(server: ChatServer) -> Iterator[ChatServer]:
    """The server at `server.url` while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fault = server.faults(server.note(body))
            if fault == "drop":
                self.close_connection = True
                self.connection.close()
            elif self.path != "/v1/chat/completions":
                self.reply(404, b'{"error": "no such place"}')
            elif server.key and self.headers.get("Authorization") != f"Bearer {server.key}":
                self.reply(401, f"bad key: {self.headers.get('Authorization')}".encode())
            elif server.poison in body["messages"][-1]["content"][-1]["text"]:
                self.reply(400, b"too long")
            elif fault == "500":
                self.reply(500, b"<html>oops</html>")
            elif fault == "429":
                self.reply(429, b"later", {"Retry-After": "0"})
            elif fault == "not json":
                self.reply(200, b"<html>welcome to the hotel's network</html>")
            else:
                if fault == "slow":
                    time.sleep(SLOW_S)
                whole = json.dumps(server.answer(body)).encode()
                self.reply(200, whole, cut=len(whole) // 2 if fault == "truncated" else None)

        def reply(self, status: int, content: bytes, headers: dict[str, str] | None = None, cut: int | None = None):
            try:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content[:cut])
            except OSError:  # the client has lost patience
                self.close_connection = True
            if cut is not None:
                self.close_connection = True

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_port}/v1"
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
