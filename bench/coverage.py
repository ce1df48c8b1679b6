"""How often lensmith's intervals hold the truth, and how often its verdicts are wrong, on data whose truth is known.

Every set of predictions is drawn anew: groups of 1 to 30 questions, the answers of a group more alike than those of
different groups by the intra-cluster correlation (0: independent; 0.9: a picture is nearly all right or all wrong).
Each number goes through the code that a run goes through. A 95 % interval should hold the truth in 95 % of the draws;
a verdict of better or worse, where nothing differs, should be rarer than 5 %.

    python bench/coverage.py [--repeats 1000] [--only share recall f1 macro_f1 mean difference verdict slices]
"""

import argparse
from collections.abc import Callable, Iterable
from itertools import product
from typing import NamedTuple

import numpy as np

from lensmith.config.sections import EvaluateSection
from lensmith.evaluation.found_slices import find_slices
from lensmith.evaluation.metrics.label import class_counts, macro_f1, share
from lensmith.evaluation.statistics import Quantity, Resampling, difference, estimate, mcnemar, mean_of, ratio
from lensmith.evaluation.verdict import decide
from lensmith.types import Prediction

GROUPS = (6, 10, 20, 50, 200)
ALIKE = (0.0, 0.1, 0.3, 0.6, 0.9)
RATES = (0.02, 0.1, 0.3, 0.5, 0.8, 0.98)
LARGEST = 30
RESAMPLES = 400
LEAST = 0.93


class Draw(NamedTuple):
    """Predictions and the number that an interval should hold."""

    quantity: Quantity
    truth: float
    groups: list[str]


def draw_groups(random: np.random.Generator, groups: int) -> np.ndarray:
    """The group of each prediction."""
    return np.repeat(np.arange(groups), random.integers(1, LARGEST + 1, size=groups))


def draw_right(random: np.random.Generator, group_N: np.ndarray, rate: float, alike: float) -> np.ndarray:
    """Which predictions come out as 1: each group has a rate of its own, drawn from a beta distribution."""
    rates = np.full(group_N.max() + 1, rate)
    if alike:
        strength = 1 / alike - 1
        rates = random.beta(max(rate, 1e-9) * strength, max(1 - rate, 1e-9) * strength, size=len(rates))
    return (random.random(len(group_N)) < rates[group_N]).astype(float)


def draw_share(random: np.random.Generator, groups: int, alike: float, rate: float) -> Draw:
    group_N = draw_groups(random, groups)
    return Draw(mean_of(draw_right(random, group_N, rate, alike)), rate, named(group_N))


def draw_recall(random: np.random.Generator, groups: int, alike: float, rate: float) -> Draw:
    """Half of the questions have the positive answer; `rate` of those are found."""
    group_N = draw_groups(random, groups)
    positive_N = random.random(len(group_N)) < 0.5
    found_N = draw_right(random, group_N, rate, alike) > 0
    return Draw(share(found_N & positive_N, positive_N, "no positive"), rate, named(group_N))


def draw_f1(random: np.random.Generator, groups: int, alike: float, rate: float) -> Draw:
    """Half of the questions have the positive answer; a question is answered rightly at `rate`."""
    group_N = draw_groups(random, groups)
    positive_N = random.random(len(group_N)) < 0.5
    named_N = positive_N == (draw_right(random, group_N, rate, alike) > 0)
    quantity = share(2 * (named_N & positive_N), named_N * 1 + positive_N, "no positive")
    return Draw(quantity, 2 * rate / 2 / (0.5 + 0.5), named(group_N))


def draw_macro_f1(random: np.random.Generator, groups: int, alike: float, rate: float) -> Draw:
    """Three labels, accepted of 60, 30 and 10 in a hundred; a wrong answer names the next one."""
    group_N = draw_groups(random, groups)
    shares = np.array([0.6, 0.3, 0.1])
    gold_N = random.choice(3, size=len(group_N), p=shares)
    read_N = (gold_N + (draw_right(random, group_N, rate, alike) == 0)) % 3
    named_as = shares * rate + np.roll(shares, 1) * (1 - rate)
    quantity = Quantity(class_counts(gold_N, read_N, 3), macro_f1)
    return Draw(quantity, float(np.mean(2 * shares * rate / (shares + named_as))), named(group_N))


def draw_mean(random: np.random.Generator, groups: int, alike: float, rate: float) -> Draw:
    """Scores between 0 and 1, as token F1 gives them: 0, 1, or a fraction in between."""
    group_N = draw_groups(random, groups)
    values = draw_right(random, group_N, rate, alike)
    partly = random.random(len(values)) < 0.4
    values = np.where(partly, 0.2 + 0.6 * random.random(len(values)), values)
    return Draw(Quantity(np.column_stack([values, np.ones(len(values))]), ratio), 0.6 * rate + 0.2, named(group_N))


def draw_pair(
    random: np.random.Generator, groups: int, alike: float, rate: float, gain: float, lose: float
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Scores before and after: of the wrong answers `gain` become right, of the right ones `lose` become wrong."""
    group_N = draw_groups(random, groups)
    before = draw_right(random, group_N, rate, alike)
    gained, lost = (draw_right(random, group_N, each, alike) for each in (gain, lose))
    return before, np.where(before > 0, 1 - lost, gained), named(group_N)


def draw_difference(random: np.random.Generator, groups: int, alike: float, rate: float) -> Draw:
    """A tuning that mends a quarter of the wrong answers and breaks a twentieth of the right ones."""
    before, after, names = draw_pair(random, groups, alike, rate, 0.25, 0.05)
    truth = (1 - rate) * 0.25 - rate * 0.05
    return Draw(difference(mean_of(before), mean_of(after)), truth, names)


NUMBERS: dict[str, Callable[[np.random.Generator, int, float, float], Draw]] = {
    "share": draw_share,
    "recall": draw_recall,
    "f1": draw_f1,
    "macro_f1": draw_macro_f1,
    "mean": draw_mean,
    "difference": draw_difference,
}


def named(group_N: np.ndarray) -> list[str]:
    return [str(group) for group in group_N]


def coverage(name: str, repeats: int) -> None:
    """A table: in how many of `repeats` draws the interval held the truth."""
    print(f"\n{name}: {NUMBERS[name].__doc__ or 'right answers among all'}")
    print(f"{'groups':>6}{'alike':>6}" + "".join(f"{rate:>8g}" for rate in RATES) + "    mean width at each")
    low, everything = [], []
    noise = 2 * (LEAST * (1 - LEAST) / repeats) ** 0.5
    for groups, alike in product(GROUPS, ALIKE):
        cells = [cover(name, repeats, groups, alike, rate) for rate in RATES]
        everything += [held for held, _ in cells]
        low += [(held, groups, alike, rate) for (held, _), rate in zip(cells, RATES, strict=True) if held < LEAST]
        shown = "".join(f"{held:>8.3f}" for held, _ in cells) + "    " + " ".join(f"{w:.2f}" for _, w in cells)
        print(f"{groups:>6}{alike:>6g}{shown}", flush=True)
    print(f"mean {np.mean(everything):.3f}; below {LEAST:g}: {len(low)} of {len(everything)} cells {low or ''}")
    surely = [cell for cell in low if cell[0] < LEAST - noise]
    print(f"below {LEAST:g} by more than the noise of {repeats} draws: {surely or 'none'}")


def cover(name: str, repeats: int, groups: int, alike: float, rate: float) -> tuple[float, float]:
    """How often the truth was inside, and how wide the interval was. Where there was none, nothing was promised."""
    random = np.random.default_rng([groups, round(1000 * alike), round(1000 * rate), *name.encode()])
    held, widths = [], []
    for repeat in range(repeats):
        drawn = NUMBERS[name](random, groups, alike, rate)
        interval = estimate(drawn.quantity, drawn.groups, Resampling(repeat, 0.95, RESAMPLES)).interval
        held.append(interval is None or interval.low - 1e-9 <= drawn.truth <= interval.high + 1e-9)
        widths.append(1.0 if interval is None else interval.high - interval.low)
    return float(np.mean(held)), float(np.mean(widths))


def verdicts(repeats: int) -> None:
    """How often the verdict is better or worse: where nothing differs, and where the tuned model is better."""
    print("\nverdict: better or worse where as many are gained as lost; then better, where more are gained")
    print(f"{'groups':>6}{'alike':>6}   no difference, at 50 % and 80 % right;   +3, +10 and +25 points from 50 %")
    for groups, alike in product(GROUPS, ALIKE):
        nothing = [judge(repeats, groups, alike, (0.5, 0.2, 0.2)), judge(repeats, groups, alike, (0.8, 0.4, 0.1))]
        effects = [judge(repeats, groups, alike, (0.5, lost + 2 * up, lost)) for lost, up in POWER]
        shown = "".join(f"{each:>8.3f}" for each in (*nothing, *effects))
        print(f"{groups:>6}{alike:>6g}{shown}", flush=True)


POWER = ((0.05, 0.03), (0.05, 0.10), (0.05, 0.25))


def judge(repeats: int, groups: int, alike: float, rates: tuple[float, float, float]) -> float:
    """The share of draws in which something is said to have changed."""
    random = np.random.default_rng([groups, round(1000 * alike), *(round(1000 * each) for each in rates)])
    said = 0
    for repeat in range(repeats):
        before, after, names = draw_pair(random, groups, alike, *rates)
        sides = mean_of(before), mean_of(after)
        resampling = Resampling(repeat, 0.95, RESAMPLES)
        change = estimate(difference(*sides), names, resampling)
        p = mcnemar(int((after > before).sum()), int((after < before).sum()))
        numbers = (estimate(sides[0], names, resampling), estimate(sides[1], names, resampling), change)
        said += decide("right", "higher", numbers, p).word != "cannot tell"
    return said / repeats


def slices(repeats: int) -> None:
    """How often a slice is called worse that is not, and how often the one is that is: one of five conditions."""
    section = EvaluateSection(metrics=["exact_match"], resamples=100)
    print("\nslices: some slice is called worse where none is; where one is 20 points harder: that one, another one")
    print(f"{'groups':>6}{'each':>6}{'alike':>6}{'right':>7}   false alarm    found  another")
    for (groups, each), rate in product(SIZES, (0.6, 0.95)):
        alike = 0.3 if each > 1 else 0.0
        _, alarm = search(repeats, (groups, each), alike, rate, 0.0, section)
        found, another = search(repeats, (groups, each), alike, rate, 0.2, section)
        print(f"{groups:>6}{each:>6}{alike:>6g}{rate:>7g}{alarm:>14.3f}{found:>9.3f}{another:>9.3f}", flush=True)


SIZES = ((100, 1), (400, 1), (12, 30), (50, 8), (200, 8))


def search(
    repeats: int, sizes: tuple[int, int], alike: float, rate: float, harder: float, section: EvaluateSection
) -> tuple[float, float]:
    """The share of draws in which the harder slice is called worse, and in which one is that is not harder."""
    random = np.random.default_rng([*sizes, round(1000 * alike), round(1000 * rate), round(1000 * harder)])
    found = other = 0
    for _ in range(repeats):
        worse = {(each.column, each.value) for each in drawn_slices(random, sizes, alike, rate, harder, section)}
        hard = {("condition", "0")} if harder else set()
        found += bool(worse & hard)
        other += bool(worse - hard)
    return found / repeats, other / repeats


def drawn_slices(random, sizes, alike, rate, harder, section) -> Iterable:
    """What is called worse in a set of predictions with six columns that mean nothing, or of which one value does."""
    group_N = np.repeat(np.arange(sizes[0]), sizes[1])
    n = len(group_N)
    columns = {"condition": random.integers(5, size=sizes[0])[group_N], "kind": random.integers(4, size=n)}
    columns |= {f"other {at}": random.integers(count, size=n) for at, count in enumerate((2, 3, 6, 10))}
    right = draw_right(random, group_N, rate, alike) * (1 - draw_right(random, group_N, harder / rate, alike))
    right = np.where(columns["condition"] == 0, right, draw_right(random, group_N, rate, alike))
    predictions = [
        Prediction(
            str(at), str(group_N[at]), "?", ("да",), "да" if right[at] else "нет",
            metadata={name: str(values[at]) for name, values in columns.items()},
        )
        for at in range(n)
    ]  # fmt: skip
    return [each for each in find_slices(predictions, section, seed=0).findings if each.verdict.word == "worse"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--only", nargs="+", choices=[*NUMBERS, "verdict", "slices"])
    arguments = parser.parse_args()
    for name in arguments.only or [*NUMBERS, "verdict", "slices"]:
        if name in NUMBERS:
            coverage(name, arguments.repeats)
        elif name == "verdict":
            verdicts(arguments.repeats)
        else:
            slices(arguments.repeats // 4)


if __name__ == "__main__":
    main()
