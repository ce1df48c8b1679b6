"""Dealing groups out to sides, so that each side gets its share of the examples with every label."""

from collections import Counter
from collections.abc import Mapping, Sequence

Label = str | None
_ALL = object()


def deal(
    groups: Mapping[str, Counter[Label]], shares: Sequence[float], least: Sequence[int] | None = None
) -> list[set[str]]:
    """The names of the groups on each side; every group is on one.

    Groups are dealt one by one, larger ones first, by powers of two; among equals in the order of `groups`. Each goes
    to the side where n (2 h + m) / share, summed over its labels and over all its examples together, is least: n in
    the group, h on that side already, m the middle of n's power of two. (With m = n the smaller groups of a power
    would all go to the smaller sides.) For groups of one example and one label this is the rule of Webster and
    Sainte-Laguë for giving seats to parties.

    Args:
        groups: how many examples of each label are in each.
        shares: of the sides, above 0, in any unit.
        least: how many groups a side gets at least; default: one. There are as many groups.

    >>> [sorted(side) for side in deal({name: Counter(yes=1) for name in "abcdef"}, [1, 2])]
    [['b', 'e'], ['a', 'c', 'd', 'f']]
    """
    sides: list[set[str]] = [set() for _ in shares]
    have: list[Counter[object]] = [Counter() for _ in shares]
    needed = list(least or [1] * len(shares))
    for dealt, name in enumerate(sorted(groups, key=lambda name: -groups[name].total().bit_length())):
        left = len(groups) - dealt
        allowed = [at for at in range(len(sides)) if needed[at] > 0 or sum(needed) < left]
        counts: dict[object, int] = {_ALL: groups[name].total()}
        counts.update(groups[name])
        chosen = min(allowed, key=lambda at: _cost(counts, have[at]) / shares[at])
        sides[chosen].add(name)
        have[chosen].update(counts)
        needed[chosen] = max(0, needed[chosen] - 1)
    return sides


def _cost(counts: Mapping[object, int], have: Counter[object]) -> int:
    return sum(n * (2 * have[label] + (3 << n.bit_length() >> 2)) for label, n in counts.items())
