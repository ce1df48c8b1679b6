"""The control takes every question's own picture away and changes nothing else."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lensmith.config.sections import DataSection
from lensmith.data.control import shuffle_pictures
from lensmith.data.dataset import load_data
from lensmith.data.images import FileImage
from lensmith.types import Example, Turn


def example(at: int, *pictures: str) -> Example:
    images = tuple(FileImage(f"/{picture}", picture) for picture in pictures)
    return Example(str(at), images, (Turn(f"{at}?", ("x",)),), pictures[0] if pictures else str(at))


@given(
    rows=st.lists(st.lists(st.sampled_from("abcdef"), max_size=2, unique=True), min_size=1, max_size=20),
    seed=st.integers(0, 5),
)
def test_nobody_keeps_their_pictures_and_all_are_shown_as_often(rows: list[list[str]], seed: int) -> None:
    examples = [example(at, *pictures) for at, pictures in enumerate(rows)]
    shuffled = shuffle_pictures(examples, seed)
    different = {count: {e.images for e in examples if len(e.images) == count} for count in (0, 1, 2)}
    instead = {}
    for before, after in zip(examples, shuffled, strict=True):
        assert (before.id, before.turns, before.group) == (after.id, after.turns, after.group)
        assert len(after.images) == len(before.images)
        assert instead.setdefault(before.images, after.images) == after.images, "a picture's questions stay together"
        if before.images and len(different[len(before.images)]) > 1:
            assert after.images != before.images
    assert set(instead) == set(instead.values())
    assert shuffle_pictures(examples, seed) == shuffled


def test_a_recipe_asks_for_it_and_no_part_shows_anothers_pictures(tmp_path: Path) -> None:
    for part in ("train", "test"):
        rows = [{"image_path": f"{part}{at}.png", "question": "Что это?", "answer": str(at)} for at in range(5)]
        for at, row in enumerate(rows):
            Image.new("RGB", (4, 4), (at * 9, 0, len(part))).save(tmp_path / str(row["image_path"]))
        (tmp_path / f"{part}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    files = {part: str(tmp_path / f"{part}.jsonl") for part in ("train", "test")}
    split = {"validation": 0, "test": 0}
    told = load_data(DataSection.model_validate({**files, "split": split}), 0)
    shuffled = load_data(DataSection.model_validate({**files, "split": split, "shuffle_images": True}), 0)
    for part in ("train", "test"):
        own, other = getattr(told, part), getattr(shuffled, part)
        assert [each.answers for each in own] == [each.answers for each in other]
        assert all(mine.images != theirs.images for mine, theirs in zip(own, other, strict=True))
        assert {each.images for each in own} == {each.images for each in other}
