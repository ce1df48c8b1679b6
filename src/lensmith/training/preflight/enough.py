"""Whether the parts that choose and judge are large enough to tell."""

from collections.abc import Iterator
from math import sqrt
from statistics import NormalDist

from lensmith.training.preflight.contract import Case, Finding

# Half an interval of this many points hides most of what a fine-tuning changes.
MOST_POINTS = 10.0


class Enough:
    """A validation or test part so small that an accuracy on it says little."""

    name = "enough"
    describe = "the size of the validation and test parts"

    def find(self, case: Case) -> Iterator[Finding]:
        """A warning a part, with the interval's half width."""
        wanted = {"validation": "choose the best checkpoint", "test": "tell before from after"}
        for part, purpose in wanted.items():
            encoded = case.parts.encoded.get(part)
            items = encoded.encoded if encoded else ()
            groups = len({case.parts.by_id[part][item.example_id].group for item in items})
            least, most = (half_width_points(n, case.recipe.evaluate.confidence) for n in (len(items), groups))
            if items and least > MOST_POINTS:
                beyond = f", and up to ±{most:.0f} where a group's are answered alike" if groups < len(items) else ""
                yield Finding(
                    "preflight/few-to-tell",
                    "warning",
                    f"data.{part}",
                    f"too few to {purpose}: a share of {len(items)} questions in {groups} groups is uncertain by "
                    f"±{least:.0f} points{beyond}",
                    "hold more out, or do not read much into a small difference",
                )


def half_width_points(n: int, confidence: float) -> float:
    """Half the interval of a share near one half, in points, for n independent answers; at most 50.

    The normal approximation; Wilson's interval differs by less than two points from n = 10 on.

    >>> round(half_width_points(100, 0.95), 1), half_width_points(0, 0.95)
    (9.8, 50.0)
    """
    return min(50.0, 100 * NormalDist().inv_cdf((1 + confidence) / 2) * sqrt(0.25 / n)) if n else 50.0


ENOUGH = Enough()
