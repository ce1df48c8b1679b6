"""Answers about drawn shapes are right: by the scene that the row tells, and by the pixels."""

import colorsys
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lensmith.lab.worlds.shapes import make_shapes

# Written out by hand, so that the world's own tables are not their own proof.
NOUNS = {"круг": "circle", "кольцо": "ring", "квадрат": "square", "звезда": "star"}
GENDERS = {"circle": "m", "ring": "n", "square": "m", "star": "f"}
ADJECTIVES = {
    "red": {"m": "красный", "f": "красная", "n": "красное"},
    "yellow": {"m": "жёлтый", "f": "жёлтая", "n": "жёлтое"},
    "green": {"m": "зелёный", "f": "зелёная", "n": "зелёное"},
    "blue": {"m": "синий", "f": "синяя", "n": "синее"},
    "purple": {"m": "лиловый", "f": "лиловая", "n": "лиловое"},
}
WORDS = {form: colour for colour, forms in ADJECTIVES.items() for form in forms.values()}
ANSWERS = {"да": "yes", "нет": "no", "слева": "left", "справа": "right", "одна": "one", "две": "two"}
HUES = {"red": 0.0, "yellow": 0.13, "green": 0.37, "blue": 0.61, "purple": 0.78}


@pytest.fixture
def folder(build_once: Callable[..., Path]) -> Path:
    return build_once("shapes-for-answers", lambda out: make_shapes(out, pictures=480, seed=11))


@pytest.fixture
def rows(folder: Path) -> list[dict[str, Any]]:
    lines = [line for split in ("train", "test") for line in (folder / f"{split}.jsonl").open(encoding="utf-8")]
    return [json.loads(line) for line in lines]


def in_english(word: str) -> str:
    return NOUNS.get(word.lower()) or WORDS.get(word) or ANSWERS.get(word) or word


def derive(row: dict[str, Any]) -> str:
    """The answer in English, from the question's words and the scene."""
    things = [thing.split() for thing in row["scene"].split("; ")]
    words = [in_english(word) for word in re.findall(r"\w+", row["question"])]
    shape = next((word for word in words if word in GENDERS), None)
    colour = next((word for word in words if word in ADJECTIVES), None)
    if row["kind"] == "count":
        return {1: "one", 2: "two"}[len(things)]
    if row["kind"] == "presence":
        return "yes" if any(thing[:2] == [colour, shape] for thing in things) else "no"
    found = [thing for thing in things if shape in (None, thing[1]) and colour in (None, thing[0])]
    assert len(found) == 1, "the question is about exactly one thing"
    return found[0][{"colour": 0, "shape": 1, "side": 2}[row["kind"]]]


def test_every_answer_follows_from_the_scene(rows: list[dict[str, Any]]) -> None:
    assert {row["kind"] for row in rows} == {"colour", "shape", "side", "presence", "count"}
    for row in rows:
        assert in_english(row["answer"]) == derive(row), row
        assert bool(re.search("[а-яё]", row["answer"])) == bool(re.search("[а-яё]", row["question"].lower()))
        assert row["language"] == ("ru" if re.search("[а-яё]", row["answer"]) else "en")


def test_russian_adjectives_agree_with_their_nouns(rows: list[dict[str, Any]]) -> None:
    checked: Counter[str] = Counter()
    for row in rows:
        if row["language"] == "ru" and row["kind"] in ("colour", "presence"):
            text = row["answer"] if row["kind"] == "colour" else row["question"]
            assert ADJECTIVES[row["colour"]][GENDERS[row["shape"]]] in text
            checked[GENDERS[row["shape"]]] += 1
    assert min(checked[gender] for gender in "mfn") > 30


def test_metadata_says_what_the_question_is_about(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert row["things"] == len(row["scene"].split("; "))
        if row["kind"] == "count":
            assert row["shape"] == row["colour"] == ""
        elif row["answer"] not in ("no", "нет"):
            assert f"{row['colour']} {row['shape']}" in row["scene"]


def test_yes_and_no_one_and_two_left_and_right_are_balanced(rows: list[dict[str, Any]]) -> None:
    answers: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        answers[row["kind"]][in_english(row["answer"])] += 1
    for kind, counted in answers.items():
        n, ways = counted.total(), len(counted)
        assert ways == {"colour": 5, "shape": 4}.get(kind, 2)
        tolerance = 4 * (n * (1 / ways) * (1 - 1 / ways)) ** 0.5  # four standard deviations
        assert all(abs(found - n / ways) < tolerance for found in counted.values()), (kind, counted)


def coloured(picture: Image.Image) -> dict[tuple[int, int], float]:
    """The hue of every pixel that is of a strong colour, as no ground is."""
    found = {}
    for x in range(picture.width):
        for y in range(picture.height):
            pixel = picture.getpixel((x, y))
            hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in pixel))
            if saturation > 0.45 and value > 0.4:
                found[x, y] = hue
    return found


def nearest(hue: float) -> str:
    return min(HUES, key=lambda name: min(abs(hue - HUES[name]), 1 - abs(hue - HUES[name])))


def test_pictures_show_what_the_scene_tells(folder: Path, rows: list[dict[str, Any]]) -> None:
    seen = {row["image_path"]: row["scene"].split("; ") for row in rows}
    for path, scene in list(seen.items())[:120]:
        picture = Image.open(folder / path)
        assert picture.size == (48, 48)
        by_colour: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for place, hue in coloured(picture).items():
            by_colour[nearest(hue)].append(place)
        shown = {name: places for name, places in by_colour.items() if len(places) > 25}
        assert set(shown) == {thing.split()[0] for thing in scene}, path
        for thing in scene:
            colour, shape, side = thing.split()
            across = sum(x for x, _ in shown[colour]) / len(shown[colour]) / picture.width
            assert (side == "left") == (across < 0.5), path
            assert looks_like(shape, shown[colour]), (path, thing)


def looks_like(shape: str, places: list[tuple[int, int]]) -> bool:
    """A ring has a hole, a star fills little of the box around it, circles and squares fill much."""
    left, right = min(x for x, _ in places), max(x for x, _ in places)
    top, bottom = min(y for _, y in places), max(y for _, y in places)
    hole = ((left + right) // 2, (top + bottom) // 2) not in places
    fill = len(places) / ((right - left + 1) * (bottom - top + 1))
    return hole == (shape == "ring") and (fill < 0.55 if shape == "star" else hole or fill > 0.6)
