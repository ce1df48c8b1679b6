"""The layouts of conversations as they are published, generated small; see `published`."""

import base64
import hashlib
from pathlib import Path
from typing import Any

from published import Published, png, write_jsonl, write_pictures

from lensmith.config.sections import SourceSection

INLINE = png((1, 2, 3))


def data_url(data: bytes = INLINE) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def inline_name(data: bytes = INLINE) -> str:
    return f"inline-{hashlib.sha256(data).hexdigest()[:16]}.png"


def sharegpt(folder: Path) -> Published:
    write_pictures(folder, "фото/1.jpg", "b.png")

    def row(images: list[str], *said: tuple[str, str]) -> dict[str, Any]:
        turns = [{"from": speaker, "value": text} for speaker, text in said]
        return {"conversations": turns, "images": images, "source": "ручная"}

    rows = [
        row(["фото/1.jpg"], ("system", "Отвечай коротко."), ("human", "<image>Кто это? 😀"), ("gpt", "Чебурашка")),
        row(
            ["фото/1.jpg", "b.png"],
            ("human", "<image>Who are they?"),
            ("gpt", "Kane and Gretzka"),
            ("human", "What are they doing?<image>"),
            ("gpt", "Celebrating"),
        ),
        row([], ("human", "Столица Италии?"), ("gpt", "Рим")),
    ]
    expected = (
        ("mllm:1", ("фото/1.jpg",), "Кто это? 😀", ("Чебурашка",)),
        ("mllm:2#1", ("фото/1.jpg",), "Who are they?", ("Kane and Gretzka",)),
        ("mllm:2#2", ("фото/1.jpg", "b.png"), "What are they doing?", ("Celebrating",)),
        ("mllm:3", (), "Столица Италии?", ("Рим",)),
    )
    return Published(SourceSection(path=str(write_jsonl(folder / "mllm.jsonl", rows))), expected, "source")


def messages(folder: Path) -> Published:
    write_pictures(folder, "кот.png")

    def row(*said: tuple[str, Any], **columns: Any) -> dict[str, Any]:
        return {"messages": [{"role": role, "content": content} for role, content in said], "set": "а", **columns}

    text = {"type": "text", "text": "Что это? 😀"}
    url = {"type": "image_url", "image_url": {"url": data_url(), "detail": "low"}}
    rows = [
        row(("system", "Be brief."), ("user", [text, url]), ("assistant", "крест")),
        row(("user", [{"type": "image"}, text]), ("assistant", [{"type": "text", "text": "кот"}]), images=["кот.png"]),
        row(("user", "<image>1?"), ("assistant", "x"), ("user", "2?"), ("assistant", "y"), images=["кот.png"]),
        row(("user", "2 + 2"), ("assistant", "4")),
    ]
    expected = (
        ("train:1", (inline_name(),), "Что это? 😀", ("крест",)),
        ("train:2", ("кот.png",), "Что это? 😀", ("кот",)),
        ("train:3#1", ("кот.png",), "1?", ("x",)),
        ("train:3#2", ("кот.png",), "2?", ("y",)),
        ("train:4", (), "2 + 2", ("4",)),
    )
    return Published(SourceSection(path=str(write_jsonl(folder / "train.jsonl", rows))), expected, "set")


def cauldron(folder: Path) -> Published:
    write_pictures(folder, "i/0.png", "i/1.png")

    def text(user: str, assistant: str) -> dict[str, str]:
        return {"user": user, "assistant": assistant, "source": "VQAv2"}

    rows = [
        {"images": ["i/0.png"], "texts": [text("Где кот? 🐱", "Слева."), text("Is it red?", "No.")], "subset": "vqav2"},
        {"images": ["i/1.png", "i/0.png"], "texts": [text("Same?", "Нет.")], "subset": "nlvr2"},
    ]
    expected = (
        ("vqav2:1#1", ("i/0.png",), "Где кот? 🐱", ("Слева.",)),
        ("vqav2:1#2", ("i/0.png",), "Is it red?", ("No.",)),
        ("vqav2:2", ("i/1.png", "i/0.png"), "Same?", ("Нет.",)),
    )
    return Published(SourceSection(path=str(write_jsonl(folder / "vqav2.jsonl", rows))), expected, "subset")


def paligemma(folder: Path) -> Published:
    write_pictures(folder, "1_jpg.rf.0a1b.jpg", "б.jpg")
    rows = [
        {"image": "1_jpg.rf.0a1b.jpg", "prefix": "answer ru Кто это? 😀", "suffix": "Чебурашка", "by": "Аня"},
        {"image": "б.jpg", "prefix": "<image>detect cat", "suffix": "<loc0001><loc0002><loc0003> cat", "by": "me"},
    ]
    expected = (
        ("_annotations.train:1", ("1_jpg.rf.0a1b.jpg",), "answer ru Кто это? 😀", ("Чебурашка",)),
        ("_annotations.train:2", ("б.jpg",), "detect cat", ("<loc0001><loc0002><loc0003> cat",)),
    )
    path = write_jsonl(folder / "_annotations.train.jsonl", rows)
    return Published(SourceSection(path=str(path)), expected, "by")
