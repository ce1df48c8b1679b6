"""Pictures that are one picture, mirrored, encoded again, resized or slightly cropped."""

from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, Severity, first, together


class SimilarPictures:
    """Likenesses between training and held-out data, and among the training pictures."""

    name = "similar-pictures"
    describe = "the same picture in another file: mirrored, encoded again, resized, slightly cropped"

    def find(self, case: Case) -> Iterator[Finding]:
        """A warning for those on both sides; for those in training a warning, or a note where a held-out set is given.

        Without a held-out set, one will be divided off by picture, and copies of one picture may end on two sides.
        """
        across = [pair for pair in case.alike_held_out if pair[1] not in case.shown]
        if across:
            held_out = {theirs for _, theirs, _ in across}
            ours = {our for our, _, _ in across}
            yield Finding(
                "doctor/similar-held-out",
                "warning",
                f"{len(held_out)} of {len(case.shown_held_out)} held-out pictures look like pictures trained on",
                len(held_out),
                "look at them; where they are copies, take them out of one side",
                first(_exhibit(case, pair, case.held_out[case.uses_held_out[pair[1]][0]].where) for pair in across),
                frozenset(place for content in ours for place in case.uses[content]),
            )
        if case.alike:
            severity: Severity = "note" if case.held_out else "warning"
            pictures = {content for pair in case.alike for content in pair[:2]}
            yield Finding(
                "doctor/similar-pictures",
                severity,
                f"{len(pictures)} training pictures look like another one of them ({len(case.alike)} pairs)",
                len(case.alike),
                "give copies of one picture the same `group`, so that dividing the data keeps them together",
                first(_exhibit(case, pair, case.where(pair[1])) for pair in case.alike),
            )


def _exhibit(case: Case, pair: tuple[bytes, bytes, float], other_where: str) -> Exhibit:
    one, other, likeness = pair
    ours = case.shown[one]
    theirs = case.shown_held_out[other] if other not in case.shown else case.shown[other]
    found = f"{ours.name} and {theirs.name}, correlation {likeness:.3f}"
    return Exhibit(together(case.where(one), other_where), found, (ours, theirs))


SIMILAR_PICTURES = SimilarPictures()
