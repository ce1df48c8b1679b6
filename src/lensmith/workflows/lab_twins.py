"""list: the experiments there are, each with what it shows."""

from lensmith.lab.twins import TWINS, Twin


def list_twins() -> dict[str, Twin]:
    """By name."""
    return dict(TWINS)
