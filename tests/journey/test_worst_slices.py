"""What a model was not shown enough of is named on its page, though nobody asked for it.

The streets it learns from are dry, by day, with fresh paint; wet, dark and faded ones come up in the test only.
"""

import json
import re
from html import unescape
from pathlib import Path

import pytest

from lensmith.cli import main
from lensmith.lab.twins import RECIPES

PICTURES = 2400
SHOWN = 1500  # of these the model learns from those in the two conditions; all later ones are asked
LEARNED = ("clear", "occluded")


def split_streets(world: Path) -> None:
    """Writes shown.jsonl and asked.jsonl beside the world's own parts."""
    drawn = (world / "train.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    shown = [line for line in drawn[:SHOWN] if json.loads(line)["condition"] in LEARNED]
    (world / "shown.jsonl").write_text("".join(shown), encoding="utf-8")
    (world / "asked.jsonl").write_text("".join(drawn[SHOWN:]), encoding="utf-8")


def found_rows(page: str) -> list[str]:
    """The rows of the table of found slices, in English, as text."""
    english = page.partition('<main lang="en"')[2].partition("</main>")[0]
    table = english.partition("Found: where the tuned model is weaker than elsewhere")[2].partition("</table>")[0]
    rows = re.findall(r"<tr.*?</tr>", table, flags=re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in rows[1:]]


@pytest.mark.slow
def test_faded_and_dark_streets_are_named_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = tmp_path / "world"
    assert main(["lab", "make", "crosswalk", str(world), "--size", str(PICTURES)]) == 0
    split_streets(world)
    recipe = (RECIPES / "crosswalk.yaml").read_text(encoding="utf-8")
    recipe = recipe.replace("world/train.jsonl", "world/shown.jsonl").replace("slices: [condition]", "slices: []")
    (tmp_path / "recipe.yaml").write_text(
        recipe.replace("world/test.jsonl", "[world/test.jsonl, world/asked.jsonl]"), encoding="utf-8"
    )
    capsys.readouterr()
    assert main(["train", str(tmp_path / "recipe.yaml"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["comparison"]
    assert told["metrics"]["label"]["after"]["interval"]["low"] > 0.7, "it has learned what a crossing is"

    rows = found_rows((tmp_path / "run" / "report.html").read_text(encoding="utf-8"))
    worse = [row for row in rows if " worse " in row]
    found = [row for row in worse if re.match(r"condition = \w+ recall", row)]
    assert {row.split()[2] for row in found} == {"wet", "dark", "faded"}
    assert not [row for row in worse if row.startswith("condition = clear")]
    for row in found:
        assert worse.index(row) < 6, "before all that only have pictures in common with these"
        assert len(re.findall(r"−?[0-9.]+ to −?[0-9.]+", row)) == 4, "before, after, elsewhere, and the gap"
    nearest_to_0 = [float(re.findall(r" to −([0-9.]+)", row)[-1]) for row in found]
    assert nearest_to_0 == sorted(nearest_to_0, reverse=True), "worst first"
