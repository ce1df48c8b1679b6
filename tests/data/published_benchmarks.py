"""The layouts in which benchmarks are published, generated small, and what must come of them; see `published`."""

import base64
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from published import Published, png, write_pictures

from lensmith.config.sections import SourceSection


def write_json(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def said(*answers: str) -> list[dict[str, Any]]:
    """Answers as VQA's annotations have them."""
    return [{"answer": text, "answer_confidence": "yes", "answer_id": k} for k, text in enumerate(answers, start=1)]


def annotation(question: int, image: int, commonest: str, answers: list[Any]) -> dict[str, Any]:
    kinds = {"question_type": "what is", "answer_type": "other"}
    return {
        "question_id": question,
        "image_id": image,
        "multiple_choice_answer": commonest,
        "answers": answers,
        **kinds,
    }


def write_vqa(folder: Path, questions: Sequence[Any], annotations: Sequence[Any], part: str = "val2014") -> Path:
    about = {"info": {"version": "2.0"}, "data_subtype": part, "license": {"name": "CC BY 4.0"}}
    asked = {**about, "task_type": "Open-Ended", "questions": list(questions)}
    write_json(folder / f"v2_OpenEnded_mscoco_{part}_questions.json", asked)
    write_json(folder / f"v2_mscoco_{part}_annotations.json", {**about, "annotations": list(annotations)})
    return folder


def vqa(folder: Path) -> Published:
    write_pictures(folder / "val2014", "COCO_val2014_000000262148.jpg", "COCO_val2014_000000000042.jpg")
    questions = [
        {"image_id": 262148, "question": "Where is he looking?", "question_id": 262148000},
        {"image_id": 42, "question": "Что это? 😀", "question_id": 42001},
    ]
    annotations = [
        annotation(42001, 42, "кот", said(*["кошка"] * 3, *["кот"] * 6, "тигр")),
        annotation(262148000, 262148, "down", said(*["down"] * 10)),
    ]
    expected = (
        ("262148000", ("COCO_val2014_000000262148.jpg",), "Where is he looking?", ("down",)),
        ("42001", ("COCO_val2014_000000000042.jpg",), "Что это? 😀", ("кот", "кошка", "тигр")),
    )
    return Published(SourceSection(path=str(write_vqa(folder, questions, annotations))), expected, "human_answers")


def textvqa_entry(name: int, image: str, question: str, answers: list[str]) -> dict[str, Any]:
    return {
        "question": question,
        "image_id": image,
        "image_classes": ["Billboard"],
        "flickr_original_url": "https://example.org/o.jpg",
        "flickr_300k_url": "https://example.org/z.jpg",
        "image_width": 8,
        "image_height": 6,
        "answers": answers,
        "question_tokens": question.lower().split(),
        "question_id": name,
        "set_name": f"val-{name}",
    }


def textvqa(folder: Path) -> Published:
    write_pictures(folder / "train_images", "003a8ae2ef43b901.jpg", "ffd2fa9a81fb4b06.jpg")
    data = [
        textvqa_entry(34602, "003a8ae2ef43b901", "Что написано? 🪧", ["стоп!", "стоп", "", "STOP", "стоп"]),
        textvqa_entry(34603, "ffd2fa9a81fb4b06", "what brand is it?", ["dakota"] * 10),
    ]
    about = {"dataset_type": "val", "dataset_name": "textvqa", "dataset_version": "0.5.1"}
    path = write_json(folder / "TextVQA_0.5.1_val.json", {**about, "data": data})
    expected = (
        ("34602", ("003a8ae2ef43b901.jpg",), "Что написано? 🪧", ("стоп", "стоп!", "STOP")),
        ("34603", ("ffd2fa9a81fb4b06.jpg",), "what brand is it?", ("dakota",)),
    )
    return Published(SourceSection(path=str(path)), expected, "set_name")


def aokvqa_entry(name: str, image: int, question: str, choices: list[str], right: int, *said: str) -> dict[str, Any]:
    return {
        "split": "val",
        "image_id": image,
        "question_id": name,
        "question": question,
        "choices": choices,
        "correct_choice_idx": right,
        "direct_answers": list(said),
        "difficult_direct_answer": False,
        "rationales": [f"Потому что {name}."] * 3,
    }


def write_aokvqa(folder: Path) -> Path:
    write_pictures(folder / "val2017", "000000461751.jpg", "000000000042.jpg")
    rows = [
        aokvqa_entry("22jbM6", 461751, "What is in the cup?", ["hot dogs", "ramen", "чай ☕", "cola"], 2, "tea", "чай"),
        aokvqa_entry("2Aq5Ri", 42, "Какое время года?", ["зима", "весна", "лето", "осень"], 0, "зима", "зима", "снег"),
    ]
    return write_json(folder / "aokvqa_v1p0_val.json", rows)


def aokvqa(folder: Path) -> Published:
    expected = (
        ("22jbM6", ("000000461751.jpg",), "What is in the cup?", ("tea", "чай")),
        ("2Aq5Ri", ("000000000042.jpg",), "Какое время года?", ("зима", "снег")),
    )
    return Published(SourceSection(path=str(write_aokvqa(folder))), expected, "rationales")


def write_chartqa(folder: Path, part: str = "test") -> Path:
    write_pictures(folder / part / "png", "41699051005347.png", "two_col_2.png")
    human = [{"imgname": "41699051005347.png", "query": "Сколько столбцов? 📊", "label": "14"}]
    made = [{"imgname": "two_col_2.png", "query": "What was the share?", "label": "0.57"}]
    write_json(folder / part / f"{part}_human.json", human)
    write_json(folder / part / f"{part}_augmented.json", made)
    return folder


def chartqa(folder: Path) -> Published:
    expected = (
        ("test_human:1", ("41699051005347.png",), "Сколько столбцов? 📊", ("14",)),
        ("test_augmented:1", ("two_col_2.png",), "What was the share?", ("0.57",)),
    )
    return Published(SourceSection(path=str(write_chartqa(folder))), expected, "source")


MMBENCH = ("index", "question", "hint", "A", "B", "C", "D", "answer", "category", "l2-category", "image", "split")


def write_tsv(path: Path, rows: Sequence[Sequence[str]], columns: Sequence[str] = MMBENCH) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter="\t", lineterminator="\n").writerows([columns, *rows])
    return path


def embedded(colour: tuple[int, int, int]) -> str:
    return base64.b64encode(png(colour)).decode()


def multiple_choice(folder: Path) -> Published:
    rows = [
        [
            "241",
            "Кто это? 😀",
            "На картинке\nзверь.",
            "кот",
            "пёс",
            "конь",
            "еж",
            "B",
            "identity",
            "fine",
            embedded((1, 2, 3)),
        ],
        ["252", 'What says "stop"?', "", "sign", "light", "", "", "A", "ocr", "fine", embedded((9, 9, 9))],
        ["1000252", 'What says "stop"?', "", "light", "sign", "", "", "B", "ocr", "fine", "252"],
    ]
    path = write_tsv(folder / "mmbench_ru_dev.tsv", [[*row, "dev"] for row in rows])
    last = "There are several options:\n{}\n\nВыбери правильный вариант ответа буквой."
    first = "На картинке\nзверь. Кто это? 😀 " + last.format("A. кот\nB. пёс\nC. конь\nD. еж")
    expected = (
        ("241", ("mmbench_ru_dev:241",), first, ("B",)),
        ("252", ("mmbench_ru_dev:252",), 'What says "stop"? ' + last.format("A. sign\nB. light"), ("A",)),
        ("1000252", ("mmbench_ru_dev:252",), 'What says "stop"? ' + last.format("A. light\nB. sign"), ("B",)),
    )
    return Published(SourceSection(path=str(path)), expected, "category")
