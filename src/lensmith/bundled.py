"""The models that come with lensmith, under names that read like a hub's: `lab/llava` and its kind."""

from pathlib import Path

OWNER = "lab"
FOLDER = Path(__file__).parent / "lab" / "weights"


def bundled_models() -> dict[str, Path]:
    """Each name and the folder it stands for."""
    folders = sorted(path.parent for path in FOLDER.glob("*/config.json"))
    return {f"{OWNER}/{folder.name}": folder for folder in folders}


def locate_model(name: str) -> str:
    """Where transformers finds the model: the bundled folder, or the name as it is. A folder of that name comes first.

    >>> locate_model("org/model")
    'org/model'
    """
    found = bundled_models().get(name)
    return name if found is None or Path(name).is_dir() else str(found)
