import io
import json
import pickle
import tarfile
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published import noisy_png
from published_tables import BLUE, GREEN, described, write_shard

from lensmith.config.sections import SourceSection
from lensmith.data.reading import read_rows
from lensmith.data.sources import SOURCES, recognise
from lensmith.data.sources.contract import Request, Row
from lensmith.errors import DataError
from lensmith.types import Example


def rows_of(path: Path | str, **section: Any) -> list[Row]:
    return list(read_rows(SourceSection(path=str(path), format="webdataset", **section)))


def examples_of(path: Path | str, **section: Any) -> list[Example]:
    return [example for row in rows_of(path, **section) for example in row.examples]


def codes(rows: list[Row]) -> list[str]:
    return [row.problems[0].code if row.problems else "good" for row in rows]


def samples(count: int, picture: bytes = BLUE) -> dict[str, bytes]:
    return {
        name: data
        for k in range(count)
        for name, data in ((f"{k:03d}.png", picture), (f"{k:03d}.json", described(f"Что {k}? 😀", "кот")))
    }


def test_a_reference_is_a_place_in_the_shard(tmp_path: Path) -> None:
    path = write_shard(tmp_path / "a.tar", {"x/1.png": BLUE, "x/1.json": described("?", "a")})
    (image,) = examples_of(path)[0].images
    data = path.read_bytes()
    assert data[image.offset : image.offset + image.size_bytes] == BLUE == image.read_bytes()
    assert image.name == "a.tar/x/1.png"
    assert len(pickle.dumps(image)) < 600


def test_texts_and_classes_beside_the_picture(tmp_path: Path) -> None:
    members = {"1.jpg": BLUE, "1.txt": "Кот на окне 😀\n".encode(), "1.cls": b"7\n"}
    path = write_shard(tmp_path / "a.tar", members)
    assert recognise(str(path))[0] == "webdataset"
    (example,) = examples_of(path, question="Опиши.", columns={"answer": "txt"})
    assert (example.question, example.answers, example.metadata["cls"]) == ("Опиши.", ("Кот на окне 😀",), "7")
    assert examples_of(path, question="?")[0].answers == ("7",)
    with pytest.raises(DataError, match="set `question`"):
        rows_of(path)


def test_question_and_answer_may_be_members_of_their_own(tmp_path: Path) -> None:
    path = write_shard(tmp_path / "a.tar", {"1.jpg": BLUE, "1.question.txt": b"?", "1.answer.txt": "да".encode()})
    (example,) = examples_of(path)
    assert (example.question, example.answers) == ("?", ("да",))


def test_several_pictures_come_in_the_order_of_the_shard_and_one_may_be_named(tmp_path: Path) -> None:
    path = write_shard(tmp_path / "a.tar", {"1.right.png": BLUE, "1.left.png": GREEN, "1.json": described("?", "a")})
    assert [image.read_bytes() for image in examples_of(path)[0].images] == [BLUE, GREEN]
    (example,) = examples_of(path, columns={"image": "left.png"})
    assert [image.read_bytes() for image in example.images] == [GREEN]
    assert json.dumps(dict(example.metadata))


def test_each_bad_sample_is_told_and_the_next_is_read(tmp_path: Path) -> None:
    good = {"good.png": BLUE, "good.json": described("?", "a")}
    bad: dict[str, tuple[dict[str, bytes], str]] = {
        "a": ({"a.png": BLUE, "a.json": b"{"}, "data/not-json"),
        "b": ({"b.png": BLUE, "b.json": b"[1]"}, "data/not-an-object"),
        "c": ({"c.png": BLUE, "c.json": b'{"question": "\\ud83d", "answer": "x"}'}, "data/not-json"),
        "d": ({"d.png": BLUE, "d.json": "да".encode("cp1251")}, "data/not-utf8"),
        "e": ({"e.json": described("?", "a")}, "data/missing-image"),
        "f": ({"f.png": BLUE}, "data/no-question"),
        "g": ({"g.png": BLUE, "g.json": described("?", "")}, "data/empty-answer"),
    }
    members = {name: data for each, _ in bad.values() for name, data in each.items()}
    rows = rows_of(write_shard(tmp_path / "a.tar", {**good, **members, "z.png": BLUE, "z.json": described("?", "a")}))
    assert codes(rows) == ["good", *(code for _, code in bad.values()), "good"]
    assert [row.where for row in rows[1:-1]] == [f"{tmp_path}/a.tar {key}" for key in bad]


def test_two_members_of_one_name_are_told(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in (("1.png", BLUE), ("1.png", GREEN), ("1.json", described("?", "a"))):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    (tmp_path / "a.tar").write_bytes(stream.getvalue())
    assert codes(rows_of(tmp_path / "a.tar")) == ["data/member-twice"]


def test_members_that_are_not_read_are_told_once(tmp_path: Path) -> None:
    members = samples(2) | {"001.npy": b"\x93NUMPY", "001.pkl": b"x"}
    rows = rows_of(write_shard(tmp_path / "a.tar", dict(sorted({**members, "000.npy": b""}.items()))))
    assert codes(rows) == ["good", "good"]
    assert [note.found for row in rows for note in row.notes] == [
        "members that end in .npy are not read",
        "members that end in .pkl are not read",
    ]


class TestDamage:
    @pytest.fixture
    def shard(self, tmp_path: Path) -> Path:
        return write_shard(tmp_path / "a.tar", samples(4, noisy_png()))

    @pytest.mark.parametrize("where", ["in a picture", "in a header", "between header and bytes"])
    def test_what_came_before_a_cut_is_kept(self, shard: Path, where: str) -> None:
        third = examples_of(shard)[2].images[0]
        at = {"in a picture": 700, "in a header": -200, "between header and bytes": 0}[where]
        shard.write_bytes(shard.read_bytes()[: third.offset + at])
        rows = rows_of(shard)
        # Of a damaged header nobody knows whether it belongs to the sample before it.
        kept = 1 if where == "in a header" else 2
        assert codes(rows) == ["good"] * kept + ["data/truncated-shard"]
        assert "all after it" in rows[-1].problems[0].consequence

    def test_a_damaged_header_is_not_taken_for_the_end(self, shard: Path) -> None:
        third = examples_of(shard)[2].images[0]
        data = bytearray(shard.read_bytes())
        data[third.offset - 512 : third.offset - 400] = b"x" * 112
        shard.write_bytes(data)
        assert codes(rows_of(shard))[-1] == "data/truncated-shard"

    def test_an_archive_without_its_closing_zeros_is_whole(self, tmp_path: Path) -> None:
        assert codes(rows_of(write_shard(tmp_path / "a.tar", samples(3), end=False))) == ["good"] * 3

    def test_a_bad_shard_costs_only_itself(self, tmp_path: Path) -> None:
        for k in range(3):
            write_shard(tmp_path / f"train-{k}.tar", samples(1))
        (tmp_path / "train-0.tar").write_bytes(b"no tar")
        (tmp_path / "train-2.tar").unlink()
        rows = rows_of(tmp_path / "train-{0..2}.tar")
        assert codes(rows) == ["data/not-a-shard", "good", "data/unreadable-file"]

    def test_a_compressed_shard_is_told(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tar"
        with tarfile.open(path, "w:gz") as archive:
            archive.addfile(tarfile.TarInfo("1.png"))
        with pytest.raises(DataError) as caught:
            rows_of(path)
        assert "compressed" in caught.value.problems[0].found

    def test_a_cut_after_reading_is_an_error_of_the_picture(self, shard: Path) -> None:
        image = examples_of(shard)[3].images[0]
        shard.write_bytes(shard.read_bytes()[: image.offset + 10])
        with pytest.raises(OSError, match="ends before"):
            image.read_bytes()


class TestPaths:
    def test_a_folder_is_read_by_split(self, tmp_path: Path) -> None:
        for name in ("train-000000.tar", "train-000001.tar", "val-000000.tar"):
            write_shard(tmp_path / name, samples(1))
        assert recognise(str(tmp_path))[0] == "webdataset"
        assert SOURCES["webdataset"].splits(str(tmp_path)) == ("train", "val")
        assert [example.id for example in examples_of(tmp_path, split="train")] == [
            "train-000000:000",
            "train-000001:000",
        ]

    def test_a_pattern_of_none_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(DataError):
            recognise(str(tmp_path / "train-{0..9}.tar"))
        with pytest.raises(DataError):
            rows_of(tmp_path / "train-{0..9}.tar")


def test_many_samples_stream(tmp_path: Path) -> None:
    path = write_shard(tmp_path / "a.tar", samples(3000, b"x"))
    source = SourceSection(path=str(path), format="webdataset")
    assert len(list(read_rows(source.model_copy(update={"limit": 5})))) == 5
    tracemalloc.start()
    assert sum(1 for _ in read_rows(source)) == 3000
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 2_000_000


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=40), at=st.integers(0, 6000), cut=st.integers(0, 9000))
def test_no_bytes_break_the_reader(tmp_path: Path, noise: bytes, at: int, cut: int) -> None:
    path = write_shard(tmp_path / "a.tar", samples(2))
    data = path.read_bytes()
    path.write_bytes((data[:at] + noise + data[at + len(noise) :])[: max(cut, 100)])
    SOURCES["webdataset"].detect(str(path))
    try:
        rows = list(SOURCES["webdataset"].read(Request(SourceSection(path=str(path)))))
    except DataError as error:
        assert error.problems
        return
    for row in rows:
        assert not (row.examples and row.problems)
        for example in row.examples:
            for image in example.images:
                image.read_bytes()
