"""Every kind of finding: what is planted is found, with count and rows; what is not there is not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from doctor_samples import Row, check_rows, codes, encoded, finding, good_rows, places, scene
from PIL import Image

from lensmith.data.doctor import KINDS
from lensmith.data.doctor.case import Case, Entry, Lengths
from lensmith.data.doctor.contract import SEVERITIES, Kind
from lensmith.data.doctor.examining import COMPARE
from lensmith.data.doctor.kinds.lengths import LENGTHS
from lensmith.types import Example, Turn

Planted = tuple[list[Row], list[Row]]


def row(image: str, question: str, answer: str) -> Row:
    return {"image_path": image, "question": question, "answer": answer}


def leak_by_content(folder: Path) -> Planted:
    rows = good_rows(folder, 4)
    (folder / "другой.png").write_bytes((folder / "good-1.png").read_bytes())
    return rows, [row("другой.png", "Что это?", "куб")]


def leak_by_looks(folder: Path) -> Planted:
    rows = good_rows(folder, 4)
    mirrored = scene(1).transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((200, 150))
    (folder / "mirrored.jpg").write_bytes(encoded(mirrored, "JPEG", quality=70))
    return rows, [row("mirrored.jpg", "Что это?", "куб")]


def roboflow_copies(folder: Path) -> Planted:
    rows = good_rows(folder, 2)
    for number, name in enumerate(["crossing_jpg.rf.0123456789abcdef.jpg", "crossing_jpg.rf.fedcba9876543210.jpg"]):
        scene(50 + number).save(folder / name)
        rows.append(row(name, "Is there a zebra?", "yes"))
    return rows, []


def swapped_boxes(folder: Path) -> Planted:
    rows = good_rows(folder, 2)
    boxes = [scene(60 + number, 40, 40) for number in range(3)]
    for name, order in (("abc.png", (0, 1, 2)), ("cab.png", (2, 0, 1))):
        whole = Image.new("RGB", (120, 40))
        for place, box in enumerate(order):
            whole.paste(boxes[box], (40 * place, 0))
        whole.save(folder / name)
        rows.append(row(name, "Есть ли куб?", "да"))
    return rows, []


def conflicting(folder: Path) -> Planted:
    rows = good_rows(folder, 3)
    return [*rows, {**rows[0], "answer": "слон"}, {**rows[1]}], []


def noisy_labels(folder: Path) -> Planted:
    rows = good_rows(folder, 3)
    (folder / "again.jpg").write_bytes(encoded(scene(0), "JPEG", quality=85))
    return [*rows, {**rows[0], "image_path": "again.jpg", "answer": "слон"}], []


def repeated(folder: Path) -> Planted:
    rows = good_rows(folder, 3)
    return [*rows, {**rows[0], "question": rows[0]["question"].upper(), "answer": "Куб."}], []


def spelt_two_ways(folder: Path) -> Planted:
    answers = ["жёлтый", "желтый", "Жёлтый.", "красный"]
    return [{**each, "answer": answers[number]} for number, each in enumerate(good_rows(folder, 4))], []


def placeholders(folder: Path) -> Planted:
    rows = good_rows(folder, 4)
    return [*rows[:2], {**rows[2], "answer": "N/A"}, {**rows[3], "answer": "…"}], []


def garbled(folder: Path) -> Planted:
    rows = good_rows(folder, 3)
    return [
        rows[0],
        {**rows[1], "answer": "да".encode().decode("cp1251")},
        {**rows[2], "question": "<image>\nЧто?"},
    ], []


def one_class(folder: Path) -> Planted:
    return [{**each, "answer": "да"} for each in good_rows(folder, 24)], []


def other_language(folder: Path) -> Planted:
    rows = good_rows(folder, 12)
    return [*rows[:10], {**rows[10], "question": "What is on the shelf?"}, {**rows[11], "answer": "кoт"}], []


def blank_picture(folder: Path) -> Planted:
    Image.new("RGB", (64, 64), (255, 255, 255)).save(folder / "blank.png")
    return [*good_rows(folder, 3), row("blank.png", "Что это?", "куб")], []


# kind -> what is planted, and the finding that must come of it: code, severity, count, and rows among those shown.
PLANTED: dict[str, tuple[Callable[[Path], Planted], str, str, int, list[str]]] = {
    "same-pictures": (leak_by_content, "doctor/same-pictures", "error", 1, ["train.jsonl:2", "held.jsonl:1"]),
    "similar-pictures": (leak_by_looks, "doctor/similar-held-out", "warning", 1, ["train.jsonl:2", "held.jsonl:1"]),
    "augmented-copies": (
        roboflow_copies,
        "doctor/augmented-copies",
        "warning",
        1,
        ["train.jsonl:3", "train.jsonl:4"],
    ),
    "rearranged-pictures": (
        swapped_boxes,
        "doctor/rearranged-pictures",
        "warning",
        1,
        ["train.jsonl:3", "train.jsonl:4"],
    ),
    "conflicts": (conflicting, "doctor/conflicting-answers", "warning", 1, ["train.jsonl:1", "train.jsonl:4"]),
    "label-noise": (noisy_labels, "doctor/label-noise", "warning", 1, ["train.jsonl:1", "train.jsonl:4"]),
    "duplicates": (repeated, "doctor/duplicate-questions", "warning", 1, ["train.jsonl:1", "train.jsonl:4"]),
    "spellings": (spelt_two_ways, "doctor/spellings", "warning", 2, ["train.jsonl:3"]),
    "odd-answers": (placeholders, "doctor/placeholder-answers", "warning", 2, ["train.jsonl:3", "train.jsonl:4"]),
    "damaged-text": (garbled, "doctor/garbled-text", "warning", 1, ["train.jsonl:2"]),
    "balance": (one_class, "doctor/single-answer", "error", 24, ["train.jsonl:1"]),
    "languages": (other_language, "doctor/mixed-letters", "warning", 1, ["train.jsonl:12"]),
    "odd-pictures": (blank_picture, "doctor/blank-pictures", "warning", 1, ["train.jsonl:4"]),
}
# It needs a model's tokenizer: tests/workflows/test_check_lengths.py plants long examples.
ELSEWHERE = {"lengths"}


def test_every_kind_has_something_planted_for_it() -> None:
    assert set(PLANTED) | ELSEWHERE == set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_says_what_it_is(name: str) -> None:
    kind = KINDS[name]
    assert isinstance(kind, Kind)
    assert kind.name == name
    assert kind.describe


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found(name: str, tmp_path: Path) -> None:
    plant, code, severity, count, rows = PLANTED[name]
    result = check_rows(tmp_path, *plant(tmp_path))
    found = finding(result, code)
    assert (found.severity, found.count) == (severity, count)
    assert set(rows) <= set(places(found))
    assert result.exit_code == (2 if severity == "error" else 0)
    assert [SEVERITIES.index(each.severity) for each in result.findings] == sorted(
        SEVERITIES.index(each.severity) for each in result.findings
    )


def test_of_good_data_nothing_is_said(tmp_path: Path) -> None:
    held_out = good_rows(tmp_path, 8, first_seed=100)
    result = check_rows(tmp_path, good_rows(tmp_path, 30), held_out)
    assert codes(result) == []
    assert result.exit_code == 0


def test_copies_on_both_sides_are_an_error(tmp_path: Path) -> None:
    rows, _ = roboflow_copies(tmp_path)
    found = finding(check_rows(tmp_path, rows[:3], rows[3:]), "doctor/copies-held-out")
    assert found.severity == "error"
    assert found.condemned == {2}


def test_several_accepted_answers_do_not_conflict(tmp_path: Path) -> None:
    rows = good_rows(tmp_path, 2)
    both = {key: value for key, value in rows[0].items() if key != "answer"} | {"answers": ["кубик", "куб"]}
    assert "doctor/conflicting-answers" not in codes(check_rows(tmp_path, [*rows, both]))


def test_numbers_that_differ_by_a_sign_are_not_one_answer(tmp_path: Path) -> None:
    answers = ["-2", "2", "3.5", "35", "5%", "5", "1:2", "12"]
    rows = [{**row, "answer": answers[n]} for n, row in enumerate(good_rows(tmp_path, len(answers)))]
    assert "doctor/spellings" not in codes(check_rows(tmp_path, rows))


def test_always_yes_among_other_answers_is_told(tmp_path: Path) -> None:
    rows = good_rows(tmp_path, 44)
    always = [{**row, "answer": "Да" if number % 2 else row["answer"]} for number, row in enumerate(rows)]
    assert finding(check_rows(tmp_path, always), "doctor/always-yes").count == 22
    mixed = [{**row, "answer": "нет"} if number == 1 else row for number, row in enumerate(always)]
    assert "doctor/always-yes" not in codes(check_rows(tmp_path, mixed))


def test_a_heavy_answer_and_a_rare_class_are_told_with_their_share(tmp_path: Path) -> None:
    rows = [{**row, "answer": "zebra" if number else "none"} for number, row in enumerate(good_rows(tmp_path, 40))]
    result = check_rows(tmp_path, rows)
    assert "97.5%" in finding(result, "doctor/heavy-answer").summary
    assert places(finding(result, "doctor/rare-classes")) == ["train.jsonl:1"]


def test_five_examples_say_nothing_about_balance(tmp_path: Path) -> None:
    assert codes(check_rows(tmp_path, [{**row, "answer": "да"} for row in good_rows(tmp_path, 5)])) == []


def test_answers_cut_by_an_export_are_told(tmp_path: Path) -> None:
    stem = "На картинке видно много предметов, и среди них есть"
    rows = good_rows(tmp_path, 8)
    cut = [{**row, "answer": f"{number} {stem}"} for number, row in enumerate(rows[:6])]
    result = check_rows(tmp_path, [*cut, *rows[6:]])
    assert finding(result, "doctor/cut-answers").count == 6
    whole = [{**row, "answer": f"{row['answer'][:-1]}."} for row in cut]
    assert "doctor/cut-answers" not in codes(check_rows(tmp_path, [*whole, *rows[6:]]))


def test_what_is_odd_about_files_is_told(tmp_path: Path) -> None:
    frames = [scene(70), scene(71)]
    contents = {
        "tiny.png": encoded(scene(80, 40, 9)),
        "ribbon.png": encoded(scene(81, 1000, 30)),
        "moving.gif": encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "really-a-png.jpg": encoded(scene(82)),
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    rows = [row(name, f"Что на {name}?", "куб") for name in contents]
    result = check_rows(tmp_path, rows)
    expected = ["doctor/tiny-pictures", "doctor/ribbons", "doctor/animated-pictures", "doctor/wrong-suffix"]
    assert codes(result) == expected
    shown = [finding(result, code).exhibits[0].pictures[0].name for code in expected]
    assert shown == list(contents)


def test_too_long_examples_are_left_out_of_what_is_clean() -> None:
    entries = tuple(Entry(Example(str(n), (), (Turn("Что?", ("да",)),), str(n)), f"a.jsonl:{n}") for n in range(3))
    lengths = Lengths([5, 12, None], {2: "a stray token"}, 10, "train.max_length")
    case = Case(entries, (), {}, COMPARE, lengths)
    long, unfit = LENGTHS.find(case)
    assert (long.code, long.severity, long.condemned) == ("doctor/too-long", "error", {1})
    assert "12 tokens" in long.exhibits[0].found
    assert (unfit.code, unfit.condemned, unfit.exhibits[0].where) == ("doctor/not-for-this-model", {2}, "a.jsonl:2")
    assert list(LENGTHS.find(Case(entries, (), {}, COMPARE))) == []
