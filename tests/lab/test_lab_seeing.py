"""A tower learns what parts show: pictures reach it exactly, the language model stays, and a stopped one goes on."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image, ImageOps
from safetensors.torch import load_file

from lensmith.config.sections import ModelSection, PromptSection
from lensmith.families.opening import open_family
from lensmith.lab.pretraining import BASES
from lensmith.lab.seeing import Course, learn_to_see, read_parts
from lensmith.lab.worlds import WORLDS
from lensmith.lab.worlds.everyday.maps import KEYS, SIDE, read_map

PICTURES = 40
COURSE = Course(epochs=2, seed=1, precision="fp32")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeing")
    WORLDS["everyday-maps"](folder / "maps", pictures=PICTURES, seed=5)
    BASES["llava"].build(folder / "blank", 1)
    return folder


@pytest.mark.parametrize("base", ["lfm2-vl", "moondream2"])
def test_every_base_learns_to_see(made: Path, tmp_path: Path, base: str) -> None:
    blank = BASES[base].build(tmp_path / "blank", 1)
    model = learn_to_see(blank, made / "maps", tmp_path / "out", Course(epochs=0.4, seed=1, precision="fp32"))
    before, after = (read_weights(folder) for folder in (blank, model))
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed
    assert all("vision" in name or "projector" in name for name in changed)


def read_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Copies: what safetensors hands out are windows on the file, which is written again here."""
    return {name: value.clone() for name, value in load_file(folder / "model.safetensors").items()}


def test_every_map_is_read_back_as_what_its_parts_show(made: Path) -> None:
    rows = [json.loads(line) for line in (made / "maps" / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows:
        keys = read_map(row["answer"], row["kind"], row["language"])
        assert len(keys) == 64
        assert set(keys) <= {"", *KEYS[row["kind"]]}
        if row["kind"] == "map":
            shown = {thing.split(" ")[-1] for thing in row["things"].split("; ")}
            assert set(keys) - {""} <= shown
    with pytest.raises(KeyError):
        read_map("cat Katze", "map", "en")


def test_pictures_reach_the_tower_as_the_family_makes_them(made: Path) -> None:
    family = open_family(ModelSection(name=str(made / "blank")), PromptSection())
    parts = read_parts(made / "maps", family)
    assert len(parts) == 2 * PICTURES
    with Image.open(made / "maps" / "images" / "train-00003.png") as opened:
        picture = opened.convert("RGB")
    for place, each in ((6, picture), (7, ImageOps.mirror(picture))):
        for name, values in family.pixels([each]).items():
            torch.testing.assert_close(parts.collate([place])[name], values, rtol=0, atol=1e-6)
    plain, mirrored = parts.keys.unflatten(-1, (SIDE, SIDE))[6:8]
    assert torch.equal(mirrored.flip(-1), plain)
    assert not torch.equal(mirrored, plain)


def test_a_picture_and_its_mirror_image_are_on_one_side(made: Path) -> None:
    family = open_family(ModelSection(name=str(made / "blank")), PromptSection())
    parts = read_parts(made / "maps", family)
    train, held_out = parts.divided(0.04)
    assert (len(train), len(held_out)) == (2 * PICTURES - 4, 4)
    assert torch.equal(held_out.keys, parts.keys[-4:])


def test_only_tower_and_projector_change_and_it_is_taken_up(made: Path, tmp_path: Path) -> None:
    model = learn_to_see(made / "blank", made / "maps", tmp_path, COURSE)
    before, after = (read_weights(folder) for folder in (made / "blank", model))
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert changed
    assert all("vision_tower" in name or "projector" in name for name in changed)
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    assert all(0 <= share <= 1 for share in seen.values())
    stamp = (model / "model.safetensors").stat().st_mtime_ns
    assert learn_to_see(made / "blank", made / "maps", tmp_path, COURSE) == model
    assert (model / "model.safetensors").stat().st_mtime_ns == stamp, "what is done is not done again"
    (tmp_path / "seen.json").unlink()
    learn_to_see(made / "blank", made / "maps", tmp_path, COURSE)
    again = read_weights(model)
    assert all(torch.equal(value, again[name]) for name, value in after.items()), "the last checkpoint was gone on from"
