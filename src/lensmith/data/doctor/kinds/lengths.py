"""Examples that are longer than the recipe's model can read."""

from collections.abc import Iterator

from lensmith.data.doctor.case import Case
from lensmith.data.doctor.contract import Exhibit, Finding, first
from lensmith.data.doctor.text import shorten


class LongExamples:
    """Lengths in tokens, pictures included, against the limit of the recipe; nothing where no recipe is given."""

    name = "lengths"
    describe = "examples longer than the recipe's model can read (with --recipe)"

    def find(self, case: Case) -> Iterator[Finding]:
        """An error for those that training would leave out: too long, or of no use to this model."""
        lengths = case.lengths
        if lengths is None:
            return
        over = {place: n for place, n in enumerate(lengths.tokens) if n is not None and n > lengths.limit}
        if over:
            longest = sorted(over, key=lambda place: -over[place])
            yield Finding(
                "doctor/too-long",
                "error",
                f"{len(over)} examples are longer than {lengths.limit} tokens ({lengths.reason})",
                len(over),
                "shorten their text or raise train.max_length: training leaves them out, it never cuts",
                first(_exhibit(case, place, f"{over[place]} tokens") for place in longest),
                frozenset(over),
            )
        if lengths.problems:
            yield Finding(
                "doctor/not-for-this-model",
                "error",
                f"{len(lengths.problems)} examples cannot be put into this model's tokens",
                len(lengths.problems),
                "see the reasons; change these rows, or choose another model",
                first(_exhibit(case, place, why) for place, why in lengths.problems.items()),
                frozenset(lengths.problems),
            )


def _exhibit(case: Case, place: int, found: str) -> Exhibit:
    entry = case.train[place]
    return Exhibit(entry.where, f"{found}: {shorten(entry.example.question, 80)}", entry.example.images[:1])


LENGTHS = LongExamples()
