import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from lensmith.data.fingerprints import content_of, measure_sharpness, take_fingerprint
from lensmith.data.images import FileImage
from lensmith.data.looks import looks_of, read_looks, take_looks, take_looks_in, write_looks
from lensmith.errors import DataError
from lensmith.types import Example, Turn


@pytest.fixture(autouse=True)
def own_index(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def noise(width=160, height=120, low=0, high=255, seed=0):
    pixels = np.random.default_rng(seed).integers(low, high + 1, size=(height, width, 3))
    return Image.fromarray(pixels.astype(np.uint8))


def blocks(side=200):
    """Squares of many greys, twenty pixels wide: a scene that a blur leaves its contrast."""
    return noise(side // 20, side // 20).resize((side, side), Image.Resampling.NEAREST)


def encoded(picture, kind="PNG"):
    stream = io.BytesIO()
    picture.save(stream, kind)
    return stream.getvalue()


def look(picture, kind="PNG"):
    data = encoded(picture, kind)
    return looks_of(take_fingerprint(data, "x", content_of(data)))


def test_brightness_and_contrast_are_those_of_the_grey_levels():
    halves = Image.new("RGB", (64, 64), (51, 51, 51))
    halves.paste((204, 204, 204), (0, 0, 32, 64))
    found = look(halves)
    assert (found.brightness, found.contrast) == (pytest.approx(0.5, abs=1e-3), pytest.approx(0.3, abs=1e-3))
    assert look(Image.new("RGB", (40, 40), "white")).brightness == pytest.approx(1.0)
    assert (look(Image.new("RGB", (40, 40), "black")).contrast, look(halves).height_px) == (0.0, 64)


def test_a_picture_in_the_dark_is_dark_and_no_less_sharp():
    day = noise().filter(ImageFilter.GaussianBlur(1))
    night = day.point(lambda level: level // 4)
    assert look(night).brightness < 0.3 * look(day).brightness
    assert look(night).sharpness == pytest.approx(look(day).sharpness, rel=0.1)


def test_each_blur_makes_a_picture_less_sharp():
    found = [look(blocks().filter(ImageFilter.GaussianBlur(radius))).sharpness for radius in (0, 1, 2, 4, 8)]
    assert found == sorted(found, reverse=True)
    assert look(noise()).sharpness == pytest.approx(20**0.5, rel=0.05)
    assert measure_sharpness(Image.new("RGB", (300, 300), "red")) == 0.0


@pytest.mark.parametrize("size", [(1, 1), (2, 500), (3, 3), (500, 2), (4000, 5)])
def test_no_shape_is_too_odd(size):
    found = look(noise(*size))
    assert (found.width_px, found.height_px) == size
    assert found.sharpness >= 0


def test_sharpness_is_that_of_the_scene_whatever_its_size():
    scene = blocks().filter(ImageFilter.GaussianBlur(2))
    larger = scene.resize((800, 800), Image.Resampling.BICUBIC)
    assert look(larger).sharpness == pytest.approx(look(scene).sharpness, rel=0.15)
    assert look(larger, "JPEG").sharpness == pytest.approx(look(larger).sharpness, rel=0.15)


def save(folder: Path, name: str, picture: Image.Image) -> FileImage:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return FileImage(str(path), name)


def example(id_, *images):
    return Example(id_, images, (Turn("Что?", ("да",)),), "g")


def test_examples_are_known_by_their_first_picture_and_broken_ones_are_told(tmp_path):
    dark, bright = (
        save(tmp_path, f"{name}.png", noise(low=low, high=low + 9)) for name, low in (("тень", 0), ("b", 240))
    )
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    broken = FileImage(str(tmp_path / "broken.png"), "broken.png")
    taken = take_looks([example("1", dark, bright), example("2", bright), example("3"), example("4", broken)])
    assert list(taken.by_id) == ["1", "2"]
    assert taken.by_id["1"].brightness < 0.05 < 0.9 < taken.by_id["2"].brightness
    assert [problem.where for problem in taken.problems] == ["broken.png"]


def test_the_second_look_decodes_nothing(tmp_path, monkeypatch):
    images = [save(tmp_path, f"{at}.png", noise(seed=at)) for at in range(3)]
    first = take_looks([example(str(at), image) for at, image in enumerate(images)])
    monkeypatch.setattr("lensmith.data.check.take_fingerprint", None)
    again = take_looks([example(str(at), image) for at, image in enumerate(images)])
    assert again == first


def test_names_are_looked_for_in_the_folder_and_nowhere_else(tmp_path):
    save(tmp_path, "in/улица/1.png", noise())
    save(tmp_path, "secret.png", noise())
    names = {"a": "улица/1.png", "b": "улица/1.png", "c": "../secret.png", "d": "missing.png"}
    taken = take_looks_in(tmp_path / "in", names)
    assert list(taken.by_id) == ["a", "b"]
    assert [problem.where for problem in taken.problems] == ["../secret.png", "missing.png"]
    with pytest.raises(DataError, match="none of 1 pictures") as caught:
        take_looks_in(tmp_path / "in", {"a": "elsewhere.png"})
    assert "--columns group=NAME" in caught.value.problems[0].fix


def test_looks_are_read_as_they_were_written(tmp_path):
    image = save(tmp_path, "1.png", noise())
    taken = take_looks([example("вопрос 🐈", image)])
    write_looks(tmp_path / "looks.jsonl", taken)
    assert read_looks(tmp_path / "looks.jsonl") == taken.by_id
    assert read_looks(tmp_path / "none.jsonl") == {}
    for damaged in ('{"id": "1"}', "[1]", "{"):
        (tmp_path / "looks.jsonl").write_text(damaged, "utf-8")
        with pytest.raises(DataError, match="not as lensmith writes it"):
            read_looks(tmp_path / "looks.jsonl")


def test_size_and_shape():
    found = replace(look(noise(200, 100)), height_px=500, width_px=2000)
    assert (found.megapixels, found.aspect) == (1.0, 4.0)
