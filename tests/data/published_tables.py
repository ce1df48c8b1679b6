"""Tables and folders as spreadsheets, `datasets` and webdataset write them, generated small; see `published`."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

from published import Expected, Published, png, write_pictures

from lensmith.config.sections import SourceSection

BLUE, GREEN = png((10, 20, 250)), png((10, 250, 20))
QUESTIONS = ("Кто это? 😀", "Is it red?", "Где он?")
ANSWERS = ("кот", "no", "слева, у окна")


def csv(folder: Path) -> Published:
    write_pictures(folder, "фото/кот.png", "b.png")
    text = (
        "id,image_path,question,answers,lang\r\n"
        'q1,фото/кот.png,Кто это? 😀,кот,ru\r\n,b.png,"Is it ""red"",\r\nor not?","[""no"", ""нет""]",en\r\n'
        "q3,,2 + 2,4.0,\r\n"
    )
    (folder / "train.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    expected = (
        ("q1", ("фото/кот.png",), "Кто это? 😀", ("кот",)),
        ("train:3", ("b.png",), 'Is it "red",\r\nor not?', ("no", "нет")),
        ("q3", (), "2 + 2", ("4.0",)),
    )
    return Published(SourceSection(path=str(folder / "train.csv")), expected, "lang")


def picture_rows() -> list[dict[str, Any]]:
    """Two pictures over three rows, as the hub's viewers show them."""
    pictures = [{"bytes": BLUE, "path": "кот.png"}, {"bytes": GREEN, "path": "b.png"}, {"bytes": BLUE, "path": "x.png"}]
    langs = ("ru", "en", "ru")
    return [
        {"image": picture, "question": question, "answer": answer, "lang": lang}
        for picture, question, answer, lang in zip(pictures, QUESTIONS, ANSWERS, langs, strict=True)
    ]


def picture_table(rows: list[dict[str, Any]]) -> Any:
    from datasets import Dataset, Features, Image, Value

    features = Features({name: Image() if name == "image" else Value("string") for name in rows[0]})
    return Dataset.from_list(rows, features=features)


def told(prefix: str) -> tuple[Expected, ...]:
    names = ("кот.png", "b.png", "кот.png")
    return tuple(
        (f"{prefix}:{k + 1}", (names[k],), question, (answer,))
        for k, (question, answer) in enumerate(zip(QUESTIONS, ANSWERS, strict=True))
    )


def parquet(folder: Path) -> Published:
    rows = picture_rows()
    (folder / "data").mkdir()
    for k, part in enumerate((rows[:2], rows[2:])):
        picture_table(part).to_parquet(folder / "data" / f"train-{k:05d}-of-00002.parquet")
    return Published(SourceSection(path=str(folder)), told("train"), "lang")


def datasets(folder: Path) -> Published:
    from datasets import DatasetDict

    DatasetDict({"train": picture_table(picture_rows())}).save_to_disk(str(folder / "saved"))
    return Published(SourceSection(path=str(folder / "saved")), told("train"), "lang")


def hub(folder: Path) -> Published:
    """A repository's folder is opened by the same calls as the repository on the hub."""
    write_repository(folder, {"ru": ("train", "test"), "en": ("train",)})
    return Published(SourceSection(path=str(folder), config="ru", split="train"), told("ru/train"), "lang")


def write_repository(folder: Path, configs: dict[str, tuple[str, ...]]) -> Path:
    card = ["---", "license: mit", "configs:"]
    for config, splits in configs.items():
        card += [f"- config_name: {config}", "  data_files:"]
        (folder / config).mkdir(parents=True)
        for split in splits:
            card += [f"  - split: {split}", f"    path: {config}/{split}-*"]
            picture_table(picture_rows()).to_parquet(folder / config / f"{split}-00000-of-00001.parquet")
    (folder / "README.md").write_text("\n".join([*card, "---", "# Вопросы 😀"]), encoding="utf-8")
    return folder


def folders(folder: Path) -> Published:
    write_pictures(folder, "зебра/1.png", "none 🚫/кадр.jpg")
    asked = "What is in the picture? Answer with one of: none 🚫, зебра."
    expected = (
        ("none 🚫/кадр.jpg", ("none 🚫/кадр.jpg",), asked, ("none 🚫",)),
        ("зебра/1.png", ("зебра/1.png",), asked, ("зебра",)),
    )
    return Published(SourceSection(path=str(folder)), expected, "file")


def imagefolder(folder: Path) -> Published:
    write_pictures(folder / "train", "a.png", "фото/b.png")
    rows = [
        {"file_name": "a.png", "question": QUESTIONS[0], "answer": ANSWERS[0], "lang": "ru"},
        {"file_name": "фото/b.png", "question": QUESTIONS[1], "answer": ANSWERS[1], "lang": "en"},
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "train" / "metadata.jsonl").write_text(lines, encoding="utf-8")
    expected = (
        ("train:1", ("a.png",), QUESTIONS[0], (ANSWERS[0],)),
        ("train:2", ("фото/b.png",), QUESTIONS[1], (ANSWERS[1],)),
    )
    return Published(SourceSection(path=str(folder)), expected, "lang")


def write_shard(path: Path, members: dict[str, bytes], *, end: bool = True) -> Path:
    """A tar archive; without `end` it lacks the blocks of zeros that close one."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        length = archive.offset
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stream.getvalue() if end else stream.getvalue()[:length])
    return path


def described(question: str, answer: Any, **more: Any) -> bytes:
    return json.dumps({"question": question, "answer": answer, **more}, ensure_ascii=False).encode()


def webdataset(folder: Path) -> Published:
    first = {"кот/0001.png": BLUE, "кот/0001.json": described(QUESTIONS[0], ANSWERS[0], lang="ru")}
    second = {"0002.json": described(QUESTIONS[1], ANSWERS[1], lang="en", id=17), "0002.jpg": GREEN}
    write_shard(folder / "train-000000.tar", first)
    write_shard(folder / "train-000001.tar", second)
    expected = (
        ("train-000000:кот/0001", ("train-000000.tar/кот/0001.png",), QUESTIONS[0], (ANSWERS[0],)),
        ("17", ("train-000001.tar/0002.jpg",), QUESTIONS[1], (ANSWERS[1],)),
    )
    return Published(SourceSection(path=str(folder / "train-{000000..000001}.tar")), expected, "lang")
