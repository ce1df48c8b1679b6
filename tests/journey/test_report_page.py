"""The page in a real browser: filters, search, languages, a phone; no console error, nothing fetched, nothing run."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lensmith.cli import main
from lensmith.lab.worlds.shapes import make_shapes
from lensmith.report.writing import PageChoice, write_run_page, write_side_by_side
from sample_runs import HOSTILE, PLAIN, Asked, add_guards, crossing, found_slice, write_run

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
COUNT = 60
AN_INSTANT_S = 20  # for a browser on a busy machine; the page itself answers in milliseconds


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on the PATH")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        yield started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


class Tab:
    """A page in the browser, and all that went wrong in it."""

    def __init__(self, browser: Any, file: Path, **options: Any) -> None:
        self.file = file
        self.troubles: list[str] = []
        self.page = browser.new_context(**options).new_page()
        self.page.set_default_timeout(AN_INSTANT_S * 1000)
        self.page.on("console", lambda message: self.troubles.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.troubles.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", self._note_request)
        self.page.goto(file.as_uri())

    def _note_request(self, request: Any) -> None:
        if request.url != self.file.as_uri() and not request.url.startswith("data:image/jpeg;base64,"):
            self.troubles.append(f"request: {request.url[:200]}")

    def told(self) -> str:
        return self.page.inner_text("#browser .told")

    def cards(self) -> list[str]:
        return self.page.locator(".card").all_inner_texts()

    def chip(self, name: str) -> None:
        self.page.click(f"[data-chip={name}]")

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def width(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth"))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run with everything: half of the night's questions are wrong after training."""
    run = write_run(
        tmp_path_factory.mktemp("run"),
        [crossing(at) for at in range(COUNT)],
        change=lambda compared: compared.update(found_slices=[found_slice()]),
    )
    add_guards(run)
    return write_run_page(run, PageChoice(language="en")).path


@pytest.fixture
def tab(browser: Any, file: Path) -> Iterator[Tab]:
    opened = Tab(browser, file)
    yield opened
    opened.page.context.close()
    assert opened.troubles == []


def test_training_ends_with_its_page_and_the_verb_writes_the_same_again(
    tmp_path: Path, llava: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    make_shapes(tmp_path / "world", pictures=16, seed=0)
    monkeypatch.chdir(tmp_path)
    assert main(["init", "world", "--out", "r.yaml", "--model", str(llava)]) == 0
    assert main(["train", "r.yaml", "--set", "train.epochs=1", "--set", "train.workers=0"]) == 0
    page = tmp_path / "runs" / "r" / "report.html"
    assert f"page: {page}" in capsys.readouterr().err
    assert main(["report", str(page.parent), "--out", "again.html"]) == 0
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()
    assert page.read_bytes().count(b'"p":[]') == 0, "every picture of the examples is in it"


def test_filters_show_what_they_say(tab: Tab):
    assert tab.told() == "1–24 of 60"
    assert len(tab.cards()) == 24
    tab.chip("lost")
    assert tab.told() == "1–5 of 5"
    assert all("lost" in card and "night" in card for card in tab.cards())
    tab.chip("gained")
    tab.choose("where", "night")
    assert tab.told() == "1–10 of 10"
    tab.choose("right label", "зебра")
    assert tab.told() == "No example fits."
    tab.choose("right label", "нет")
    assert tab.told() == "1–10 of 10"
    tab.choose("judged by", "ladder")
    assert tab.told() == "1–10 of 10"


def test_search_looks_into_questions_and_answers(tab: Tab):
    search = tab.page.get_by_role("searchbox")
    search.fill("КОТ")
    assert tab.told() == "1–24 of 45"
    search.fill("test:60")
    assert tab.told() == "1–1 of 1"
    search.fill("нигде этого нет")
    assert tab.told() == "No example fits."
    search.fill("")
    assert tab.told() == "1–24 of 60"


def test_pages_turn_and_end(tab: Tab):
    further, back = tab.page.get_by_role("button", name="further"), tab.page.get_by_role("button", name="back")
    assert back.is_disabled()
    first = tab.cards()[0]
    further.click()
    assert tab.told() == "25–48 of 60"
    assert tab.cards()[0] != first
    further.click()
    assert tab.told() == "49–60 of 60"
    assert further.is_disabled()
    tab.chip("lost")
    assert tab.told() == "1–5 of 5", "another filter begins at the beginning"


def test_sorting_by_confidence(tab: Tab):
    tab.choose("order", "most confident first")
    sure = tab.page.locator(".card .sure").all_inner_texts()
    assert sure[0] == "90 %"
    assert sure == sorted(sure, key=lambda text: -float(text.split()[0]))
    tab.choose("order", "least confident first")
    assert tab.page.locator(".card .sure").first.inner_text() == "0 %"


def test_the_first_screen_leads_to_the_examples(tab: Tab):
    tab.page.click("main:not([hidden]) .flip.lost")
    assert tab.told() == "1–5 of 5"
    assert tab.page.locator("#browser").is_visible()
    tab.page.locator("main:not([hidden]) .matrix a", has_text="10").click()
    assert tab.told() == "1–10 of 10"
    assert all("зебра" in card and "✗ нет" in card for card in tab.cards())


def test_the_language_can_be_switched_and_the_filter_stays(tab: Tab):
    tab.chip("gained")
    tab.page.get_by_role("button", name="Русский").click()
    assert tab.page.locator("h1:visible").inner_text().startswith("Учили: лучше, верно 83,3")
    assert tab.told() == "1–24 из 40"
    assert "приобретено 40" in tab.page.inner_text("[data-chip=gained]")
    assert tab.page.get_attribute("html", "lang") == "ru"
    assert tab.page.locator("main:visible").count() == 1
    tab.page.get_by_role("button", name="English").click()
    assert tab.told() == "1–24 of 40"


def test_pictures_are_there(tab: Tab):
    assert tab.page.locator(".card img").count() == 24
    first = tab.page.locator(".card img").first
    assert first.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 192


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_without_scrolling_sideways(browser: Any, file: Path, scheme: str):
    tab = Tab(browser, file, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    assert tab.width() <= 390
    tab.page.get_by_role("button", name="Русский").click()
    assert tab.width() <= 390
    paper = tab.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper[4:-1].split(","))) > 380) == (scheme == "light")
    assert tab.troubles == []


def contrasts(tab: Tab) -> dict[str, float]:
    """The contrast of each colour that text has with the paper it stands on (WCAG 2, relative luminance)."""
    script = """() => {
      const style = getComputedStyle(document.documentElement);
      const paint = document.createElement("canvas").getContext("2d");
      const light = (name) => {
        paint.fillStyle = style.getPropertyValue(name).trim();
        const parts = [1, 3, 5].map((at) => parseInt(paint.fillStyle.slice(at, at + 2), 16) / 255)
          .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
      };
      const found = {};
      for (const ink of ["--ink", "--quiet", "--accent", "--good", "--bad", "--warn"])
        for (const paper of ["--paper", "--card", "--faint"]) {
          const [high, low] = [light(ink), light(paper)].sort((one, other) => other - one);
          found[ink + " on " + paper] = (high + 0.05) / (low + 0.05);
        }
      return found;
    }"""
    return dict(tab.page.evaluate(script))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_its_paper(browser: Any, file: Path, scheme: str):
    found = contrasts(Tab(browser, file, color_scheme=scheme))
    assert {name: round(ratio, 2) for name, ratio in found.items() if ratio < 4.5} == {}, "WCAG AA"


def test_hostile_data_runs_nothing(browser: Any, tmp_path: Path):
    evil = Asked("зебра", HOSTILE, "<img src=x onerror=alert(3)>" * 4000, HOSTILE, HOSTILE * 900, subject=HOSTILE)
    asked = [evil if at % 2 else replace(evil, gold="нет") for at in range(6)]
    run = write_run(tmp_path, asked, change=lambda compared: compared.update(commonest_answer=HOSTILE))
    tab = Tab(browser, write_run_page(run, PageChoice(language="en")).path)
    title = tab.page.title()
    assert "взлом" not in title
    assert HOSTILE[:40] in tab.cards()[0]
    assert tab.page.locator(".card img[src=x]").count() == 0
    tab.page.get_by_role("button", name="show 2,000 of").first.click()
    for button in tab.page.locator("[data-chip], [data-language]").all():
        button.click()
    tab.page.get_by_role("searchbox").fill("<script>")
    assert tab.page.title() == title
    assert tab.troubles == []


def test_five_thousand_examples_are_drawn_a_page_at_a_time(browser: Any, tmp_path: Path):
    run = write_run(tmp_path, [crossing(at) for at in range(5000)], recipe=PLAIN, pictures=False)
    tab = Tab(browser, write_run_page(run, PageChoice(language="en", pictures_mb=0)).path)
    assert tab.told() == "1–24 of 5,000"
    tab.page.get_by_role("searchbox").fill("test:4999")
    assert tab.told() == "1–1 of 1"
    tab.chip("gained")
    assert tab.page.evaluate("document.querySelectorAll('*').length") < 3000
    assert tab.troubles == []


def test_several_runs_on_one_page(browser: Any, tmp_path: Path):
    asked = [crossing(at) for at in range(12)]
    runs = [write_run(tmp_path / name, asked) for name in ("a", "b", "c")]
    page = write_side_by_side(runs, PageChoice(tmp_path / "page.html", "en")).path
    tab = Tab(browser, page, viewport={"width": 390, "height": 844})
    assert "Highest label" in tab.page.inner_text("h1:visible")
    assert tab.width() <= 390
    tab.page.get_by_role("button", name="Русский").click()
    assert "Выше всего label" in tab.page.inner_text("h1:visible")
    assert tab.troubles == []
