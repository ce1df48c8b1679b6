"""Trains, or goes on training, inside a run folder; ends with the best checkpoint's weights in the model."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from transformers import PrinterCallback, ProgressCallback, TrainerCallback, TrainingArguments, set_seed

from lensmith.batching.kept import KeptFeatures
from lensmith.batching.order import PictureSampler
from lensmith.batching.rows import Collator
from lensmith.batching.shares import StepBatches, count_passes
from lensmith.config.names import MUON
from lensmith.config.sections import Recipe
from lensmith.console import say, warn
from lensmith.data.mixture import Mixture
from lensmith.errors import GuardStopError, Problem, RunError
from lensmith.families.encoded import Encoded
from lensmith.families.placement import Placement
from lensmith.ranks import agree, count_ranks, own_rank, wait_for_all
from lensmith.rundir import RunDir, is_main_process
from lensmith.training.callbacks import Keeper, MetricsLog, Progress
from lensmith.training.checkpoints import Checkpoint, find_checkpoints, is_last, is_whole, load_trained, newest_whole
from lensmith.training.guards.contract import Watched
from lensmith.training.guards.findings import FILE, GuardLog
from lensmith.training.guards.forgetting import checkpoint_bound
from lensmith.training.guards.watching import Watch
from lensmith.training.module import SupervisedModule
from lensmith.training.pieces import StepCollator
from lensmith.training.settle import spread_pictures
from lensmith.training.shards import check_pictures
from lensmith.training.trackers import PROJECT, name_run
from lensmith.training.trainer import AnswerTrainer, Validate, validation_loss

# Training examples by which the weights are judged before they count as good.
SAMPLE = 8


@dataclass(frozen=True, slots=True)
class Fit:
    """What training delivered.

    Attributes:
        best_step: the optimiser step whose weights are in the model now.
        best_value: its validation metric; None where there was no validation, and the last step counts as best.
        last_step: the step training ended after.
        stopped: why a guard ended it as failed; None where none did.
    """

    best_step: int
    best_value: float | None
    last_step: int
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """What is learned from, and who watches.

    Attributes:
        train: at least one example.
        validate: the validation metrics, by name; none where there is no validation part.
        callbacks: a caller's own, of transformers' kind, beside those that a run always has.
        kept: features that stand in for pictures; None: pictures are decoded and seen each time.
        mixture: how often an epoch meets the examples of each source; None: every example once.
        watched: what guards are given to look at; None: losses and gradients only.
    """

    train: Sequence[Encoded]
    validate: Validate
    callbacks: Sequence[TrainerCallback] = ()
    kept: KeptFeatures | None = None
    mixture: Mixture | None = None
    watched: Watched | None = None


def fit(module: SupervisedModule, recipe: Recipe, placement: Placement, run: RunDir, course: Course) -> Fit:
    """Trains to the end from wherever the run folder stands.

    Args:
        module: base weights, adapters fresh; changed in place.
        recipe: resolved: no `auto` is left in its train section.
        placement: device and precision.
        run: the folder.
        course: examples, validation and callbacks.

    Raises:
        RunError: a checkpoint does not fit the recipe.
        RecipeError: the examples cannot be shared by processes of which each has a part of the weights.
        GuardStopError: a guard ended the training, and no checkpoint can be delivered.
    """
    check_pictures(module, module.family.facts, course.train)
    log = MetricsLog(run / "metrics.jsonl")
    watch = Watch(course.watched or Watched(recipe), GuardLog(run / FILE), log.path)
    checkpoint = take_up_checkpoint(run, log, watch)
    best = recipe.train.best
    keeper = Keeper(run.checkpoints, log.path, best, best.endswith("loss"), recipe.train.save_every)
    keeper.doubtful = watch.doubtful
    keeper.most_lost = checkpoint_bound(recipe)
    arguments = make_arguments(recipe, placement, run.checkpoints)
    together, _ = spread_pictures(recipe.train)
    places = PictureSampler(course.train, together, recipe.run.seed, course.mixture)
    order = StepBatches(places, recipe.train.batch_size, recipe.train.accumulate)
    callbacks = [log, watch, keeper, Progress(), *course.callbacks]
    trainer = AnswerTrainer(module, arguments, course.train, course.validate, callbacks, order)
    trainer.data_collator = StepCollator(Collator(module.family, course.kept))
    trainer.muon = recipe.train.optimizer == MUON
    trainer.offload = recipe.train.activation_offloading
    trainer.remove_callback(PrinterCallback)
    trainer.remove_callback(ProgressCallback)
    if checkpoint is None:
        trainer.evaluate()  # the base, as step 0: a training that only makes things worse is seen
    if checkpoint and (watch.stopped or is_last(checkpoint)):
        # the Trainer would take one more step where epochs is not whole
        return end_training(module, run, keeper, watch, checkpoint.step)
    set_seed(recipe.run.seed + own_rank())  # each drops other values
    watch.trainer, watch.measure = trainer, measure_sample(module, recipe, course)
    trainer.train(resume_from_checkpoint=str(checkpoint.path) if checkpoint else None)
    wait_for_all()
    return end_training(module, run, keeper, watch, trainer.state.global_step)


def measure_sample(module: SupervisedModule, recipe: Recipe, course: Course) -> Callable[[], float]:
    """The loss of the present weights on the same few training examples, spread over all of them."""
    items = list(course.train)
    sample = items[:: max(1, len(items) // SAMPLE)][:SAMPLE]
    return lambda: validation_loss(module, sample, recipe.train.batch_size, 0, course.kept)


def take_up_checkpoint(run: RunDir, log: MetricsLog, watch: Watch) -> Checkpoint | None:
    """The checkpoint to go on from; newer ones that a kill cut are removed, and the logs go back to its step."""
    checkpoint, spoilt = agree(newest_whole(run.checkpoints) if is_main_process() else (None, []))
    if is_main_process():
        for path in spoilt:
            warn(f"{path.name} is cut or damaged and is removed")
            shutil.rmtree(path)
        log.rewind(checkpoint.step if checkpoint else None)
        watch.log.rewind(checkpoint.step if checkpoint else None)
    if checkpoint:
        watch.load(checkpoint.path)
        say(f"going on after step {checkpoint.step}")
    return checkpoint


def end_training(module: SupervisedModule, run: RunDir, keeper: Keeper, watch: Watch, last_step: int) -> Fit:
    """Sums up what guards found, and puts the best checkpoint's weights into the model.

    Raises:
        GuardStopError: a guard ended the training before anything was learned, or no checkpoint keeps its bound.
    """
    watch.finish(last_step)
    best = agree(keeper.best_step())
    reason = watch.nothing_to_deliver(best[0] if best else None, last_step)
    if reason:
        name, found = reason
        raise GuardStopError(
            Problem(
                f"guard/{name}",
                str(run.path),
                found,
                consequence="no checkpoint is worth delivering; what was written is kept",
                fix="see guards.jsonl; lower train.learning_rate, or set train.safe_mode: true",
            )
        )
    return replace(deliver_best(module, run, keeper, last_step), stopped=watch.failure)


def deliver_best(module: SupervisedModule, run: RunDir, keeper: Keeper, last_step: int) -> Fit:
    """Puts the best checkpoint's weights into the model."""
    step, value = agree(keeper.best_step()) or (last_step, None)
    chosen = [
        checkpoint
        for checkpoint in find_checkpoints(run.checkpoints)
        if checkpoint.step == step and is_whole(checkpoint)
    ]
    if not chosen:
        raise RunError(
            Problem(
                "run/no-best-checkpoint",
                str(run.checkpoints),
                f"the checkpoint of step {step} is not there, or not whole",
                fix="take the folder's metrics.jsonl and checkpoints away and start again",
            )
        )
    load_trained(module, chosen[0].path)
    module.eval()
    return Fit(step, value, last_step)


def make_arguments(recipe: Recipe, placement: Placement, folder: Path) -> TrainingArguments:
    """transformers' arguments for a resolved recipe."""
    train = recipe.train
    settings: dict[str, Any] = {
        "output_dir": str(folder),
        "num_train_epochs": train.epochs,
        "per_device_train_batch_size": train.batch_size,
        "gradient_accumulation_steps": count_passes(train.accumulate, count_ranks()),
        "learning_rate": train.learning_rate,
        "lr_scheduler_type": train.scheduler,
        "warmup_steps": train.warmup,
        "weight_decay": train.weight_decay,
        "optim": "adamw_torch" if train.optimizer == MUON else train.optimizer,
        "max_grad_norm": train.max_grad_norm,
        "bf16": placement.precision == "bf16",
        "fp16": placement.precision == "fp16",
        "use_cpu": placement.device.type == "cpu",
        "seed": recipe.run.seed,
        "data_seed": recipe.run.seed,
        "logging_steps": train.log_every,
        "logging_nan_inf_filter": False,  # a loss that is not a number must be seen
        "dataloader_num_workers": train.workers,
        "dataloader_persistent_workers": train.workers > 0,  # type: ignore[operator]
        "dataloader_pin_memory": placement.device.type == "cuda",
        "eval_strategy": "no",  # Keeper decides when to validate and to save
        "save_strategy": "no",
        "remove_unused_columns": False,
        "disable_tqdm": True,
        "report_to": "none",  # trackers come as callbacks
        "run_name": name_run(folder.parent) if recipe.run.trackers else None,
        "project": PROJECT,
    }
    arguments = TrainingArguments(**settings)
    if arguments.n_gpu > 1:  # one process drives one GPU; several are for `accelerate launch`
        arguments._n_gpu = 1
    return arguments
