"""What is true of a real set: NLVR's pictures come in threes that differ in the order of their boxes alone."""

from pathlib import Path

import pytest
from doctor_samples import check, codes, finding

NLVR = Path(__file__).parents[4] / "shared" / "data" / "nlvr-mini"

pytestmark = pytest.mark.skipif(not NLVR.is_dir(), reason="shared/data/nlvr-mini is not beside the repository")


def test_permuted_boxes_are_told_with_the_leaks_that_the_set_has() -> None:
    result = check(NLVR / "train.jsonl", NLVR / "valid.jsonl")
    rearranged = finding(result, "doctor/rearranged-pictures")
    of_one_statement = [
        {Path(image.name).stem.rpartition("-")[0] for image in exhibit.pictures} for exhibit in rearranged.exhibits
    ]
    # Most groups are one scene; a few scenes were drawn with other numbers too.
    assert sum(len(scenes) == 1 for scenes in of_one_statement) > len(of_one_statement) / 2
    assert rearranged.count == 786
    assert "2261 training pictures" in rearranged.summary
    # Three files of valid are, byte for byte, files of train.
    leaks = finding(result, "doctor/same-pictures")
    assert leaks.count == 3
    assert all(exhibit.pictures[0].read_bytes() for exhibit in leaks.exhibits)
    assert finding(result, "doctor/rearranged-held-out").count == 5
    assert "doctor/single-answer" not in codes(result)
    assert result.exit_code == 2
