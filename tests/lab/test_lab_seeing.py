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
from lensmith.lab.seeing import NOT_ASKED, Course, learn_to_see, read_keys, read_parts
from lensmith.lab.worlds import WORLDS
from lensmith.lab.worlds.everyday.marks import KINDS, SIDE, dump_view, load_view, mirror
from lensmith.lab.worlds.everyday.marks import read_parts as read_places
from lensmith.lab.worlds.everyday.paint import Seen, View
from lensmith.lab.worlds.objects import Look

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


def test_a_map_and_the_view_beside_it_say_the_same(made: Path) -> None:
    rows = [json.loads(line) for line in (made / "maps" / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["kind"] for row in rows} == {"map", "colour_map"}
    for row in rows:
        view = load_view(row["view"])
        assert load_view(json.loads(json.dumps(dump_view(view)))) == view
        shown = [thing is not None for thing in read_places(view)]
        words = row["answer"].split(" ")
        assert len(words) == 64
        if row["kind"] == "map":
            assert [word != "-" for word in words] == shown


PERSON = Seen("object", "man", Look("red", pattern="", pose="sitting", hat="blue", label="OK"), "", (0, 0, 0.3, 0.3))
SIGN = Seen("sign", "sign", Look("white"), "7A", (0.6, 0.1, 0.9, 0.4))
VIEW = View((PERSON, SIGN, SIGN), "street", night=True)


def told(view: View, at: int) -> dict[str, str]:
    """What is said of one part, by kind; kinds that say nothing of it are left out."""
    keys = read_keys(view)[:, at].tolist()
    pairs = zip(KINDS.items(), keys, strict=True)
    return {name: kind.keys[key] for (name, kind), key in pairs if key != NOT_ASKED}


def test_each_part_is_told_what_there_is_to_see_of_it() -> None:
    person, ground, sign = told(VIEW, 0), told(VIEW, 63), told(VIEW, 8 + 6)
    looks = {"name": "man", "colour": "red", "surface": "plain", "pose": "sitting", "hat": "blue", "held": "nothing"}
    letters = {"letter 1": "O", "letter 2": "K", "letter 3": "end", "letter 4": "end"}
    # in a corner neither side is plain
    assert person == looks | letters | {"side": "3", "count": "1"}
    assert ground == {"name": "", "colour": "", "ground": "street by night", "total": "3"}
    assert (sign["letter 1"], sign["letter 2"], sign["letter 3"], sign["count"]) == ("7", "A", "end", "2")
    assert "hat" not in sign
    assert "pose" not in sign


def test_a_mirror_changes_sides_and_hides_what_is_written() -> None:
    mirrored = mirror(VIEW)
    assert told(mirrored, 7)["name"] == "man"
    assert told(mirrored, 0)["name"] == ""
    assert not [kind for kind in told(mirrored, 7) if kind.startswith("letter")]
    left = View((Seen("object", "cup", Look("red"), "", (0.1, 0.4, 0.3, 0.6)),), "", night=False)
    at = 3 * SIDE + 1
    assert told(left, at)["where"] == "left"
    assert told(mirror(left), 3 * SIDE + 6)["where"] == "right"


@pytest.mark.parametrize("base", ["llava", "lfm2-vl", "moondream2"])
def test_pictures_reach_the_tower_as_the_family_makes_them(made: Path, tmp_path: Path, base: str) -> None:
    family = open_family(ModelSection(name=str(BASES[base].build(tmp_path / "blank", 1))), PromptSection())
    parts = read_parts(made / "maps", family)
    assert len(parts) == 2 * PICTURES
    pictures = []
    for number in (3, 8):
        with Image.open(made / "maps" / "images" / f"train-{number:05}.png") as opened:
            pictures += [opened.convert("RGB"), ImageOps.mirror(opened.convert("RGB"))]
    given = parts.collate([6, 7, 16, 17])
    for name, values in family.pixels(pictures).items():
        torch.testing.assert_close(given[name], values, rtol=0, atol=1e-6)
    plain, mirrored = parts.keys.unflatten(-1, (SIDE, SIDE))[6:8, 0]  # names
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
