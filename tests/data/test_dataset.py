import json
import shutil
from pathlib import Path

import pytest
from published import noisy_png, png, write_jsonl, write_pictures

from lensmith.config.sections import DataSection
from lensmith.data.dataset import Data, load_data, load_source, load_sources
from lensmith.errors import DataError


def rows(count: int, start: int = 0, folder: str = "") -> list[dict[str, object]]:
    return [
        {"image_path": f"{folder}{k // 2}.png", "question": f"Что {k}? 😀", "answer": "да" if k % 2 else "нет"}
        for k in range(start, start + count)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_pictures(tmp_path, *(f"{k}.png" for k in range(30)))
    write_jsonl(tmp_path / "train.jsonl", rows(40))
    write_jsonl(tmp_path / "test.jsonl", rows(20, 40))
    return tmp_path


def load(folder: Path, seed: int = 0, **section: object) -> Data:
    paths = {part: str(folder / str(name)) if part != "split" else name for part, name in section.items()}
    return load_data(DataSection.model_validate(paths), seed)


def test_one_file_is_divided_by_shares(folder: Path) -> None:
    data = load(folder, train="train.jsonl")
    assert data.report.examples == {"train": 32, "validation": 4, "test": 4}
    assert (data.report.rows, data.report.pictures, data.report.problems) == (40, 20, ())
    sides = [{image for one in part for image in one.images} for part in (data.train, data.validation, data.test)]
    assert sum(map(len, sides)) == len(set.union(*sides)) == 20


def test_files_that_are_given_win_over_shares(folder: Path) -> None:
    data = load(folder, train="train.jsonl", test="test.jsonl")
    assert data.report.examples == {"train": 36, "validation": 4, "test": 20}
    assert [one.id for one in data.test] == [f"test:{k}" for k in range(1, 21)]


def test_the_same_files_give_the_same_ids_alone_and_in_a_recipe(folder: Path) -> None:
    alone, _ = load_source(DataSection.model_validate({"train": str(folder / "test.jsonl")}).train[0])
    assert alone == load(folder, train="train.jsonl", test="test.jsonl").test


def test_no_share_no_part(folder: Path) -> None:
    data = load(folder, train="train.jsonl", split={"validation": 0.0, "test": 0.0})
    assert data.report.examples == {"train": 40, "validation": 0, "test": 0}


def test_bad_pictures_cost_their_examples_and_nothing_else(folder: Path) -> None:
    (folder / "0.png").unlink()
    (folder / "1.png").write_bytes(b"")
    (folder / "2.png").write_bytes(noisy_png()[:-500])
    (folder / "3.png").write_text("<html>")
    path = write_jsonl(folder / "train.jsonl", [*rows(40), {"question": "", "answer": ""}, 7])
    report = load(folder, train="train.jsonl").report
    assert report.rows == 42
    assert report.rows_left_out == {"data/no-question": 1, "data/not-an-object": 1}
    assert report.examples_left_out == {
        "data/missing-image": 2,
        "data/empty-image": 2,
        "data/broken-image": 2,
        "data/not-an-image": 2,
    }
    assert sum(report.examples.values()) + 8 + 2 == report.rows
    missing = next(problem for problem in report.problems if problem.code == "data/missing-image")
    assert missing.where == f"{path}:1"
    assert missing.found.startswith("0.png")
    assert json.loads(json.dumps(report.to_json()))["examples_left_out"]["data/empty-image"] == 2
    assert len(report.problems) == 3 + 4


def test_nothing_left_carries_every_problem(folder: Path) -> None:
    write_jsonl(folder / "bad.jsonl", [{"image_path": "none.png", "question": "?", "answer": "x"}, 7])
    with pytest.raises(DataError) as caught:
        load(folder, train="bad.jsonl")
    assert {problem.code for problem in caught.value.problems} == {"data/missing-image", "data/not-an-object"}


def test_a_held_out_file_with_nothing_usable_is_an_error_not_an_empty_test(folder: Path) -> None:
    write_jsonl(folder / "bad.jsonl", [{"image_path": "none.png", "question": "?", "answer": "x"}])
    with pytest.raises(DataError) as caught:
        load(folder, train="train.jsonl", test="bad.jsonl")
    assert [problem.code for problem in caught.value.problems] == ["data/missing-image", "data/empty-part"]


def test_all_sources_that_cannot_be_read_are_told_together(folder: Path) -> None:
    (folder / "page.html").write_text("<html>")
    with pytest.raises(DataError) as caught:
        load(folder, train="none.jsonl", validation="page.html", test="test.jsonl")
    assert [problem.code for problem in caught.value.problems] == ["data/no-such-path", "data/unknown-format"]


def test_ids_are_made_unique_within_a_part_and_counted(folder: Path) -> None:
    write_jsonl(
        folder / "twice.jsonl", [{"id": name, "question": "?", "answer": "x"} for name in ("a", "a", "a~2", "a")]
    )
    examples, report = load_source(DataSection.model_validate({"train": str(folder / "twice.jsonl")}).train[0])
    assert [one.id for one in examples] == ["a", "a~2", "a~2~2", "a~3"]
    assert report.noted == {"data/duplicate-id": 3}
    assert not report.problems


def test_one_name_in_two_folders_is_two_pictures(tmp_path: Path) -> None:
    for k, name in enumerate(("one", "two")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.png").write_bytes(png((k, k, k)))
        write_jsonl(tmp_path / name / f"{name}.jsonl", rows(2))
    sources = [str(tmp_path / "one/one.jsonl"), str(tmp_path / "two/two.jsonl")]
    examples, report = load_sources(DataSection.model_validate({"train": sources}).train)
    assert [one.images[0].name for one in examples] == ["0.png", "0.png", "0.png~2", "0.png~2"]
    assert [one.group for one in examples] == ["0.png", "0.png", "0.png~2", "0.png~2"]
    assert examples[2].images[0].read_bytes() == png((1, 1, 1))
    assert report.pictures == 2


def test_copies_under_other_names_are_one_picture(folder: Path) -> None:
    for k in range(20):
        shutil.copy(folder / f"{k}.png", folder / f"копия-{k}.png")
    again = [{**row, "image_path": f"копия-{row['image_path']}", "question": "Ещё раз? 🐈"} for row in rows(40)]
    write_jsonl(folder / "train.jsonl", rows(40) + again)
    for seed in range(5):
        data = load(folder, seed, train="train.jsonl")
        contents = [
            {image.read_bytes() for one in part for image in one.images}
            for part in (data.train, data.validation, data.test)
        ]
        assert sum(map(len, contents)) == len(set.union(*contents)) == data.report.pictures == 20
    assert {one.group for one in data.test} == {image.name for one in data.test for image in one.images}
    note = next(note for note in data.report.notes if note.code == "data/same-content")
    assert "byte for byte: 20 (копия-0.png = 0.png" in note.found


def test_a_copy_on_the_other_side_is_a_warning_whatever_its_name(folder: Path) -> None:
    shutil.copy(folder / "0.png", folder / "новая.png")
    write_jsonl(folder / "test.jsonl", [{"image_path": "новая.png", "question": "Новая?", "answer": "нет"}])
    data = load(folder, train="train.jsonl", test="test.jsonl", split={"validation": 0.0})
    shared = next(note for note in data.report.notes if note.code == "data/shared-pictures")
    assert (shared.where, "0.png" in shared.found) == ("train and test", True)


def test_a_group_of_its_own_stays_where_its_picture_is_a_copy(folder: Path) -> None:
    shutil.copy(folder / "0.png", folder / "Б.png")
    row = {"image_path": "Б.png", "question": "?", "answer": "да", "group": "улица 1"}
    write_jsonl(folder / "test.jsonl", [{"image_path": "0.png", "question": "?", "answer": "да"}, row])
    test = load(folder, train="train.jsonl", test="test.jsonl").test
    assert [(one.group, one.images[0].name) for one in test] == [("0.png", "0.png"), ("улица 1", "0.png")]


def test_pictures_in_two_files_are_a_warning(folder: Path) -> None:
    write_jsonl(folder / "test.jsonl", rows(4))
    data = load(folder, train="train.jsonl", test="test.jsonl")
    assert "data/shared-pictures" in data.report.noted
    shared = next(note for note in data.report.notes if note.code == "data/shared-pictures")
    assert "0.png" in shared.found + data.report.notes[-1].found
    assert not data.report.problems


def test_the_fingerprint_knows_the_content_and_not_the_place(folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved, ignore=shutil.ignore_patterns("moved"))
    first = load(folder, train="train.jsonl").report.fingerprint
    assert load(moved, train="train.jsonl").report.fingerprint == first
    (moved / "0.png").write_bytes(noisy_png())
    changed_picture = load(moved, train="train.jsonl").report.fingerprint
    write_jsonl(moved / "train.jsonl", [{**rows(1)[0], "answer": "?"}, *rows(39, 1)])
    changed_answer = load(moved, train="train.jsonl").report.fingerprint
    assert len({first, changed_picture, changed_answer}) == 3
    assert load(folder, seed=1, train="train.jsonl").report.fingerprint != first


def test_unlabelled_rows_are_read_where_answers_are_not_needed(folder: Path) -> None:
    write_jsonl(folder / "ask.jsonl", [{"image_path": "0.png", "question": "?"}])
    section = DataSection.model_validate({"train": str(folder / "ask.jsonl")}).train[0]
    examples, _ = load_source(section, answers_required=False)
    assert examples[0].answers == ()
    with pytest.raises(DataError, match="no column `answer` or `answers`"):
        load_source(section)


def test_progress_names_what_is_done(folder: Path) -> None:
    stages: list[str] = []
    section = DataSection.model_validate({"train": str(folder / "train.jsonl")})
    load_data(section, 0, on_progress=lambda stage, done, total: stages.append(stage))
    assert list(dict.fromkeys(stages)) == ["reading train.jsonl", "checking pictures"]


def test_a_fold_is_the_test_part(folder: Path) -> None:
    folds = [load(folder, train="train.jsonl", split={"folds": 4, "fold": fold}) for fold in range(1, 5)]
    assert [data.report.examples for data in folds] == [{"train": 26, "validation": 4, "test": 10}] * 4
    everything = load(folder, train="train.jsonl", split={"validation": 0.0, "test": 0.0}).train
    assert sorted(one.id for data in folds for one in data.test) == sorted(one.id for one in everything)
    assert len({data.report.fingerprint for data in folds}) == 4


def test_answers_keep_their_shares_where_asked_and_what_a_part_lacks_is_noted(folder: Path) -> None:
    answers = ["зебра" if k % 2 else "нет" for k in range(30)] + ["жираф 🦒"]
    shown = [{"image_path": f"{k % 30}.png", "question": "?", "answer": answer} for k, answer in enumerate(answers)]
    write_jsonl(folder / "labels.jsonl", shown)
    split = {"test": 0.4, "validation": 0.0}
    for seed in range(8):
        data = load(folder, seed, train="labels.jsonl", split={**split, "stratify": "answer"})
        assert sum(one.answers[0] == "зебра" for one in data.test) in (6, 7)
        note = next(note for note in data.report.notes if note.code == "data/label-missing")
        assert "жираф 🦒" in note.found
    assert "data/label-missing" not in load(folder, train="labels.jsonl", split=split).report.noted


def test_the_report_says_what_each_source_gives_to_an_epoch(folder: Path) -> None:
    write_jsonl(folder / "bad.jsonl", [{"image_path": "none.png", "question": "?", "answer": "x"}, *rows(3, 50)])
    sources = [{"path": str(folder / "train.jsonl"), "weight": 0.5}, {"path": str(folder / "bad.jsonl"), "weight": 2}]
    section = DataSection.model_validate({"train": sources, "split": {"validation": 0.0, "test": 0.0}})
    data = load_data(section, 0)
    told = data.report.to_json()["sources"]
    assert told == [
        {"path": str(folder / "train.jsonl"), "weight": 0.5, "examples": 40, "an_epoch": 20},
        {"path": str(folder / "bad.jsonl"), "weight": 2.0, "examples": 3, "an_epoch": 6},
    ]
    assert json.loads(json.dumps(told)) == told
    assert [data.mixture.source_of[one.id] for one in data.train] == [0] * 40 + [1] * 3


def test_held_out_examples_are_not_counted_to_a_source(folder: Path) -> None:
    report = load(folder, train="train.jsonl").report
    assert [(source.examples, source.an_epoch) for source in report.sources] == [(32, 32)]
