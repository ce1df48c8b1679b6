"""The names of optimisers and schedules are those of the transformers that is installed."""

from lensmith.config.names import MUON, OPTIMIZERS, SCHEDULERS


def test_the_names_are_those_that_transformers_has():
    from transformers.trainer_utils import SchedulerType
    from transformers.training_args import OptimizerNames

    assert {each.value for each in OptimizerNames} == OPTIMIZERS - {MUON}
    assert {each.value for each in SchedulerType} == SCHEDULERS
