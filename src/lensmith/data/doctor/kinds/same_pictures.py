"""Pictures that are learned from and measured on: the same file content on both sides."""

from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, first, together


class SamePictures:
    """Leaks between training and held-out data, told by the content of the files, whatever their names."""

    name = "same-pictures"
    describe = "pictures in both training and held-out data, by content"

    def find(self, case: Case) -> Iterator[Finding]:
        """One error where there are any."""
        shared = [content for content in case.shown if content in case.shown_held_out]
        if shared:
            share = len(shared) / len(case.shown_held_out)
            yield Finding(
                "doctor/same-pictures",
                "error",
                f"{len(shared)} of {len(case.shown_held_out)} held-out pictures ({share:.1%}) are trained on",
                len(shared),
                "take them out of one side: a score on pictures that were trained on says too little about new ones",
                first(_exhibit(case, content) for content in shared),
                frozenset(place for content in shared for place in case.uses[content]),
            )


def _exhibit(case: Case, content: bytes) -> Exhibit:
    ours, theirs = case.uses[content], case.uses_held_out[content]
    train, held_out = case.train[ours[0]].where, case.held_out[theirs[0]].where
    names = dict.fromkeys((case.shown[content].name, case.shown_held_out[content].name))
    found = f"{' = '.join(names)}: {len(ours)} training and {len(theirs)} held-out examples"
    return Exhibit(together(train, held_out), found, (case.shown[content],))


SAME_PICTURES = SamePictures()
