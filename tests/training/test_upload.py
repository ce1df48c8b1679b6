"""An export to a hub: what would be sent is what was written, private unless asked, and nothing strange goes along."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lensmith.cli import main
from lensmith.errors import RecipeError, RunError
from lensmith.training.upload import check_hub_id, plan_upload, send


class Hub:
    """Stands for the hub's client: remembers what it was asked."""

    def __init__(self, private: bool = True) -> None:
        self.private, self.asked = private, []

    def create_repo(self, hub_id: str, **settings: Any) -> str:
        self.asked.append(("create", hub_id, settings))
        return f"https://hub.example/{hub_id}"

    def repo_info(self, hub_id: str) -> Any:
        return SimpleNamespace(private=self.private)

    def upload_folder(self, **settings: Any) -> None:
        self.asked.append(("upload", settings["repo_id"], {"folder": settings["folder_path"]}))


def export(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["export", *map(str, words), "--json"]) == code
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("merge", [False, True])
def test_a_dry_run_shows_what_would_be_sent(
    merge: bool, lora_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = [
        lora_run,
        "--out",
        out,
        "--push",
        "me/кот".replace("кот", "cat"),
        "--dry-run",
        *(["--merge"] if merge else []),
    ]
    told = export(capsys, *words)["push"]
    assert (told["to"], told["private"], told["sent"]) == ("me/cat", True, False)
    assert told["files"] == {path.name: path.stat().st_size for path in sorted(out.iterdir())}
    weights = "model.safetensors" if merge else "adapter_model.safetensors"
    assert {weights, "README.md", "chat_template.jinja", "lensmith.json"} <= told["files"].keys()
    card = (out / "README.md").read_text("utf-8")
    assert f"library_name: {'transformers' if merge else 'peft'}" in card
    assert ("the adapter added into its weights" in card) == merge


def test_it_is_private_unless_asked(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    hub = Hub()
    assert send(plan_upload(tmp_path, "me/cat", public=False), hub) == "https://hub.example/me/cat"
    assert hub.asked[0] == ("create", "me/cat", {"private": True, "exist_ok": True})
    assert hub.asked[1] == ("upload", "me/cat", {"folder": tmp_path})
    public = Hub(private=False)
    with pytest.raises(RunError, match="there and public"):
        send(plan_upload(tmp_path, "me/cat", public=False), public)
    assert [what for what, *_ in public.asked] == ["create"], "nothing was sent"
    send(plan_upload(tmp_path, "me/cat", public=True), public)
    assert public.asked[-1][0] == "upload"


def test_a_hub_that_refuses_is_told_in_words(tmp_path: Path) -> None:
    class Refusing(Hub):
        def upload_folder(self, **settings: Any) -> None:
            raise OSError("no route to host\nand more")

    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RunError, match="the hub refused: no route to host"):
        send(plan_upload(tmp_path, "me/cat", public=False), Refusing())


@pytest.mark.parametrize("name", ["notes.py", ".env", "optimizer.pt", "me.png"])
def test_files_that_are_no_part_of_a_model_are_not_sent(name: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / name).write_text("секрет")
    with pytest.raises(RunError, match=name):
        plan_upload(tmp_path, "me/cat", public=False)


@pytest.mark.parametrize("hub_id", ["cat", "me/cat/more", "me/c at", "../cat", "me/cat.git", "я/кот"])
def test_what_is_no_name_on_a_hub_is_refused_first(hub_id: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError):
        check_hub_id(hub_id)
    assert main(["export", str(tmp_path), "--out", str(tmp_path / "out"), "--push", hub_id]) == 2
    assert not (tmp_path / "out").exists()


def test_flags_of_a_push_need_one(tmp_path: Path) -> None:
    assert main(["export", str(tmp_path), "--out", str(tmp_path / "out"), "--dry-run"]) == 2
