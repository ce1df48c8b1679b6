"""Many questions at once: how much surer one must be of each, so that none of the answers is there by chance.

Holm's step-down correction keeps the chance that any named difference is false below the level, whatever the slices
have in common; and slices share pictures, so they have much in common. Benjamini and Hochberg's would name more, of
which a part may be false: right for a list to be searched on, wrong for a sentence that says "worse".
"""

from collections.abc import Sequence


def holm(ps: Sequence[float]) -> list[float]:
    """The p values corrected for their number (Holm 1979, Scandinavian Journal of Statistics 6, 65–70), in order.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]
    """
    order = sorted(range(len(ps)), key=lambda at: ps[at])
    corrected = [0.0] * len(ps)
    highest = 0.0
    for rank, at in enumerate(order):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[at]))
        corrected[at] = highest
    return corrected
