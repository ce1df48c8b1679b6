"""list: the worlds there are, each with what it says of itself."""

from lensmith.lab.worlds import WORLDS


def list_worlds() -> dict[str, str]:
    """By name, the first line of what each world's function says of itself."""
    return {name: (make.__doc__ or "").partition("\n")[0] for name, make in WORLDS.items()}
