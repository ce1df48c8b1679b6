"""Dealing groups out to sides, so that each side gets its share of the examples with every label."""

from collections import Counter
from collections.abc import Mapping, Sequence

Label = str | None


def deal(
    groups: Mapping[str, Counter[Label]], shares: Sequence[float], least: Sequence[int] | None = None
) -> list[set[str]]:
    """The names of the groups on each side; every group is on one.

    Groups are dealt one by one: larger ones first, by powers of two; among these, those with a rarer label first; among
    equals in the order of `groups`. Each goes to the side where n (2 h + m) / share is least, summed over its labels
    and over all its examples together: n in the group, h on that side already, m the middle of n's power of two. (With
    m = n the smaller groups of a power would all go to the smaller sides.) For groups of one example, all of one label,
    this is the rule of Webster and Sainte-Laguë for giving seats to parties.

    Args:
        groups: how many examples of each label are in each.
        shares: of the sides, above 0, in any unit.
        least: how many groups a side gets at least; default: one. There are as many groups.

    >>> [sorted(side) for side in deal({name: Counter(yes=1) for name in "abcdef"}, [1, 2])]
    [['b', 'e'], ['a', 'c', 'd', 'f']]
    """
    sides: list[set[str]] = [set() for _ in shares]
    have: list[Counter[Label]] = [Counter() for _ in shares]
    sizes = [0 for _ in shares]
    needed = list(least or [1] * len(shares))
    whole: Counter[Label] = Counter()
    for held in groups.values():
        whole.update(held)

    def turn(name: str) -> tuple[int, int]:
        return -groups[name].total().bit_length(), min(whole[label] for label in groups[name])

    for dealt, name in enumerate(sorted(groups, key=turn)):
        held, size = groups[name], groups[name].total()
        # while more groups are left than sides still need, any side may have the next
        allowed = [at for at in range(len(sides)) if needed[at] > 0 or sum(needed) < len(groups) - dealt]
        costs = {
            at: (_cost(size, sizes[at]) + sum(_cost(n, have[at][label]) for label, n in held.items())) / shares[at]
            for at in allowed
        }
        chosen = min(costs, key=lambda at: costs[at])
        sides[chosen].add(name)
        have[chosen].update(held)
        sizes[chosen] += size
        needed[chosen] = max(0, needed[chosen] - 1)
    return sides


def _cost(n: int, have: int) -> int:
    return n * (2 * have + (3 << n.bit_length() >> 2))
