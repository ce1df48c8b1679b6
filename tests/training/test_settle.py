"""What is left to `auto` and needs neither data nor a model becomes a number with a reason."""

from pathlib import Path

import pytest

from lensmith.config.loading import load_recipe
from lensmith.families.placement import choose_placement
from lensmith.training.settle import REPLAY_SHARE, settle_machine


@pytest.mark.parametrize(
    ("keep", "replay", "kind"),
    [("", 0.0, "default"), ("keep: {replay: 0.1, sources: a.jsonl}", 0.1, "recipe")]
    + [(f"keep: {{replay: {word}, sources: a.jsonl}}", REPLAY_SHARE, "auto") for word in ("auto", "'auto'")],
)
def test_the_share_of_replay_is_chosen_where_it_is_left_open(
    tmp_path: Path, keep: str, replay: float, kind: str
) -> None:
    (tmp_path / "a.jsonl").write_text("{}", encoding="utf-8")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"model: owner/name\ndata: {{train: a.jsonl}}\n{keep}\n", encoding="utf-8")
    settled = settle_machine(load_recipe(recipe), choose_placement("cpu", "fp32", full=False))
    assert settled.recipe.keep.replay_share == replay
    assert settled.origins["keep.replay"].kind == kind
