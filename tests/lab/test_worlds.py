"""What every world keeps, whatever its format: same seed same bytes, no picture twice, and blind guessing fails.

Worlds are read through lensmith's own loader, as a run reads them.
"""

import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image

from lensmith.config.sections import DataSection, SourceSection
from lensmith.data.dataset import load_data, load_sources
from lensmith.errors import DataError, UnknownNameError
from lensmith.lab.worlds import WORLDS
from lensmith.lab.worlds.folder import Scene, WorldFolder, WorldTally, blind_baseline, write_jsonl, write_world
from lensmith.lab.worlds.scenes import Part, draw_parts, halves
from lensmith.types import Example

MakeOnce = Callable[[str, int], WorldFolder]
PICTURES = 96
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


@pytest.fixture(params=list(WORLDS))
def world(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def make_once(tmp_path_factory: pytest.TempPathFactory) -> MakeOnce:
    """Gives a world of `PICTURES` pictures, made on the first request."""

    @cache
    def make(world: str, seed: int) -> WorldFolder:
        return WORLDS[world](tmp_path_factory.mktemp(f"{world}-{seed}"), pictures=PICTURES, seed=seed)

    return make


@pytest.fixture
def made(world: str, make_once: MakeOnce) -> WorldFolder:
    return make_once(world, 3)


@pytest.fixture
def parts(made: WorldFolder) -> dict[str, tuple[Example, ...]]:
    return read_parts(made)


def read_parts(made: WorldFolder) -> dict[str, tuple[Example, ...]]:
    """Every example of every part, through the loader: those of the `data` section and those beside it."""
    sources = {**made.data_at(), **made.extra_at()}
    listed = {part: each if isinstance(each, list) else [each] for part, each in sources.items() if part != "split"}
    sections = {part: [section(source) for source in each] for part, each in listed.items()}
    return {part: load_sources(each)[0] for part, each in sections.items()}


def section(source: Any) -> SourceSection:
    return SourceSection.model_validate({"path": source} if isinstance(source, str) else source)


def digest(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def content(example: Example) -> tuple[Any, ...]:
    pictures = tuple(image.read_bytes() for image in example.images)
    return pictures, example.turns, sorted(map(str, example.metadata.items()))


def plain(example: Example, made: WorldFolder) -> dict[str, Any]:
    kind = example.metadata[made.kind_column] if made.kind_column else ""
    return {"question": example.question, "answer": example.answers[0], "kind": str(kind)}


def test_a_seed_decides_every_byte_and_the_workers_none(world: str, tmp_path: Path) -> None:
    for name, seed, workers in (("first", 1, 1), ("again", 1, 2), ("other", 2, 1)):
        WORLDS[world](tmp_path / name, pictures=5, seed=seed, workers=workers)
    first, again, other = (digest(tmp_path / name) for name in ("first", "again", "other"))
    assert list(first) and first == again
    assert first.keys() == other.keys()
    assert first != other


def test_another_seed_draws_other_pictures(world: str, made: WorldFolder, tmp_path: Path) -> None:
    other = read_parts(WORLDS[world](tmp_path, pictures=8, seed=4))
    assert not pictures_of(read_parts(made)) & pictures_of(other)


def pictures_of(parts: dict[str, tuple[Example, ...]]) -> set[bytes]:
    return {image.read_bytes() for examples in parts.values() for each in examples for image in each.images}


def test_more_pictures_begin_with_the_same_ones(
    world: str, parts: dict[str, tuple[Example, ...]], tmp_path: Path
) -> None:
    few = read_parts(WORLDS[world](tmp_path, pictures=8, seed=3))
    for part in ("train", "test"):
        beginning = [content(example) for example in few[part]]
        assert beginning == [content(example) for example in parts[part][: len(beginning)]], part


def test_no_picture_is_there_twice(made: WorldFolder, parts: dict[str, tuple[Example, ...]]) -> None:
    decoded = []
    for part, examples in parts.items():
        images = {image.name: image for example in examples for image in example.images}
        assert len(images) == made.pictures[part], "every picture is asked about"
        decoded += [Image.open(io.BytesIO(image.read_bytes())).convert("RGB") for image in images.values()]
    assert len({(picture.size, picture.tobytes()) for picture in decoded}) == len(decoded)
    assert all(picture.width == picture.height for picture in decoded)


def test_lensmith_reads_it_without_a_problem(made: WorldFolder, parts: dict[str, tuple[Example, ...]]) -> None:
    data = load_data(DataSection.model_validate({**made.data_at(), "split": {"validation": 0.1}}), seed=0)
    assert data.report.problems == ()
    assert len(data.train) + len(data.validation) == made.questions["train"]
    assert len(data.test) == made.questions["test"]
    assert {part: len(examples) for part, examples in parts.items()} == made.questions
    assert made.pictures["train"] == PICTURES
    assert made.pictures["test"] == PICTURES // 8


def test_every_question_tells_its_kind_and_its_language(
    made: WorldFolder, parts: dict[str, tuple[Example, ...]]
) -> None:
    languages = set()
    for example in (example for examples in parts.values() for example in examples):
        assert example.question.strip() and all(answer.strip() for answer in example.answers)
        language = "ru" if CYRILLIC.search(example.question) else "en"
        languages.add(language)
        if made.kind_column:
            assert example.metadata[made.kind_column]
        if made.language_column:
            assert example.metadata[made.language_column] == language, example.question
    assert languages == set(made.languages)


def test_who_does_not_look_is_mostly_wrong(
    world: str, made: WorldFolder, parts: dict[str, tuple[Example, ...]], make_once: MakeOnce
) -> None:
    """Judged on as many new pictures as were learned from: a test file is small and would leave much to chance."""
    if world == "characters-one":
        pytest.skip("one name is the answer to everything, on purpose")
    train = [plain(example, made) for example in parts["train"]]
    judged = [plain(example, made) for example in read_parts(make_once(world, 5))["train"]]
    for kind, accuracy in blind_baseline(train, judged).items():
        asked = sum(kind in (row["kind"], "all") for row in judged)
        assert accuracy < 0.5 + 2 / asked**0.5, f"{kind}: four standard deviations above a coin"


def test_a_folder_tells_how_far_one_gets_blind(made: WorldFolder, parts: dict[str, tuple[Example, ...]]) -> None:
    assert set(made.blind) > {"all"}
    assert all(0.0 <= accuracy <= 1.0 for accuracy in made.blind.values())
    train, test = ([plain(example, made) for example in parts[part]] for part in ("train", "test"))
    assert blind_baseline(train, test)["all"] == pytest.approx(made.blind["all"], abs=0.15)


def test_its_summary_is_a_sentence(world: str) -> None:
    summary = (WORLDS[world].__doc__ or "").partition("\n")[0]
    assert re.fullmatch(r"[A-Z].{20,118}\.", summary), "the first line is what a list of worlds says of it"


def test_a_world_may_have_one_picture(world: str, tmp_path: Path) -> None:
    made = WORLDS[world](tmp_path, pictures=1, seed=0)
    assert made.pictures["train"] == made.pictures["test"] == 1
    assert {part: len(examples) for part, examples in read_parts(made).items()} == made.questions


@pytest.mark.parametrize("pictures", [0, -3])
def test_no_pictures_are_refused(world: str, pictures: int, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ask for 1 or more"):
        WORLDS[world](tmp_path, pictures=pictures, seed=0)
    assert list(tmp_path.iterdir()) == []


def draw_grey(random: Random) -> Scene:
    return Scene(Image.new("L", (1, 1), random.randrange(3)), ())


def draw_named(name: str, random: Random) -> Scene:
    row = {"question": "Who?", "answer": name, "kind": "who"}
    return Scene(Image.frombytes("L", (4, 4), random.randbytes(16)), (row,))


def draw_anna(random: Random) -> Scene:
    return draw_named("Анна", random)


def draw_boris(random: Random) -> Scene:
    return draw_named("Борис", random)


def test_a_world_that_runs_out_of_pictures_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="3 different pictures were drawn") as caught:
        write_world(tmp_path, draw_grey, pictures=4, seed=0)
    assert caught.value.problems[0].code == "lab/world-exhausted"
    assert not list(tmp_path.glob("*train.jsonl*")), "rows that were cut short leave no file"


def test_a_picture_that_comes_again_is_drawn_anew() -> None:
    drawn = list(draw_parts([Part("a", 2, (draw_grey,)), Part("b", 1, (draw_grey,))], seed=0))
    assert len({each.png for each in drawn}) == 3
    assert [each.name for each in drawn] == ["a-00000", "a-00001", "b-00000"]


def test_ways_to_draw_take_turns_and_further_parts_stand_beside_the_recipe(tmp_path: Path) -> None:
    parts = (*halves(tmp_path, 8, draw_anna, draw_boris), Part("probes", 3, (draw_boris,)), Part("none", 0, ()))
    made = write_jsonl(tmp_path, parts, seed=0, languages=("en",))
    assert made.data == {"train": "train.jsonl", "test": "test.jsonl"}
    assert made.extra == {"probes": "probes.jsonl"}
    assert made.pictures == {"train": 8, "test": 1, "probes": 3}
    train = load_sources([section(made.data_at()["train"])])[0]
    assert [example.answers[0] for example in train] == ["Анна", "Борис"] * 4
    assert made.extra_at("x/y") == {"probes": "x/y/probes.jsonl"}


def test_a_tally_counts_what_passes_and_judges_only_the_test(tmp_path: Path) -> None:
    tally = WorldTally()
    parts = (Part("train", 3, (draw_anna, draw_anna, draw_boris)), Part("test", 2, (draw_anna, draw_boris)))
    assert [drawn.part for drawn in map(tally.see, draw_parts(parts, seed=0))] == ["train"] * 3 + ["test"] * 2
    made = tally.folder(tmp_path, {}, kind_column="")
    assert made.blind == {"who": 0.5, "all": 0.5}
    assert (made.pictures, made.questions, made.kind_column) == ({"train": 3, "test": 2},) * 2 + ("",)


def test_an_unknown_world_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean `shapes`"):
        WORLDS["shape"]


def test_the_blind_baseline_answers_from_the_words_and_else_from_the_kind() -> None:
    def row(question: str, answer: str, kind: str = "k") -> dict[str, str]:
        return {"question": question, "answer": answer, "kind": kind}

    train = [row("a", "x"), row("a", "x"), row("a", "y"), row("b", "y"), row("b", "y"), row("b", "y")]
    test = [row("a", "x"), row("b", "y"), row("new", "y"), row("new", "x"), row("a", "", "unseen")]
    assert blind_baseline(train, test) == {"k": 0.75, "unseen": 0.0, "all": 0.6}
