"""`lensmith app` refuses what it cannot open, before a model loads."""

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from lensmith.app import serving
from lensmith.cli import main


@pytest.mark.parametrize("installed", ["", "3.18.0", "5.50.0"])
def test_a_missing_gradio_is_told_with_the_line_that_installs_it(
    installed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def version(name: str) -> str:
        if not installed:
            raise PackageNotFoundError(name)
        return installed

    monkeypatch.setattr(serving, "version", version)
    assert main(["app", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "pip install 'lensmith[app]'" in told
    assert (f"Gradio {installed} is installed" if installed else "Gradio is not installed") in told


def test_what_is_no_run_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(serving, "version", lambda name: "6.31.0")
    assert main(["app", str(tmp_path / "нет")]) == 2
    assert "it is no run's folder" in capsys.readouterr().err
