"""Every twin learns by looking: with its pictures shuffled it gets no further than guessing from the words."""

from pathlib import Path

import pytest

from lensmith.lab.twins import TWINS
from lensmith.lab.worlds import WORLDS
from lensmith.workflows.lab_run import run_twin

# Pictures enough to learn a little from, in a minute.
SMALL = {"characters": 48, "charts": 160, "crosswalk": 480, "gqa-ru": 160, "street-lights": 480}
LEARNED = 0.08


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_shuffled_twin_does_not_beat_blind_guessing(name: str, tmp_path: Path) -> None:
    pictures = SMALL[name]
    blind = WORLDS[TWINS[name].world](tmp_path / "blind", pictures=pictures, seed=0).blind["all"]
    found = {}
    for shuffled in (False, True):
        told = [f"data.shuffle_images={str(shuffled).lower()}", "evaluate.slices=[]"]
        outcome = run_twin(name, tmp_path / str(shuffled), pictures=pictures, seed=0, overrides=told)
        found[shuffled] = next(iter(outcome.after.metrics.values())).estimate
    interval = found[True].interval
    assert interval is not None
    assert interval.low <= blind + 0.02, "nothing can be learned from the wrong pictures"
    assert found[False].value >= found[True].value + LEARNED, "and from the right ones it can"
