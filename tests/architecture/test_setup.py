"""`make setup` on machines that are not ready, or were interrupted; and what it pins.

Pythons are stood in for by shell scripts that answer the few questions set-up asks, so that no network is needed.
"""

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from source_tree import ROOT, sources

# A Python of some version, whose `-m venv` copies it and whose `-m pip` writes what it was asked into pip.log.
STAND_IN = """#!/bin/sh
case "$*" in
    *print*version_info*) echo {version} ;;
    *'< (3, 11)'*) exit {too_old} ;;
    *ensurepip*) exit {bare} ;;
    *_base_executable*) echo "$0" ;;
    *'-m venv'*) mkdir -p .venv/bin && cp "$0" .venv/bin/python && echo venv >> made.log ;;
    *'-m pip install'*) echo "$*" >> made.log; {installing} ;;
esac
"""


def write_python(path: Path, version: str = "3.12", bare: bool = False, installing: str = "true") -> None:
    too_old = int(tuple(map(int, version.split("."))) < (3, 11))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(STAND_IN.format(version=version, too_old=too_old, bare=int(bare), installing=installing))
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a folder whose name has a space, and a PATH with the shell's tools and no Python."""
    folder = tmp_path / "my checkout"
    (folder / "tools").mkdir(parents=True)
    for name in ("pyproject.toml", "constraints.txt", "tools/setup.sh", "Makefile"):
        shutil.copy(ROOT / name, folder / name)
    (tmp_path / "bin").mkdir()
    for tool in ["sh", "cat", "cksum", "cp", "dirname", "find", "make", "mkdir", "rm", "rmdir", "sleep", "tail"]:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    return folder


def set_up(checkout: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    settings = [f"{name}={value}" for name, value in variables.items()]
    environment = {"PATH": str(checkout.parent / "bin"), "HOME": str(checkout.parent)}
    return subprocess.run(
        ["make", "setup", *settings], cwd=checkout, env=environment, capture_output=True, text=True, timeout=30
    )


def canonical(name: str) -> str:
    """One spelling of a package's name out of the several that are in use."""
    return name.lower().replace("_", "-")


def made(checkout: Path) -> list[str]:
    log = checkout / "made.log"
    return (
        [line.split()[0] if line == "venv" else "pip" for line in log.read_text().splitlines()] if log.exists() else []
    )


def test_no_python_is_told_with_the_mend(checkout):
    done = set_up(checkout)
    assert done.returncode != 0
    assert "needs Python 3.11 or newer; no working python3 was found" in done.stderr
    assert "apt-get install" in done.stderr
    assert not (checkout / ".venv").exists()


def test_an_old_python3_is_passed_over_for_a_newer_one(checkout):
    write_python(checkout.parent / "bin" / "python3", "3.9")
    done = set_up(checkout)
    assert done.returncode != 0
    assert "python3 is 3.9" in done.stderr
    write_python(checkout.parent / "bin" / "python3.12", "3.12")
    assert set_up(checkout).returncode == 0
    assert made(checkout) == ["venv", "pip"]


def test_a_python_that_cannot_make_venvs_names_the_package_to_install(checkout):
    write_python(checkout.parent / "bin" / "python3", "3.11", bare=True)
    done = set_up(checkout)
    assert done.returncode != 0
    assert "ensurepip" in done.stderr
    assert "apt-get install python3.11-venv" in done.stderr


def test_a_python_that_is_named_is_the_only_one_tried(checkout):
    write_python(checkout.parent / "bin" / "python3", "3.12")
    write_python(checkout.parent / "my python" / "python", "3.10")
    done = set_up(checkout, PYTHON=str(checkout.parent / "my python" / "python"))
    assert done.returncode != 0
    assert "python is 3.10" in done.stderr
    assert made(checkout) == []


def test_a_second_setup_does_nothing_until_what_is_asked_for_changes(checkout):
    write_python(checkout.parent / "bin" / "python3")
    assert [set_up(checkout).returncode, set_up(checkout).returncode] == [0, 0]
    assert made(checkout) == ["venv", "pip"]
    assert "-c constraints.txt -e .[dev]" in (checkout / "made.log").read_text()
    with (checkout / "constraints.txt").open("a") as stream:
        stream.write("another==1\n")
    set_up(checkout)
    assert made(checkout) == ["venv", "pip", "pip"], "installed again into the same venv"
    set_up(checkout)
    assert made(checkout) == ["venv", "pip", "pip"]


@pytest.mark.parametrize("installing", ["exit 1", "kill -9 $PPID $$"], ids=["fails", "killed"])
def test_an_interrupted_setup_is_started_afresh(checkout, installing):
    write_python(checkout.parent / "bin" / "python3", installing=installing)
    assert set_up(checkout).returncode != 0
    (checkout / ".venv" / "half-written").write_text("")
    write_python(checkout.parent / "bin" / "python3")
    done = set_up(checkout)
    assert done.returncode == 0
    assert "unfinished" in done.stderr
    assert not (checkout / ".venv" / "half-written").exists()
    assert made(checkout) == ["venv", "pip", "venv", "pip"]


def test_a_setup_that_another_process_is_busy_with_is_not_disturbed(checkout):
    write_python(checkout.parent / "bin" / "python3", installing="sleep 1")
    environment = {"PATH": str(checkout.parent / "bin")}
    with subprocess.Popen(["make", "setup"], cwd=checkout, env=environment, stderr=subprocess.PIPE) as first:
        while not made(checkout).count("pip"):
            assert first.poll() is None
            time.sleep(0.01)
        second = set_up(checkout)
        first.communicate()
    assert first.returncode == 0
    assert second.returncode != 0
    assert "is setting up .venv" in second.stderr
    assert made(checkout) == ["venv", "pip"]


def test_a_moved_checkout_gets_a_new_venv(checkout):
    write_python(checkout.parent / "bin" / "python3")
    set_up(checkout)
    moved = checkout.rename(checkout.parent / "moved")
    assert set_up(moved).returncode == 0
    assert made(moved) == ["venv", "pip", "venv", "pip"]


def test_a_venv_made_by_hand_is_never_deleted(checkout):
    write_python(checkout.parent / "bin" / "python3")
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "mine").write_text("")
    done = set_up(checkout)
    assert done.returncode != 0
    assert "was not made by make setup" in done.stderr
    assert (checkout / ".venv" / "mine").exists()


def test_make_alone_lists_every_target():
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert re.findall(r"^make ([a-z-]+) ", listed, re.MULTILINE) == targets
    assert {"setup", "demo", "test", "check", "bench"} <= set(targets)


def test_ci_is_executable_and_runs_what_a_person_runs():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert re.findall(r"^make (\w+)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE) == ["check", "test"]


def test_every_package_that_is_imported_is_asked_for():
    """A package that happens to be there because another one needs it may be gone tomorrow."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [each for name, extra in project["optional-dependencies"].items() if name != "dev" for each in extra]
    # pydantic admits one version of pydantic-core, and documents names that are imported from it.
    asked_for = {"pydantic-core"} | {canonical(Requirement(each).name) for each in [*project["dependencies"], *extras]}
    sold_as = packages_distributions()
    imported = {each.name.split(".")[0] for source in sources() for each in source.imports()}
    others = imported - set(sys.stdlib_module_names) - {"lensmith"}
    assert others, "nothing was read"
    assert sorted(n for n in others if not asked_for & {canonical(each) for each in sold_as.get(n, [n])}) == []


def test_every_dependency_is_pinned_to_one_version_that_its_range_admits():
    lines = [line.partition("#")[0].strip() for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()]
    pins = {canonical(Requirement(line).name): Requirement(line) for line in lines if line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["dependencies"] + [each for extra in project["optional-dependencies"].values() for each in extra]
    assert all(re.fullmatch(r"==\d[\w.]*", str(pin.specifier)) for pin in pins.values())
    for requirement in map(Requirement, wanted):
        pin = pins[canonical(requirement.name)]
        assert requirement.specifier.contains(str(pin.specifier).removeprefix("==")), f"{pin} is outside {requirement}"
