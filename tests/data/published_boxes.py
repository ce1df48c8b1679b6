"""Detection exports as COCO, Roboflow and YOLO's tools write them, generated small, and what must come of them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from published import Published, png, write_pictures

from lensmith.config.sections import SourceSection

PROJECT = {"id": 0, "name": "улица-🚦", "supercategory": "none"}
ZEBRA = {"id": 1, "name": "зебра", "supercategory": "улица-🚦"}
CAR = {"id": 2, "name": "car", "supercategory": "улица-🚦"}


def box(name: int, image: Any, category: Any, **more: Any) -> dict[str, Any]:
    shape = {"bbox": [1, 1, 4, 3], "area": 12, "segmentation": [], "iscrowd": 0}
    return {"id": name, "image_id": image, "category_id": category, **shape, **more}


def picture(name: Any, file: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "license": 1,
        "file_name": file,
        "height": 6,
        "width": 8,
        "date_captured": f"2026-{name}",
        **more,
    }


def write_coco(
    file: Path, images: Sequence[Any], annotations: Sequence[Any], categories: Sequence[Any] = (PROJECT, ZEBRA, CAR)
) -> Path:
    """An instances file in Roboflow's order, and small pictures beside it."""
    write_pictures(
        file.parent, *(each["file_name"] for each in images if isinstance(each, dict) and "file_name" in each)
    )
    content = {
        "info": {"year": "2026", "description": "Экспорт"},
        "licenses": [{"id": 1, "url": "https://creativecommons.org/licenses/by/4.0/", "name": "CC BY 4.0"}],
        "categories": list(categories),
        "images": list(images),
        "annotations": list(annotations),
    }
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return file


def coco(folder: Path) -> Published:
    images = [picture(0, "переход 😀.png"), picture(1, "b.png")]
    annotations = [box(0, 0, 1), box(1, 0, 1, iscrowd=1, segmentation={"counts": [1, 2], "size": [6, 8]})]
    write_coco(folder / "train" / "x", images, annotations).rename(folder / "train" / "_annotations.coco.json")
    question = "What is in the picture? Answer with one of: зебра, car, none."
    expected = (
        ("0", ("переход 😀.png",), question, ("зебра",)),
        ("1", ("b.png",), question, ("none",)),
    )
    return Published(SourceSection(path=str(folder)), expected, "date_captured")


def write_yolo(folder: Path, yaml: str, labels: Mapping[str, str | None]) -> Path:
    """A data.yaml, and for each picture by its path the text of its labels; None for no file."""
    (folder / "data.yaml").write_text(yaml, encoding="utf-8")
    for k, (name, text) in enumerate(labels.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png((20 * k % 256, 90, 160)))
        file = folder / name.replace("images", "labels")
        file.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            file.with_suffix(".txt").write_text(text, encoding="utf-8")
    return folder


ROBOFLOW_YAML = """\
train: ../train/images
val: ../valid/images
test: ../test/images

nc: 2
names: ['зебра', 'car']

roboflow:
  workspace: улицы
  project: crosswalks-😀
  version: 3
  license: CC BY 4.0
  url: https://universe.roboflow.com/x/y/dataset/3
"""


def yolo(folder: Path) -> Published:
    labels = {"train/images/b.png": "", "train/images/переход 😀.png": "0 0.5 0.5 0.25 0.5\n0 0.1 0.1 0.1 0.1\n"}
    write_yolo(folder, ROBOFLOW_YAML, labels)
    question = "What is in the picture? Answer with one of: зебра, car, none."
    expected = tuple(
        (name, (name,), question, (answer,)) for name, answer in zip(labels, ("none", "зебра"), strict=True)
    )
    return Published(SourceSection(path=str(folder), split="train"), expected, "labels")
