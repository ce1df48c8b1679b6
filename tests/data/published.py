"""Each format's layout as it is published, generated small: two pictures, Cyrillic, emoji, and what must come of it."""

import importlib
import io
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from lensmith.config.sections import SourceSection

# (id, picture names, question, answers)
Expected = tuple[str, tuple[str, ...], str, tuple[str, ...]]


@dataclass(frozen=True)
class Published:
    """A generated set: how to point at it, what it holds, and a column of it that no field is taken from."""

    section: SourceSection
    expected: tuple[Expected, ...]
    extra_column: str


def png(colour: tuple[int, int, int] = (200, 30, 30), size: tuple[int, int] = (8, 6)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    return stream.getvalue()


def noisy_png(size: tuple[int, int] = (32, 24)) -> bytes:
    """A picture that does not compress, so that cutting it cuts its pixels."""
    stream = io.BytesIO()
    data = random.Random(0).randbytes(3 * size[0] * size[1])
    Image.frombytes("RGB", size, data).save(stream, "PNG")
    return stream.getvalue()


def write_pictures(folder: Path, *names: str) -> None:
    for k, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png((40 * k % 256, 100, 200)))


def write_jsonl(path: Path, rows: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def jsonl(folder: Path) -> Published:
    write_pictures(folder, "фото/кот.png", "b.png")
    rows = [
        {"image_path": "фото/кот.png", "question": "Кто это? 😀", "answer": "кот", "lang": "ru"},
        {"id": 17, "image": "b.png", "question": "Is it red?", "answers": ["no", "нет"], "lang": "en"},
        {"images": ["b.png", "фото/кот.png"], "question": "Same?", "answer": False, "lang": "en"},
        {"question": "2 + 2", "answer": 4, "lang": ""},
    ]
    expected = (
        ("train:1", ("фото/кот.png",), "Кто это? 😀", ("кот",)),
        ("17", ("b.png",), "Is it red?", ("no", "нет")),
        ("train:3", ("b.png", "фото/кот.png"), "Same?", ("false",)),
        ("train:4", (), "2 + 2", ("4",)),
    )
    return Published(SourceSection(path=str(write_jsonl(folder / "train.jsonl", rows))), expected, "lang")


def llava(folder: Path) -> Published:
    write_pictures(folder, "ours/box/png/0.png", "b.png")

    def row(name: str, image: str | None, *turns: str) -> dict[str, Any]:
        said = [{"from": ("human", "gpt")[k % 2], "value": text} for k, text in enumerate(turns)]
        return {"id": name, **({"image": image} if image else {}), "model": "gpt-4", "conversations": said}

    rows = [
        row("ours_0", "ours/box/png/0.png", "<image>\nWhat is the title?", "Smartphones 📱"),
        row("1", "b.png", "Что слева?\n<image>", "куб", "А справа?", "шар"),
        row("2", None, "Столица Италии?", "Рим"),
    ]
    path = folder / "box_chart_100examples_simplified_qa.json"
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=4), encoding="utf-8")
    expected = (
        ("ours_0", ("ours/box/png/0.png",), "What is the title?", ("Smartphones 📱",)),
        ("1#1", ("b.png",), "Что слева?", ("куб",)),
        ("1#2", ("b.png",), "А справа?", ("шар",)),
        ("2", (), "Столица Италии?", ("Рим",)),
    )
    return Published(SourceSection(path=str(path)), expected, "model")


def gqa_question(name: str, image: str, question: str, answer: str) -> dict[str, Any]:
    return {
        "id": name,
        "imageId": image,
        "question": question,
        "answer": answer,
        "fullAnswer": f"{answer}.",
        "isBalanced": True,
        "groups": {"global": None, "local": "10q"},
        "entailed": "",
        "equivalent": "",
        "types": {"structural": "verify", "semantic": "attr", "detailed": "existAttr"},
        "annotations": {"answer": [], "question": [{"objectId": "1", "value": "x"}], "fullAnswer": []},
        "semantic": [{"operation": "select", "argument": "x", "dependencies": []}],
        "semanticStr": "select: x",
    }


def gqa_tables(folder: Path, split: str, questions: list[dict[str, Any]], pictures: dict[str, bytes]) -> Path:
    from datasets import Dataset, Features, Value
    from datasets import Image as ImageFeature

    rows = [{"id": name, "image": {"bytes": data, "path": f"{name}.jpg"}} for name, data in pictures.items()]
    features = Features({"id": Value("string"), "image": ImageFeature()})
    for kind, table in (
        ("instructions", Dataset.from_list(questions)),
        ("images", Dataset.from_list(rows, features=features)),
    ):
        (folder / f"{split}_{kind}").mkdir(parents=True, exist_ok=True)
        table.to_parquet(folder / f"{split}_{kind}" / "train-00000-of-00001.parquet")
    return folder


def gqa(folder: Path) -> Published:
    questions = [
        gqa_question("202228670", "n77818", "Это кот? 😀", "да"),
        gqa_question("202228671", "2413", "Is it red?", "no"),
        gqa_question("202228672", "n77818", "Где он?", "слева"),
    ]
    gqa_tables(folder, "train_balanced", questions, {"2413": png(), "n77818": png((1, 2, 3))})
    expected = (
        ("202228670", ("n77818",), "Это кот? 😀", ("да",)),
        ("202228671", ("2413",), "Is it red?", ("no",)),
        ("202228672", ("n77818",), "Где он?", ("слева",)),
    )
    return Published(SourceSection(path=str(folder)), expected, "structural")


def made_in(module: str, name: str) -> Callable[[Path], Published]:
    """A set that another module makes, which may import this one."""
    return lambda folder: getattr(importlib.import_module(module), name)(folder)


PUBLISHED: dict[str, Callable[[Path], Published]] = {
    "jsonl": jsonl,
    "llava": llava,
    "sharegpt": made_in("published_chats", "sharegpt"),
    "messages": made_in("published_chats", "messages"),
    "cauldron": made_in("published_chats", "cauldron"),
    "paligemma": made_in("published_chats", "paligemma"),
    "gqa": gqa,
    "csv": made_in("published_tables", "csv"),
    "parquet": made_in("published_tables", "parquet"),
    "datasets": made_in("published_tables", "datasets"),
    "hub": made_in("published_tables", "hub"),
    "folders": made_in("published_tables", "folders"),
    "imagefolder": made_in("published_tables", "imagefolder"),
    "webdataset": made_in("published_tables", "webdataset"),
    "coco": made_in("published_boxes", "coco"),
    "yolo": made_in("published_boxes", "yolo"),
    "vqa": made_in("published_benchmarks", "vqa"),
    "textvqa": made_in("published_benchmarks", "textvqa"),
    "aokvqa": made_in("published_benchmarks", "aokvqa"),
    "chartqa": made_in("published_benchmarks", "chartqa"),
    "multiple_choice": made_in("published_benchmarks", "multiple_choice"),
}
