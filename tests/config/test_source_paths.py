"""Paths of data that are neither a file nor a folder: patterns of shards, zips of pictures."""

import zipfile
from pathlib import Path

import pytest

from lensmith.config.loading import load_recipe
from lensmith.config.paths import exists, expand_braces
from lensmith.errors import RecipeError


def recipe(folder: Path, source: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(f"model: owner/name\ndata: {{train: {{{source}}}}}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("pattern", "count", "last"),
    [
        ("a-{000..102}.tar", 103, "a-102.tar"),
        ("{a,b}-{1..2}.tar", 4, "b-2.tar"),
        ("кот.tar", 1, "кот.tar"),
        ("{question}.tar", 1, "{question}.tar"),
        ("a-{3..1}.tar", 0, None),
        ("{,x}", 2, "x"),
        ("{0..99999999999}", 1, "{0..99999999999}"),
    ],
)
def test_patterns_are_expanded_as_shells_do(pattern: str, count: int, last: str | None) -> None:
    found = list(expand_braces(pattern))
    assert len(found) == count
    assert (found or [None])[-1] == last


def test_a_pattern_is_there_when_one_of_its_files_is(tmp_path: Path) -> None:
    (tmp_path / "a-07.tar").touch()
    assert exists(str(tmp_path / "a-{00..10}.tar"))
    assert not exists(str(tmp_path / "a-{08..10}.tar"))


def test_a_pattern_in_a_recipe_starts_from_the_recipes_folder(tmp_path: Path) -> None:
    (tmp_path / "a-0.tar").touch()
    source = load_recipe(recipe(tmp_path, 'path: "a-{0..3}.tar"')).recipe.data.train[0]
    assert source.path == str(tmp_path / "a-{0..3}.tar")
    with pytest.raises(RecipeError) as caught:
        load_recipe(recipe(tmp_path, 'path: "b-{0..3}.tar"'))
    assert caught.value.problems[0].code == "recipe/missing-file"


def test_pictures_may_be_in_a_zip(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    with zipfile.ZipFile(tmp_path / "p.zip", "w"):
        pass
    source = load_recipe(recipe(tmp_path, "path: a.jsonl, images: p.zip")).recipe.data.train[0]
    assert source.images == str(tmp_path / "p.zip")
    with pytest.raises(RecipeError) as caught:
        load_recipe(recipe(tmp_path, "path: a.jsonl, images: a.jsonl"))
    assert caught.value.problems[0].expected == "a folder or a .zip"
