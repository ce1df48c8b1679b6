"""A delivered folder on a hub: what would be sent, and sending it; private unless asked, by the hub client's login."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lensmith.errors import Problem, RecipeError, RunError

_SENT = (".safetensors", ".json", ".jinja", ".md", ".txt", ".model")
"""Endings of what a model is made of; a folder that holds anything else is told before it is sent."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What would be sent, and where.

    Attributes:
        folder: whose files are sent.
        hub_id: `owner/name`.
        public: True makes a new repository public.
        files: each path within the folder, and its size in bytes.
    """

    folder: Path
    hub_id: str
    public: bool
    files: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON values."""
        return {"to": self.hub_id, "private": not self.public, "files": self.files}


def check_hub_id(hub_id: str) -> None:
    """Refuses what no hub takes as a name.

    Raises:
        RecipeError: it is not `owner/name`.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(hub_id)
        found = "" if hub_id.count("/") == 1 else "it names no owner"
    except HFValidationError as error:
        found = str(error).splitlines()[0]
    if found:
        raise RecipeError(Problem("export/hub-id", f"--push {hub_id}", found, "owner/name", fix="write owner/name"))


def plan_upload(folder: Path, hub_id: str, *, public: bool) -> Upload:
    """Lists the folder's files.

    Raises:
        RunError: the folder holds files that are no part of a model.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    strange = [str(path.relative_to(folder)) for path in paths if path.suffix not in _SENT]
    if strange:
        found = f"it holds files that are no part of a model: {', '.join(strange[:5])}"
        fix = "take them out of the run's folder and export again"
        raise RunError(Problem("export/strange-file", str(folder), found, fix=fix))
    files = {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}
    return Upload(folder, hub_id, public, files)


def send(upload: Upload, api: Any = None) -> str:
    """Sends the files in one commit and answers the repository's address.

    Args:
        upload: what and where.
        api: a `huggingface_hub.HfApi`; by default one with the user's own login.

    Raises:
        RunError: the hub refuses, or the repository is public already and that was not asked for.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

    api = api or HfApi()
    try:
        address = str(api.create_repo(upload.hub_id, private=not upload.public, exist_ok=True))
        if not upload.public and not api.repo_info(upload.hub_id).private:
            found = "the repository is there and public"
            fix = "add --public if everybody may have this model, or choose another name"
            raise RunError(Problem("export/public", upload.hub_id, found, "a private one", fix=fix))
        api.upload_folder(repo_id=upload.hub_id, folder_path=upload.folder, commit_message="Written by lensmith")
    except (HfHubHTTPError, LocalTokenNotFoundError, OSError) as error:
        found = f"the hub refused: {str(error).strip().splitlines()[0]}"
        fix = "log in with `hf auth login`, check the name and the connection; the export itself is whole"
        raise RunError(Problem("export/refused", upload.hub_id, found, fix=fix)) from error
    return address
