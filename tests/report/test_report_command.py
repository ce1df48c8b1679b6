"""`lensmith report` as a person types it."""

import json
from pathlib import Path

import pytest

from lensmith.cli import main
from sample_runs import crossing, write_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "one", [crossing(at) for at in range(6)])


def test_a_run_gets_its_page(run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", str(run), "--json", "--language", "en"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["page"] == str(run / "report.html")
    assert told["examples"] == {"shown": 6, "all": 6}
    assert told["pictures"] == {"shown": 3, "all": 3}
    page = (run / "report.html").read_text("utf-8")
    assert told["bytes"] == len(page.encode())
    assert '<html lang="en">' in page


def test_several_runs_need_a_place(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", str(run), str(run)]) == 2
    assert "--out" in capsys.readouterr().err
    assert main(["report", str(run), str(run), "--out", str(tmp_path / "page.html")]) == 0
    assert (tmp_path / "page.html").exists()


def test_what_is_no_run_fails_with_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", str(tmp_path / "nothing"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "report/no-run"


def test_damage_is_narrated_and_the_page_is_written(run: Path, capsys: pytest.CaptureFixture[str]):
    (run / "scores.json").write_text("{", encoding="utf-8")
    assert main(["report", str(run)]) == 0
    assert "scores.json" in capsys.readouterr().err
    assert (run / "report.html").exists()


def test_a_page_that_cannot_be_written_is_a_problem(run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", str(run), "--out", str(run / "recipe.json" / "page.html")]) == 1
    assert "report/not-written" in capsys.readouterr().err
