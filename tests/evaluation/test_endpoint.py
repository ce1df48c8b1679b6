"""A served model is scored as one that is loaded here, whatever the network does; nothing is lost or counted twice."""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chat_server import SLOW_S, ChatServer, serving
from PIL import Image

from lensmith.cli import main
from lensmith.config.sections import PromptSection
from lensmith.data.images import FileImage, decode
from lensmith.errors import RecipeError, RunError
from lensmith.evaluation.endpoint import KEY_VARIABLE, Endpoint, build_request, read_reply, to_data_url
from lensmith.lab.worlds.shapes import make_shapes
from lensmith.types import Example, Turn
from lensmith.workflows.evaluate_endpoint import evaluate_endpoint
from lensmith.workflows.steps.reading import read_served_question

TEMPLATE = "{question} Ответь одним словом 🐈."
SETTINGS = [f"prompt.template={json.dumps(TEMPLATE, ensure_ascii=False)}", "evaluate.resamples=100"]
FAULTS = ("500", "drop", "truncated", "429", "not json", "slow")


def one_in_ten(number: int) -> str:
    return FAULTS[number // 10 % len(FAULTS)] if number % 10 == 3 else ""


@pytest.fixture(scope="session")
def asked(build_once: Callable[..., Path], llava: Path) -> Path:
    """Questions, of which the tiny model answers two in three as the data does; and its answers, asked locally."""

    def build(out: Path) -> None:
        make_shapes(out, pictures=30, seed=0)
        rows = [json.loads(line) for line in (out / "test.jsonl").read_text("utf-8").splitlines()]
        rows += [json.loads(line) for line in (out / "train.jsonl").read_text("utf-8").splitlines()]
        rows = [{**row, "id": f"вопрос {at}"} for at, row in enumerate(rows)][:70]
        data = out / "asked.jsonl"
        write(data, rows)
        limit = "evaluate.max_new_tokens=6"
        ask_here(llava, data, out / "first", limit)
        said = {row["id"]: row["prediction"] for row in read(out / "first" / "predictions.jsonl")}
        rows = [{**row, "answer": said[row["id"]] or "ничего"} if at % 3 else row for at, row in enumerate(rows)]
        write(data, rows)
        ask_here(llava, data, out / "local", limit)

    return build_once("asked", build)


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def ask_here(model: Path, data: Path, out: Path, *more: str) -> None:
    settings = [word for setting in (*SETTINGS, *more) for word in ("--set", setting)]
    assert main(["evaluate", str(model), str(data), "--out", str(out), *settings]) == 0


def ask_there(server: ChatServer, data: Path, out: Path, **patience: Any) -> Any:
    source = {"path": str(data), "format": "auto", "columns": {}, "images": None, "split": None}
    loaded = read_served_question("крошка", None, [source], [*SETTINGS, "evaluate.max_new_tokens=6"], out)
    quick = {"backoff_s": 0.01, "timeout_s": SLOW_S / 2} | patience
    return evaluate_endpoint(loaded, Endpoint(server.url, "крошка", **quick))


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Predictions without what a server does not tell."""
    return [{key: value for key, value in row.items() if key != "confidence"} for row in rows]


def test_one_request_in_ten_fails_and_the_scores_are_those_of_a_local_evaluation(
    asked: Path, llava: Path, tmp_path: Path
) -> None:
    with serving(ChatServer(llava, faults=one_in_ten)) as server:
        found = ask_there(server, asked / "asked.jsonl", tmp_path / "out")
        failures = len(server.bodies) - server.answered
    assert failures >= 5, "the faults were met"
    local = json.loads((asked / "local" / "scores.json").read_text("utf-8"))
    assert json.loads(json.dumps(found.scores.to_json())) == local["predictions"]
    slices = json.loads(json.dumps(found.slices.to_json()))
    assert slices == {key: local[key] for key in ("found_slices", "slice_search")}
    assert found.slices.tested > 0, "slices that could be weak"
    assert 0.5 < found.scores.metrics["exact_match"].estimate.value < 0.9, "scores that could differ"
    assert plain(read(tmp_path / "out" / "predictions.jsonl")) == plain(read(asked / "local" / "predictions.jsonl"))
    assert all(body["messages"][-1]["content"][-1]["text"].endswith("одним словом 🐈.") for body in server.bodies)
    assert {body["model"] for body in server.bodies} == {"крошка"}


def test_an_evaluation_that_was_killed_asks_only_what_is_left(asked: Path, llava: Path, tmp_path: Path) -> None:
    path = tmp_path / "out" / "predictions.jsonl"
    with serving(ChatServer(llava)) as server:
        ask_there(server, asked / "asked.jsonl", tmp_path / "out")
    whole = path.read_text("utf-8")
    lines = whole.splitlines(keepends=True)
    shuffled = [*lines[40:50], *lines[:10], *lines[40:42]]  # as they came, two of them written twice
    path.write_text("".join(shuffled) + lines[60][:30], encoding="utf-8")
    with serving(ChatServer(llava)) as server:  # at another port, as after a restart
        ask_there(server, asked / "asked.jsonl", tmp_path / "out")
        assert len(server.bodies) == len(lines) - 20
    assert path.read_text("utf-8") == whole


def test_a_question_without_an_answer_fails_the_evaluation_and_no_other(
    asked: Path, llava: Path, tmp_path: Path
) -> None:
    rows = read(asked / "asked.jsonl")[:12]
    rows[5]["question"] = "Яд?"
    data = asked / "poisoned.jsonl"
    write(data, rows)
    with serving(ChatServer(llava, poison="Яд?")) as server:
        with pytest.raises(RunError) as refused:
            ask_there(server, data, tmp_path / "out")
        assert [problem.code for problem in refused.value.problems] == ["endpoint/no-answer", "endpoint/unanswered"]
        assert "вопрос 5" in refused.value.problems[0].where
        assert "1 of 12" in refused.value.problems[1].found
        assert not (tmp_path / "out" / "scores.json").exists()
        server.poison = "\0"
        server.bodies.clear()
        ask_there(server, data, tmp_path / "out")
        assert len(server.bodies) == 1
    assert [row["id"] for row in read(tmp_path / "out" / "predictions.jsonl")] == [row["id"] for row in rows]


def test_a_server_that_is_gone_is_not_asked_everything(asked: Path, llava: Path, tmp_path: Path) -> None:
    with serving(ChatServer(llava, faults=lambda number: "500")) as server:
        with pytest.raises(RunError, match="70 of 70 questions have no answer"):
            ask_there(server, asked / "asked.jsonl", tmp_path / "out", attempts=2)
        assert len(server.bodies) < 70


def test_the_key_is_sent_and_never_written(
    asked: Path, llava: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = asked / "few.jsonl"
    write(data, read(asked / "asked.jsonl")[:3])
    command = ["evaluate", str(data), "--model", "крошка", "--out", str(tmp_path / "out"), "--endpoint"]
    with serving(ChatServer(llava, key="тайна"[:0] + "sk-secret-1234")) as server:
        monkeypatch.delenv(KEY_VARIABLE, raising=False)
        assert main([*command, server.url]) == 1
        assert f"set {KEY_VARIABLE} to the key" in capsys.readouterr().err
        monkeypatch.setenv(KEY_VARIABLE, "sk-wrong-5678")
        assert main([*command, server.url]) == 1  # the server repeats what it was sent
        assert "sk-wrong" not in capsys.readouterr().err
        monkeypatch.setenv(KEY_VARIABLE, "sk-secret-1234")
        assert main([*command, server.url]) == 0
    told = capsys.readouterr()
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert len(written) > 1000
    assert b"sk-" not in written + told.out.encode() + told.err.encode()


def test_a_run_lends_its_way_of_asking(asked: Path, llava: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    data = asked / "few.jsonl"
    write(data, read(asked / "asked.jsonl")[:3])
    ask_here(llava, data, run, "prompt.system=Смотри внимательно.", "evaluate.max_new_tokens=5")
    with serving(ChatServer(llava)) as server:
        out = str(tmp_path / "out")
        server.answer = lambda body: {"choices": [{"message": {"content": "да"}, "finish_reason": "length"}]}  # type: ignore[method-assign]
        assert (
            main(["evaluate", str(data), "--endpoint", server.url, "--model", "m", "--like", str(run), "--out", out])
            == 0
        )
    assert server.bodies[0]["messages"][0] == {"role": "system", "content": "Смотри внимательно."}
    assert server.bodies[0]["max_tokens"] == 5
    assert [row["finished"] for row in read(tmp_path / "out" / "predictions.jsonl")] == [False] * 3


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("127.0.0.1:8000/v1", "is no address"),
        ("file:///etc/passwd", "is no address"),
        ("https://me:secret@host/v1", "secrets would be written"),
        ("https://host/v1?key=secret", "secrets would be written"),
    ],
)
def test_an_address_that_cannot_be_asked_is_refused(url: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        Endpoint(url, "m")


def test_the_address_may_end_where_people_end_it() -> None:
    there = "http://host/v1/chat/completions"
    assert {Endpoint(url, "m").completions for url in ("http://host/v1", "http://host/v1/", there)} == {there}


@pytest.mark.parametrize("setting", ["evaluate.decoding=scored", "evaluate.repetition_penalty=1.2"])
def test_what_only_a_loaded_model_can_do_is_refused(
    asked: Path, tmp_path: Path, setting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", str(asked / "asked.jsonl"), "--endpoint", "http://127.0.0.1:9/v1", "--model", "m"]
    labels = ["--set", "evaluate.labels=[да, нет]", "--set", "evaluate.metrics=label"]
    assert main([*command, *labels, "--set", setting, "--out", str(tmp_path / "out")]) == 2
    assert setting.partition("=")[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["data.jsonl"], ["m", "d", "--model", "x"], ["d", "--endpoint", "http://h/v1"], ["m", " "]]
)
def test_half_a_command_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", *words]) == 2
    assert "lensmith evaluate" in capsys.readouterr().err


def test_a_conversation_is_sent_as_one() -> None:
    turns = (Turn("Кто это?", ("кот",)), Turn("Где?", ()))
    body = build_request(Example("e", (), turns, "g"), PromptSection(template="В: {question}"), "m", 7)
    assert [(message["role"], message["content"]) for message in body["messages"]] == [
        ("user", [{"type": "text", "text": "В: Кто это?"}]),
        ("assistant", "кот"),
        ("user", [{"type": "text", "text": "В: Где?"}]),
    ]


@pytest.mark.parametrize("name", ["plain.jpg", "plain.png", "turned.jpg", "clear.png", "grey.png", "still.webp"])
def test_a_picture_arrives_with_the_pixels_that_lensmith_sees(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    picture = Image.effect_mandelbrot((20, 30), (-2, -1, 1, 1), 20).convert("RGB")
    picture.putpixel((3, 4), (250, 10, 10))
    if name == "turned.jpg":
        exif = Image.Exif()
        exif[0x0112] = 6
        picture.save(path, exif=exif)
    else:
        modes = {"clear.png": "RGBA", "grey.png": "L"}
        made = picture.convert(modes.get(name, "RGB"))
        if made.mode == "RGBA":
            made.putpixel((5, 5), (9, 9, 9, 0))
        made.save(path)
    image = FileImage(str(path), name)
    head, _, code = to_data_url(image).partition(",")
    import base64

    data = base64.b64decode(code)
    assert head == f"data:image/{'jpeg' if name == 'plain.jpg' else 'png'};base64"
    assert (data == path.read_bytes()) == name.startswith("plain"), "the file itself where nothing is unusual"
    with Image.open(io.BytesIO(data)) as seen:  # as a server would: nothing turned, nothing laid on white
        assert seen.mode == "RGB"
        assert seen.tobytes() == decode(image).tobytes()


@pytest.mark.parametrize(
    ("reason", "finished"), [("stop", True), ("length", False), ("content_filter", None), (None, None)]
)
def test_whether_the_model_ended_its_answer_is_told(reason: str | None, finished: bool | None) -> None:
    reply = {"choices": [{"message": {"content": None if reason is None else "да"}, "finish_reason": reason}]}
    assert read_reply(json.dumps(reply).encode()) == ("" if reason is None else "да", finished)


def test_torch_is_not_needed(tmp_path: Path) -> None:
    import subprocess
    import sys

    script = "import sys; import lensmith.workflows.evaluate_endpoint; print('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "False"
