"""The frame around the verbs: help, mistakes in the command line, exit codes, and what `--json` promises."""

import json
import os
import signal
import subprocess
import sys
import time

import click
import pytest

from lensmith import __version__, cli
from lensmith.errors import DataError, Problem, RunError

HEAVY = ("torch", "transformers", "numpy", "pandas", "scipy", "sklearn", "datasets", "peft", "accelerate")


def run(*arguments, **settings):
    """A command as a user types it."""
    command = [sys.executable, "-m", "lensmith", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False, **settings)


@pytest.fixture
def verb(monkeypatch):
    """Makes a function the body of a verb called `stand-in`."""

    def make(function):
        command = click.command("stand-in")(click.option("--json", "as_json", is_flag=True)(function))
        monkeypatch.setattr(sys.modules[__name__], "STAND_IN", command, raising=False)
        monkeypatch.setitem(cli.COMMANDS, "stand-in", f"{__name__}:STAND_IN")

    return make


def test_every_verb_has_a_summary_and_a_command_of_its_name():
    assert cli.SUMMARIES.keys() == cli.COMMANDS.keys()
    for name in cli.COMMANDS:
        command = cli.lensmith.get_command(click.Context(cli.lensmith), name)
        assert isinstance(command, click.Command)
        assert command.name == name


LIGHT = ["lensmith.cli", "lensmith.console", "lensmith.errors", "lensmith.rundir"]


def test_help_names_every_verb_and_imports_none():
    watched = (*HEAVY, "pydantic", "yaml")
    script = (
        "import sys\nfrom lensmith.cli import main\nassert main(['--help']) == 0\n"
        f"print([name for name in sys.modules if name.startswith('lensmith.') or name in {watched}])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    text, _, modules = done.stdout.rstrip().rpartition("\n")
    assert all(f"\n  {name} " in text for name in cli.COMMANDS)
    assert sorted(json.loads(modules.replace("'", '"'))) == LIGHT


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"lensmith {__version__}\n"


def test_no_verb_shows_help_on_stderr(capsys):
    assert cli.main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Verbs:" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trian"], "did you mean `train`?"),
        (["xyz"], "available: app, check, compare"),
        (["--versoin"], "--version"),
        (["init"], "DATA"),
        (["init", ""], "empty name"),
        (["init", "a", "--modle", "b"], "--model"),
    ],
)
def test_mistakes_in_the_command_line_are_problems(capsys, arguments, words):
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert "Traceback" not in err


def test_with_json_the_problems_are_the_one_object_on_stdout(capsys):
    assert cli.main(["trian", "--json"]) == 2
    out, err = capsys.readouterr()
    (problem,) = json.loads(out)["problems"]
    assert problem["code"] == "usage/unknown-verb"
    assert set(problem) == {"code", "where", "found", "expected", "consequence", "fix"}
    assert "trian" in err


@pytest.mark.parametrize(("error", "code"), [(DataError, 2), (RunError, 1)])
def test_an_errors_exit_code_is_the_commands(verb, capsys, error, code):
    def body(as_json):
        raise error([Problem("a/b", f"row {n}", "wrong") for n in range(3)])

    verb(body)
    assert cli.main(["stand-in", "--json"]) == code
    out, err = capsys.readouterr()
    assert len(json.loads(out)["problems"]) == 3
    assert "row 2: wrong" in err


@pytest.mark.parametrize(
    ("body", "code"), [(lambda as_json: None, 0), (lambda as_json: 2, 2), (lambda as_json: True, 1)]
)
def test_what_a_verb_answers_is_the_exit_code(verb, body, code):
    verb(body)
    assert cli.main(["stand-in"]) == code


def test_an_interrupt_says_that_the_run_is_kept(verb, capsys):
    def body(as_json):
        raise KeyboardInterrupt

    verb(body)
    assert cli.main(["stand-in"]) == 130
    assert "takes it up" in capsys.readouterr().err


def test_the_unexpected_keeps_its_traceback(verb, capsys):
    def body(as_json):
        raise ZeroDivisionError("by zero")

    verb(body)
    with pytest.raises(ZeroDivisionError):
        cli.main(["stand-in", "--json"])
    out, err = capsys.readouterr()
    assert json.loads(out)["problems"][0]["code"] == "lensmith/unexpected"
    assert "ZeroDivisionError: by zero" in err


def test_python_m_lensmith_is_the_command(tmp_path):
    assert run("--version").stdout == f"lensmith {__version__}\n"
    done = run("trian")
    assert (done.returncode, done.stdout) == (2, "")


def test_results_are_utf_8_whatever_the_locale_and_the_names(tmp_path):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = run("нет", "--json", env=environment)
    assert "`нет`" in json.loads(done.stdout)["problems"][0]["found"]
    odd = os.fsdecode(b"\xff.jsonl")
    done = run("init", odd, "--json", env=environment, cwd=tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stdout)["problems"]


def test_ctrl_c_ends_with_130_and_no_traceback(tmp_path):
    """A real signal to a real process, while it waits for data that never comes."""
    pipe = tmp_path / "train.jsonl"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "lensmith", "init", "train.jsonl", "--out", "r.yaml"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # what a shell starts in the background ignores the signal, and so does all that this starts
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    writer = open_when_read(pipe)
    time.sleep(0.5)  # Python sees a signal between two calls or inside a waiting read, not in the gap before it
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    os.close(writer)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err
    assert "Traceback" not in err


def open_when_read(pipe):
    """The writing end of a pipe, opened as soon as somebody reads from the other."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.02)
    raise TimeoutError(f"nobody read {pipe}")


def test_a_recipe_with_ten_mistakes_is_ten_problems_before_anything_heavy_loads(tmp_path):
    (tmp_path / "r.yaml").write_text(
        "model: {name: o/n, revison: x}\n"
        "data: {train: gone.jsonl, split: {test: 2}}\n"
        "prompt: {template: no question}\n"
        "tune: {method: both, lora: {r: none}}\n"
        "train: {epochs: -1, optimizer: adm, precision: fp8}\n"
        "run: {seed: x}\n"
    )
    script = (
        "import sys\nfrom lensmith.cli import main\n"
        "code = main(['train', 'r.yaml', '--json'])\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.returncode == 2
    assert len(json.loads(done.stdout)["problems"]) == 10
    assert done.stderr.rstrip().endswith("[]")
