"""What is out of the usual: after equal values, among noise, on the way down, and creeping up."""

import math
from random import Random

import pytest

from lensmith.training.guards.pulse import SPIKE, Pulse
from lensmith.training.guards.scale import RunningScale


def see_all(losses: list[float], norms: list[float] | None = None) -> Pulse:
    pulse = Pulse()
    for step, loss in enumerate(losses, start=1):
        pulse.see(step, loss, norms[step - 1] if norms else 1.0)
    return pulse


@pytest.mark.parametrize("level", [0.0, 0.001, 0.5, 7.0])
def test_a_jump_after_equal_values_is_a_jump(level: float) -> None:
    pulse = see_all([level] * 40)
    assert not pulse.see(41, level, 1.0).loss_spikes
    assert not pulse.see(42, level + 0.05, 1.0).loss_spikes
    assert pulse.see(43, 2 * level + 1.0, 1.0).loss_spikes


def test_noise_has_no_spikes() -> None:
    chance = Random(0)
    pulse = see_all(
        [abs(chance.gauss(0.6, 0.25)) for _ in range(2000)], [chance.lognormvariate(0, 1) for _ in range(2000)]
    )
    assert pulse.single_spikes == 0
    assert pulse.risen < SPIKE


def test_a_wide_spread_is_the_scale() -> None:
    """What is a spike among values close together is none among values far apart."""
    narrow, wide = RunningScale(lambda _: 0.01), RunningScale(lambda _: 0.01)
    narrow.add_all([1.0, 1.02] * 20)
    wide.add_all([0.5, 1.5] * 20)
    assert narrow.excess(2.0) > SPIKE > wide.excess(2.0)


def test_a_single_outlier_does_not_move_the_usual() -> None:
    pulse = see_all([1.0] * 20 + [50.0] + [1.0] * 3)
    assert pulse.single_spikes == 1
    assert not pulse.restless
    assert pulse.level == 1.0
    assert pulse.see(25, 50.0, 1.0).loss_spikes
    assert pulse.restless


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_not_learned_from(value: float) -> None:
    pulse = see_all([1.0] * 20)
    beat = pulse.see(21, value, value)
    assert not beat.loss_spikes
    assert pulse.losses.values == [1.0] * 20
    assert len(pulse.norms.values) == 20


def test_a_loss_that_falls_from_high_is_in_order() -> None:
    pulse = see_all([9.0 * math.exp(-step / 8) + 0.02 for step in range(200)])
    assert pulse.single_spikes == 0
    assert pulse.risen == 0.0


def test_a_burst_before_anything_was_learned_is_seen_against_the_first_loss() -> None:
    pulse = see_all([8.7, 30.0, 40.0, 35.0])
    assert [beat.loss_spikes for beat in pulse.beats] == [False, True, True, True]


def test_what_creeps_up_is_seen_although_the_scale_goes_along() -> None:
    pulse = see_all([0.2] * 60 + [0.2 + 0.01 * step for step in range(400)])
    assert pulse.single_spikes == 0, "no step is out of the usual"
    assert pulse.risen > SPIKE


def test_norms_are_judged_by_factors() -> None:
    pulse = see_all([1.0] * 40, [0.01 + 0.0002 * (step * 7 % 40) for step in range(40)])
    assert not pulse.see(41, 1.0, 0.3).norm_spikes
    assert pulse.see(42, 1.0, 30.0).norm_spikes


def test_a_pulse_goes_on_from_its_state() -> None:
    chance = Random(1)
    losses = [chance.uniform(0, 3) for _ in range(90)]
    whole, first = see_all(losses), see_all(losses[:50])
    second = Pulse()
    second.load(first.state())
    for step, loss in enumerate(losses[50:], start=51):
        second.see(step, loss, 1.0)
    assert second.state() == whole.state()
