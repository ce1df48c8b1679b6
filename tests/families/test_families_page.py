"""What docs/families.md says of each family in tables is what the code says."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from checkpoints import COSTLY, Checkpoint

from lensmith.config.sections import LoraSection, ModelSection
from lensmith.families import FAMILIES
from lensmith.families.opening import build_on_meta, read_config
from lensmith.training.adapters import find_targets

PAGE = Path(__file__).parents[2] / "docs" / "families.md"
YES = {True: "yes", False: "no"}


def read_table(heading: str) -> Iterator[list[str]]:
    """The cells of each row of the first table under a heading."""
    page = "\n" + PAGE.read_text(encoding="utf-8")
    (section,) = (part for part in page.split("\n#") if part.startswith(heading))
    rows = [line for line in section.splitlines() if line.startswith("|")]
    for row in rows[2:]:
        yield [cell.strip() for cell in row.strip("|").split("|")]


def test_every_family_stands_there_with_what_it_shares_and_keeps() -> None:
    told = {cells[0].strip("`"): (cells[3], cells[4]) for cells in read_table(" Families")}
    found = {name: (YES[family.facts.shares_trunk], YES[family.keeps_features]) for name, family in FAMILIES.items()}
    assert told == {**found, "generic": ("if proved", "no")}


@pytest.mark.parametrize("checkpoint", COSTLY)
def test_layers_of_adapters_are_called_as_it_says(checkpoint: Checkpoint, build_once: Callable[..., Path]) -> None:
    config = read_config(ModelSection(name=str(build_once(checkpoint.name, checkpoint.build))))
    model, facts = build_on_meta(config), FAMILIES[checkpoint.family].facts
    told = {cells[0]: cells[1:] for cells in read_table("# What LoRA touches")}
    row = f"`{checkpoint.family}`"
    if checkpoint.family == "moondream2":
        row += ", 2025" if config.second else ", 2024"
    for group, cell in zip(("attention", "gate_up", "mlp"), told.get(row, told["all others"]), strict=True):
        paths = find_targets(model, facts, LoraSection(targets=group))
        assert {path.rpartition(".")[2] for path in paths} == set(re.findall(r"`(\w+)`", cell)), group
