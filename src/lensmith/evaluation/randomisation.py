"""An exact test of a paired change that counts pictures, not questions."""

from collections.abc import Iterable


def flip_signs(changes: Iterable[int]) -> float:
    """The exact two-sided p that changes would sum to so much if each group's could as well have gone the other way.

    The paired randomisation test (Fisher 1935, The Design of Experiments, section 21), with groups as units: what
    happens within a group may be as alike as it will. Groups without a change say nothing.

    >>> flip_signs([3, 1, 2, 1, 1, 4]), flip_signs([5, -5]), flip_signs([40])
    (0.03125, 1.0, 1.0)

    Args:
        changes: of each group: how many answers came to do something, less how many ceased to.
    """
    steps = [change for change in changes if change]
    chances = {0: 1.0}
    for step in steps:
        grown: dict[int, float] = {}
        for total, chance in chances.items():
            for end in (total - step, total + step):
                grown[end] = grown.get(end, 0.0) + chance / 2
        chances = grown
    found = abs(sum(steps))
    return min(1.0, sum(chance for total, chance in chances.items() if abs(total) >= found))
