import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lensmith.evaluation.statistics import Quantity, Resampling, difference, estimate, mcnemar, mean_of, ratio, wilson

SEED = Resampling(seed=0)


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [(804, 2000, 38.07, 42.37), (139, 300, 40.8, 52.0), (10, 10, 72.2, 100.0), (0, 10, 0.0, 27.8)],
)
def test_wilson_reproduces_published_intervals(correct, n, low, high):
    found = wilson(correct, n)
    assert [100 * bound for bound in found] == pytest.approx([low, high], abs=0.05)


@given(st.integers(1, 1000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_equals_scipy(counts):
    from scipy.stats import binomtest

    low, high = wilson(*counts)
    assert 0.0 <= low <= counts[0] / counts[1] <= high <= 1.0
    reference = binomtest(*counts).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((reference.low, reference.high), abs=1e-9)


@pytest.mark.parametrize("counts", [(0, 0), (-1, 3), (4, 3)])
def test_wilson_refuses_what_is_no_share(counts):
    with pytest.raises(ValueError, match="a share needs"):
        wilson(*counts)


def test_mcnemar_reproduces_a_published_p():
    assert mcnemar(138, 86) == pytest.approx(0.000623, abs=5e-7)
    assert mcnemar(86, 138) == mcnemar(138, 86)
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(5, 0) == pytest.approx(2 * 0.5**5)


def draw_slowly(values, groups, seed, resamples):
    """The bootstrap as one would explain it: pick groups, pool their predictions, take the mean."""
    names = list(dict.fromkeys(groups))
    members = {name: [value for value, group in zip(values, groups, strict=True) if group == name] for name in names}
    generator = np.random.default_rng(seed)
    means = []
    for _ in range(resamples):
        pooled = [value for at in generator.integers(len(names), size=len(names)) for value in members[names[at]]]
        means.append(sum(pooled) / len(pooled))
    return means


def test_bootstrap_agrees_with_a_slow_obvious_one():
    generator = np.random.default_rng(5)
    groups = [f"g{at}" for at in generator.integers(25, size=200)]
    values = [float(value) for value in generator.random(200)]
    found = estimate(mean_of(values), groups, Resampling(1, 0.95, 20_000)).interval
    mean, count = sum(values) / 200, len(set(groups))
    members = {name: [value for value, group in zip(values, groups, strict=True) if group == name] for name in groups}
    pulls = [mean - (sum(values) - sum(own)) / (200 - len(own)) for own in members.values()]
    sides = [[pull for pull in pulls if pull > 0], [-pull for pull in pulls if pull < 0]]
    rarer = min(sum(side) ** 2 / sum(pull**2 for pull in side) for side in sides)
    alike = np.var(values) / 200 * sum(len(own) ** 2 for own in members.values()) / 200
    drawn = np.var(draw_slowly(values, groups, 2, 20_000)) * count / (count - 1)
    size = mean * (1 - mean) / (drawn * (1 + 2 / rarer) + alike / rarer**2)
    assert found.method == "bootstrap over groups"
    assert (found.low, found.high) == pytest.approx(wilson(mean * size, size), abs=0.003)


def test_chunks_do_not_change_the_draws(monkeypatch):
    values, groups = list(np.linspace(0, 1, 50)), [str(at // 2) for at in range(50)]
    whole = estimate(mean_of(values), groups, SEED)
    monkeypatch.setattr("lensmith.evaluation.resampling._WEIGHTS_AT_ONCE", 60)
    assert estimate(mean_of(values), groups, SEED) == whole


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from((0.0, 1.0)), st.sampled_from("абвгдежз")), min_size=2, max_size=60), st.randoms()
)
def test_neither_the_order_of_predictions_nor_the_names_of_groups_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    quick = Resampling(0, resamples=200)
    before = [random.choice((0.0, 1.0)) for _ in rows]
    pairs = random.sample([*zip(before, rows, strict=True)], len(rows))
    once = estimate(mean_of([value for value, _ in rows]), [group for _, group in rows], quick)
    again = estimate(mean_of([value for value, _ in shuffled]), [f"{group} 🐈" for _, group in shuffled], quick)
    assert once == again
    change = difference(mean_of(before), mean_of([value for value, _ in rows]))
    other = difference(mean_of([had for had, _ in pairs]), mean_of([value for _, (value, _) in pairs]))
    assert estimate(change, [group for _, group in rows], quick) == estimate(
        other, [group.upper() for _, (_, group) in pairs], quick
    )


def test_a_loss_is_a_gain_seen_from_the_other_side():
    generator = np.random.default_rng(8)
    before, after = ([float(value) for value in generator.random(120) < share] for share in (0.4, 0.6))
    groups = [str(at // 3) for at in range(120)]
    many = Resampling(0, resamples=20_000)
    there = estimate(difference(mean_of(before), mean_of(after)), groups, many).interval
    back = estimate(difference(mean_of(after), mean_of(before)), groups, many).interval
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=0.006)


def test_recall_of_questions_in_groups_of_their_own_is_wilsons():
    accepted, both = np.array([1, 1, 1, 0, 0, 1.0]), np.array([1, 0, 1, 0, 0, 1.0])
    recall = Quantity(np.column_stack([both, accepted]), ratio)
    found = estimate(recall, ["a", "b", "c", "a", "b", "d"], SEED)
    assert (found.interval.low, found.interval.high) == wilson(3, 4)
    assert (found.interval.method, found.interval.groups) == ("Wilson", 4)


def test_only_groups_in_which_something_changed_are_evidence_of_a_change():
    before, after = [0.0] * 40, [1.0] * 6 + [0.0] * 34
    found = estimate(difference(mean_of(before), mean_of(after)), [str(at // 2) for at in range(40)], SEED)
    assert (found.groups, found.interval.groups) == (20, 3)


def test_the_seed_decides_and_the_names_of_groups_do_not():
    values = np.random.default_rng(1).random(40).tolist()
    names = [str(at // 2) for at in range(40)]
    once = estimate(mean_of(values), names, SEED)
    assert estimate(mean_of(values), [f"other {name}" for name in names], SEED) == once
    assert estimate(mean_of(values), names, Resampling(1)).interval != once.interval


def test_clustered_data_have_a_wider_interval():
    generator = np.random.default_rng(0)
    values = [float(value) for value in np.repeat(generator.random(40) < 0.5, 25)]
    clustered = estimate(mean_of(values), [str(at // 25) for at in range(1000)], SEED).interval
    alone = estimate(mean_of(values), [str(at) for at in range(1000)], SEED).interval
    assert alone.method == "Wilson"
    assert clustered.high - clustered.low > 4 * (alone.high - alone.low)


def test_uneven_groups_count_by_their_predictions():
    values = [1.0] * 9 + [0.0]
    assert estimate(mean_of(values), ["big"] * 9 + ["small"], SEED).value == 0.9


def test_nothing_to_judge_and_one_group_cannot_tell():
    nothing = estimate(mean_of([]), [], SEED)
    assert (nothing.n, nothing.value, nothing.interval) == (0, None, None)
    one = estimate(mean_of([1.0, 0.0]), ["a", "a"], SEED)
    assert (one.value, one.correct, one.interval) == (0.5, 1, None)
    assert "one group" in one.reason
    assert nothing.to_json() == {"n": 0, "groups": 0, "value": None, "interval": None, "reason": nothing.reason}


def test_groups_that_all_agree_are_as_sure_as_their_number_allows():
    interval = estimate(mean_of([1.0] * 30), [str(at // 3) for at in range(30)], SEED).interval
    assert (interval.low, interval.high) == pytest.approx((wilson(10, 10)[0], 1.0))
    halves = estimate(mean_of([0.5] * 10), [str(at) for at in range(10)], SEED).interval
    assert halves.low < 0.5 < halves.high


def test_a_number_that_is_not_defined_says_so():
    found = estimate(Quantity(np.zeros((2, 2)), ratio, undefined="no zebra"), ["a", "b"], SEED)
    assert (found.value, found.interval, found.reason) == (None, None, "no zebra")


def test_the_paired_difference_knows_that_pairs_go_together():
    generator = np.random.default_rng(3)
    before = [float(value) for value in generator.random(300) < 0.5]
    after = [1.0 if at % 15 == 0 else value for at, value in enumerate(before)]
    groups = [str(at) for at in range(300)]
    found = estimate(difference(mean_of(before), mean_of(after)), groups, SEED)
    assert found.value == pytest.approx(np.mean(after) - np.mean(before))
    assert found.interval.excludes(0.0)
    assert wilson(sum(after), 300)[0] < wilson(sum(before), 300)[1]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from("abcde")), min_size=1, max_size=30))
def test_intervals_hold_the_value_and_stay_within_bounds(rows):
    found = estimate(mean_of([value for value, _ in rows]), [group for _, group in rows], Resampling(0, 0.9, 200))
    if found.interval is None:
        assert len({group for _, group in rows}) == 1
    else:
        assert -1e-9 <= found.interval.low <= found.value + 1e-9
        assert found.value - 1e-9 <= found.interval.high <= 1 + 1e-9


@pytest.mark.parametrize("groups", [400, 12_000])
def test_twelve_thousand_predictions_take_about_a_second(groups):
    values = np.random.default_rng(0).random(12_000).tolist()
    names = [str(at % groups) for at in range(12_000)]
    estimate(mean_of(values[:10]), names[:10], SEED)
    began = time.process_time()
    estimate(mean_of(values), names, SEED)
    assert time.process_time() - began < 3.0


def test_ninety_five_per_cent_intervals_hold_the_truth_about_as_often_when_clustered():
    generator, held, runs = np.random.default_rng(11), 0, 300
    for run in range(runs):
        chances = generator.beta(2, 2, size=40)
        sizes = generator.integers(1, 8, size=40)
        groups = [str(at) for at in np.repeat(np.arange(40), sizes)]
        values = [float(value) for value in generator.random(len(groups)) < np.repeat(chances, sizes)]
        interval = estimate(mean_of(values), groups, Resampling(run, 0.95, 300)).interval
        held += not interval.excludes(0.5)
    assert 0.91 <= held / runs <= 0.99


def test_gains_and_losses_that_exclude_each_other_are_joined_as_such():
    """Every answer changed: what is not gained is lost, so that the two ends of both shares add up."""
    before = [1.0, 0.0] * 30
    found = estimate(
        difference(mean_of(before), mean_of([1 - each for each in before])), list(map(str, range(60))), SEED
    )
    low, high = wilson(30, 60)
    assert (found.interval.low, found.interval.high) == pytest.approx((low - high, high - low))
