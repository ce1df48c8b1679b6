"""The app in a real browser: a picture is dropped, two answers appear, and one walks through the errors of the run."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lensmith.errors import RunError
from lensmith.rundir import read_json, read_jsonl_prefix, write_json, write_jsonl
from tiny_models import to_png

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WAIT_MS = 120_000  # the machine may be busy with other tests

if not BROWSER:
    pytest.skip("no Chromium is on the PATH", allow_module_level=True)
pytest.importorskip("playwright", reason="playwright is not installed")
pytest.importorskip("gradio", minversion="6", reason="Gradio 6 is not installed: pip install 'lensmith[app]'")

HOSTILE = "<script>document.title='взлом'</script><img src=x onerror=\"document.title='взлом'\">"


def say_what_is_hostile(run: Path) -> None:
    """Puts markup into the question and the answers that come first among the gained ones."""
    first = read_json(run / "comparison.json")["metrics"]["label"]["gained"]["ids"][0]
    for name in ("before.jsonl", "after.jsonl"):
        rows = read_jsonl_prefix(run / name)
        for row in rows:
            if row["id"] == first:
                row["question"] = row["prediction"] = HOSTILE
        write_jsonl(run / name, rows)


@pytest.fixture(scope="module")
def served(lora_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A LoRA run's page, with one question that is hostile."""
    from lensmith.workflows.app import open_app

    run = tmp_path_factory.mktemp("app") / "мой run"
    shutil.copytree(lora_run, run)
    say_what_is_hostile(run)
    comparison = read_json(run / "comparison.json")
    comparison["metrics"]["label"]["sentence"] = f"better {HOSTILE}"
    write_json(run / "comparison.json", comparison)
    page = open_app(run)
    yield page
    page.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(served: Any, browser: Any) -> Iterator[Any]:
    """The page, opened; every address that it asks for must be its own."""
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    opened.set_default_timeout(WAIT_MS)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    reply = opened.goto(served.url)
    assert "default-src 'self'" in reply.headers["content-security-policy"]
    opened.wait_for_selector("#ask-both")
    yield opened
    elsewhere = [url for url in asked if not url.startswith((served.url, "data:", "blob:"))]
    assert elsewhere == []
    assert len(asked) > 5
    assert opened.title() != "взлом"
    opened.close()


def value(page: Any, field: str) -> str:
    return str(page.input_value(f"#{field} textarea"))


def wait_for_value(page: Any, field: str) -> None:
    page.wait_for_function(f"document.querySelector('#{field} textarea')?.value")


def test_a_picture_is_dropped_and_both_answer(page: Any, lora_run: Path) -> None:
    first = read_jsonl_prefix(lora_run / "after.jsonl")[0]
    page.set_input_files("#picture input[type=file]", lora_run.parent / "world" / first["group"])
    page.fill("#question textarea", first["question"])
    page.wait_for_selector("#picture img")
    page.click("#ask-both")
    wait_for_value(page, "ask-tuned")
    assert value(page, "ask-tuned") == first["prediction"], "as in the run"
    before = read_jsonl_prefix(lora_run / "before.jsonl")[0]
    assert value(page, "ask-base").startswith(before["prediction"])
    for side in ("base", "tuned"):
        shown = page.inner_text(f"#ask-{side}-labels")
        assert all(label in shown for label in ("red", "зелёный"))
        assert "Labels (together" in shown


def test_a_broken_picture_and_an_empty_question_are_told(page: Any, tmp_path: Path) -> None:
    broken = tmp_path / "сломан.png"
    broken.write_bytes(to_png(Image.new("RGB", (40, 40), "red"))[:60])
    page.click("#ask-both")
    wait_for_value(page, "ask-problem")
    assert value(page, "ask-problem") == "Write a question first."
    page.set_input_files("#picture input[type=file]", broken)
    page.wait_for_selector("#picture img", state="attached")
    page.fill("#question textarea", "Что это?")
    page.click("#ask-both")
    page.wait_for_function("document.querySelector('#ask-problem textarea').value.includes('damaged')")
    assert value(page, "ask-tuned") == ""


def test_one_walks_through_the_errors(page: Any, lora_run: Path) -> None:
    listed = read_json(lora_run / "comparison.json")["metrics"]["label"]["gained"]["ids"]
    after = {row["id"]: row for row in read_jsonl_prefix(lora_run / "after.jsonl")}
    page.get_by_role("tab", name="Errors of the run").click()
    page.get_by_role("radio", name=f"gained ({len(listed)})").check()
    page.get_by_text(f"1 of {len(listed)}").wait_for()
    assert value(page, "error-question") == HOSTILE, "shown as text"
    assert "the data has changed" in value(page, "error-problem")
    page.click("#next")
    page.get_by_text(f"2 of {len(listed)}").wait_for()
    second = after[listed[1]]
    assert value(page, "error-question") == second["question"]
    assert value(page, "error-expected") == second["answers"][0]
    assert value(page, "error-tuned") == second["prediction"]
    page.click("#ask-again")
    wait_for_value(page, "again-tuned")
    assert value(page, "again-tuned") == second["prediction"]
    page.click("#back")
    page.click("#back")
    page.get_by_text(f"{len(listed)} of {len(listed)}").wait_for()
    assert value(page, "error-question") == after[listed[-1]]["question"]


def test_only_this_machine_is_listened_to(served: Any) -> None:
    address, port = served.url.removeprefix("http://").rstrip("/").split(":")
    assert address == "127.0.0.1"
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    outside = next((found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)), "")
    if outside and not outside.startswith("127."):
        with pytest.raises(OSError):
            socket.create_connection((outside, int(port)), timeout=5).close()


def test_a_port_that_is_taken_is_told(served: Any, lora_run: Path) -> None:
    from lensmith.workflows.app import open_app

    with pytest.raises(RunError, match="--port"):
        open_app(lora_run, port=int(served.url.rstrip("/").rpartition(":")[2]))
