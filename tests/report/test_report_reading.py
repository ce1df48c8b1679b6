"""A run folder is read as far as it goes: what is damaged costs its part of the page and is told."""

import json
from pathlib import Path

import pytest

from lensmith.errors import RunError
from lensmith.report.reading import read_run
from sample_runs import add_guards, crossing, found_slice, write_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(
        tmp_path / "sample",
        [crossing(at) for at in range(8)],
        change=lambda all_: all_.update(found_slices=[found_slice()]),
    )


def test_a_whole_run_is_read_without_a_complaint(run: Path):
    add_guards(run)
    found = read_run(run)
    assert found.problems == ()
    assert found.name == "sample/run"
    assert found.comparison is not None
    assert list(found.comparison.metrics) == ["label", "ladder"]
    assert len(found.after) == len(found.before) == 8
    assert found.subjects is not None
    assert [each.value for each in found.found_slices] == ["night"]
    assert [line.verdict for line in found.guards or ()] == ["ok", "warn", "could not check", "stop"]
    assert found.blind is not None
    assert found.model == "some/model"


@pytest.mark.parametrize("part", ["found_slices", "subjects", "blind"])
def test_a_damaged_part_of_the_comparison_costs_that_part(run: Path, part: str):
    compared = json.loads((run / "comparison.json").read_text("utf-8"))
    compared[part] = {"rows": "many"} if part != "found_slices" else [{"metric": 3}]
    (run / "comparison.json").write_text(json.dumps(compared), encoding="utf-8")
    found = read_run(run)
    assert found.comparison is not None
    assert [problem.where for problem in found.problems] == [f"comparison.json {part}"]


@pytest.mark.parametrize(
    "content", ["", "{", "[1, 2]", '{"metrics": 5}', "\x00\x01", "[" * 100_000], ids=lambda text: repr(text[:8])
)
@pytest.mark.parametrize("file", ["comparison.json", "data.json", "scores.json", "recipe.json", "environment.json"])
def test_a_damaged_file_costs_what_it_holds(run: Path, file: str, content: str):
    (run / file).write_text(content, encoding="utf-8")
    found = read_run(run)
    is_odd_but_possible = content.startswith('{"') and file in (
        "data.json",
        "scores.json",
        "recipe.json",
        "environment.json",
    )
    assert is_odd_but_possible or [problem.where for problem in found.problems] == [file]
    assert len(found.after) == 8


def test_a_last_line_that_a_kill_cut_is_no_damage_and_a_broken_one_inside_is(run: Path):
    whole = (run / "after.jsonl").read_text("utf-8")
    (run / "after.jsonl").write_text(whole + '{"id": "x"', encoding="utf-8")
    assert read_run(run).problems == ()
    lines = whole.splitlines(keepends=True)
    (run / "after.jsonl").write_text("".join([*lines[:3], "no json\n", *lines[4:]]), encoding="utf-8")
    found = read_run(run)
    assert len(found.after) == 3
    assert [problem.where for problem in found.problems] == ["after.jsonl:4"]
    assert "5" in found.problems[0].found


def test_a_line_of_another_layout_is_left_out_and_told(run: Path):
    with (run / "after.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"id": "odd"}\n')
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"loss": 1}\n')
    assert {problem.where for problem in read_run(run).problems} == {"after.jsonl:9", "metrics.jsonl:14"}


def test_a_run_that_has_just_begun_is_read(tmp_path: Path):
    (tmp_path / "metrics.jsonl").write_text('{"step": 1, "epoch": 0.1, "loss": 2.5}\n', encoding="utf-8")
    found = read_run(tmp_path)
    assert found.comparison is None
    assert found.log[0].value("loss") == 2.5
    assert found.guards is None
    assert found.problems == ()


@pytest.mark.parametrize("kind", ["missing", "file", "empty"])
def test_what_is_no_run_is_refused(tmp_path: Path, kind: str):
    path = tmp_path / "run"
    if kind == "file":
        path.write_text("a")
    elif kind == "empty":
        path.mkdir()
    with pytest.raises(RunError) as caught:
        read_run(path)
    assert caught.value.problems[0].code == "report/no-run"
