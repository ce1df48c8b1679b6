"""Examples and pictures: those that matter first, bounded in bytes, and what is missing is counted."""

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from lensmith.report import examples
from lensmith.report.examples import TEXT_SIGNS, Gallery, make_gallery
from lensmith.report.pictures import find_pictures
from lensmith.report.reading import read_run
from sample_runs import HOSTILE, RECIPE, Asked, crossing, write_run

PLENTY = 1_000_000


def gallery(run: Path, most_bytes: int = PLENTY) -> Gallery:
    record = read_run(run)
    return make_gallery(record, find_pictures(record), most_bytes)


def test_examples_are_in_order_with_what_became_of_them(tmp_path: Path):
    run = write_run(tmp_path, [crossing(at) for at in range(8)])
    shown = gallery(run)
    assert [row["i"] for row in shown.examples] == [f"test:{at + 1}" for at in range(8)]
    # Question 0: right before, "нет" at night after. 1: gained. 4: right both times.
    assert [shown.examples[at]["s"][0] for at in (0, 1, 4)] == ["l", "g", "r"]
    assert shown.metrics == {"label": True, "ladder": True}
    assert shown.labels == ["зебра", "нет"] or shown.labels == ["нет", "зебра"]
    assert shown.answered == ["зебра", "нет", "unknown"]
    row = shown.examples[1]
    assert (shown.labels[row["l"]], shown.answered[row["r"]]) == ("нет", "нет")
    assert (row["b"], row["t"], row["ct"]) == ("кот", "нет", 0.1)
    assert ("light", ["day", "night"]) in shown.columns


def test_pictures_are_found_again_and_made_small(tmp_path: Path):
    shown = gallery(write_run(tmp_path, [crossing(at) for at in range(8)]))
    places = [row["p"][0] for row in shown.examples]
    assert places == [0, 0, 2, 2, 3, 3, 1, 1], "pictures of lost and wrong answers come first"
    picture = Image.open(io.BytesIO(base64.b64decode(shown.pictures.data[0])))
    assert picture.format == "JPEG"
    assert picture.size == (192, 128)


def test_pictures_stop_at_the_limit_and_the_rest_is_counted(tmp_path: Path):
    run = write_run(tmp_path, [crossing(at) for at in range(20)])
    whole = gallery(run)
    size = [len(base64.b64decode(data)) for data in whole.pictures.data]
    some = gallery(run, sum(size[:4]) + 1)
    assert some.pictures.data == whole.pictures.data[:4]
    assert (some.pictures.wanted, some.pictures.too_many) == (10, 6)
    none = gallery(run, 0)
    assert (none.pictures.data, none.pictures.too_many) == ([], 10)


def test_pictures_that_are_gone_are_named(tmp_path: Path):
    run = write_run(tmp_path, [crossing(at) for at in range(6)])
    (tmp_path / "1.png").unlink()
    (tmp_path / "2.png").write_bytes(b"no picture")
    shown = gallery(run)
    assert len(shown.pictures.data) == 1
    assert sorted(each.split(":")[0] for each in shown.pictures.unreadable) == ["1.png", "2.png"]
    assert [row["p"] for row in shown.examples] == [[0], [0], [], [], [], []]


def test_data_that_is_gone_or_changed_is_told(tmp_path: Path):
    run = write_run(tmp_path, [crossing(at) for at in range(4)])
    data = tmp_path / "test.jsonl"
    rows = [json.loads(line) for line in data.read_text("utf-8").splitlines()]
    rows[0]["question"] = "another"
    data.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    assert sorted(gallery(run).found.by_id) == ["test:2", "test:3", "test:4"]
    data.write_text('{"image_path": "0.png", "question": "?", "answer": "a"}\n', encoding="utf-8")
    assert "has changed" in gallery(run).found.problem
    data.unlink()
    assert "not here any more" in gallery(run).found.problem


def test_shuffled_pictures_are_not_shown_as_if_they_belonged(tmp_path: Path):
    recipe = RECIPE.replace("  test: test.jsonl\n", "  test: test.jsonl\n  shuffle_images: true\n")
    run = write_run(tmp_path, [crossing(at) for at in range(4)], recipe=recipe)
    assert "shuffled" in gallery(run).found.problem


def test_long_and_hostile_texts_are_cut_and_cleaned(tmp_path: Path):
    long = "длинно " * 20_000
    run = write_run(tmp_path, [Asked("зебра", HOSTILE, long, question=long), crossing(1)])
    row = gallery(run).examples[0]
    assert row["t"] == [long.strip()[:TEXT_SIGNS], len(long.strip())] or row["t"] == [long[:TEXT_SIGNS], len(long)]
    assert "\u202e" not in row["b"]
    assert "\x07" not in row["b"]
    assert "<script>" in row["b"], "text is kept as text; escaping is the page's work"


def test_too_many_examples_leave_those_that_were_right_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    run = write_run(tmp_path, [crossing(at) for at in range(40)])
    monkeypatch.setattr(examples, "MOST_BYTES", 3000)
    shown = gallery(run)
    assert 0 < len(shown.examples) < shown.total == 40
    assert {row["s"][0] for row in shown.examples} <= {"l", "w", "g"}
    numbers = [int(row["i"].split(":")[1]) for row in shown.examples]
    assert numbers == sorted(numbers)


def test_answers_take_the_place_of_labels_where_they_are_few(tmp_path: Path):
    recipe = RECIPE.replace("  metrics: [label, ladder]\n  labels: [зебра, нет]\n  positive: зебра\n", "")
    shown = gallery(write_run(tmp_path, [crossing(at) for at in range(6)], recipe=recipe))
    assert sorted(shown.labels) == ["зебра", "нет"]
    assert shown.answered == []
