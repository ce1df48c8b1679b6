"""Every kind of finding asked in turn, the gravest told first."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lensmith.data.check import Progress
from lensmith.data.doctor import KINDS
from lensmith.data.doctor.case import Case, Compare
from lensmith.data.doctor.contract import SEVERITIES, Finding
from lensmith.data.fingerprints import Fingerprint
from lensmith.data.picture_index import PictureIndex, index_path

if TYPE_CHECKING:
    from lensmith.data.doctor.likeness import Pair

# Another number where the same pictures may give other pairs.
_COMPARISON = b"likeness 1"


def examine(case: Case, on_progress: Progress) -> tuple[Finding, ...]:
    """All that is true of the data, by severity, and in the order of `KINDS`."""
    found: list[Finding] = []
    for number, kind in enumerate(KINDS.values()):
        on_progress("examining", number, len(KINDS))
        found.extend(kind.find(case))
    on_progress("examining", len(KINDS), len(KINDS))
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))


def compare_pictures(ours: Sequence[Fingerprint], theirs: Sequence[Fingerprint] | None) -> "list[Pair]":
    """Pictures that look alike; remembered in the user's index, as only contents decide it. A `Compare`."""
    from lensmith.data.doctor.likeness import Pair, find_alike, read_thumbnails

    def work_out() -> list[Pair]:
        one = read_thumbnails([each.thumbnail for each in ours])
        return find_alike(one, None if theirs is None else read_thumbnails([each.thumbnail for each in theirs]))

    question = hashlib.blake2b(_COMPARISON, digest_size=32)
    for part in (ours, theirs or ()):
        question.update(len(part).to_bytes(8, "big"))
        for each in part:
            question.update(each.content)
    with PictureIndex(index_path()) as index:
        found = index.recall(question.digest(), work_out)
    return [Pair(int(one), int(other), likeness) for one, other, likeness in found]


COMPARE: Compare = compare_pictures
