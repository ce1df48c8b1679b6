"""A transformers Trainer whose loss is a mean over the supervised tokens of the whole optimiser step.

Schedulers, optimisers, accumulation, callbacks, launchers and resuming are the Trainer's own. What is changed
is stated here, method by method, and pinned by tests: the count the loss is divided by, what a checkpoint
holds, what validation computes, and what happens to a batch that memory does not hold.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.distributed.fsdp import register_fsdp_forward_method
from torch.utils.data import DataLoader, Dataset
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer import OPTIMIZER_NAME, SCHEDULER_NAME

from lensmith.batching.kept import KeptFeatures
from lensmith.batching.rows import Collator
from lensmith.batching.shares import StepBatches, deal, take
from lensmith.console import warn
from lensmith.families.encoded import Encoded
from lensmith.families.placement import is_sharded
from lensmith.ranks import count_ranks, gather, have_joined, own_rank, wait_for_all
from lensmith.training.checkpoints import load_trained, save_trained, unseal
from lensmith.training.faults import TRAINING_MEMORY, is_out_of_memory, no_memory, require_room, state_bytes
from lensmith.training.module import SupervisedModule
from lensmith.training.muon import make_muon
from lensmith.training.offload import offload_activations
from lensmith.training.pieces import ITEMS, StepCollator, cut, in_pieces, take_tensors
from lensmith.training.shards import compute_as_one, let_shard, part_state, perform, whole, whole_state

Validate = Callable[[], dict[str, float]]


class EncodedDataset(Dataset[Encoded]):
    """Encoded examples as torch wants them; pictures are read by the collator, in the workers."""

    def __init__(self, items: Sequence[Encoded]) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, at: int) -> Encoded:
        return take(self.items, at)


class StepLoader(DataLoader[Any]):
    """A loader that tells its batches which epoch it is."""

    batch_sampler: StepBatches

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch that is loaded next."""
        self.batch_sampler.set_epoch(epoch)


class AnswerTrainer(Trainer):  # type: ignore[misc]
    """Trains a `SupervisedModule` on encoded examples.

    Args:
        module: what is trained.
        arguments: transformers' own.
        train: the training examples.
        validate: computes the validation metrics; called in evaluation mode, without gradients.
        callbacks: transformers' own kind.
        order: yields the places of the training examples, in this process's batches, anew each epoch.

    Attributes:
        muon: matrices are updated by Muon; set before training begins.
        offload: activations wait for the backward pass in main memory; set before training begins.
        split_batches: since the last line of the log, how often a batch was done in parts for want of memory.
        grad_norm: of the last optimiser step's gradients, before clipping.
        divergence_2: the sum of the anchored tokens' divergences since the last line of the log, and of their weights.
    """

    control: Any
    optimizer: Any
    muon = False
    offload = False

    def __init__(
        self,
        module: SupervisedModule,
        arguments: TrainingArguments,
        train: Sequence[Encoded],
        validate: Validate,
        callbacks: list[TrainerCallback],
        order: StepBatches,
    ) -> None:
        super().__init__(
            model=module,
            args=arguments,
            train_dataset=EncodedDataset(train),
            data_collator=StepCollator(Collator(module.family)),
            callbacks=callbacks,
        )
        let_shard(self, module)
        self.split_batches = 0
        self.grad_norm: Any = 0.0
        self.divergence_2 = self._divergence_before_2 = torch.zeros(2)
        self._told = False
        self._begun: list[Sequence[Encoded]] = []  # the batches of this optimiser step whose gradients are in
        self.validate = validate
        self.order = order
        # compute_loss divides by the tokens of the whole step, so the Trainer must not divide again
        self.loss_is_scaled_for_ga = True

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """The Trainer's own, or Muon, which transformers does not have."""
        if self.muon and self.optimizer is None:
            module: SupervisedModule = self.model
            self.optimizer = make_muon(
                module,
                self.get_decay_parameter_names(module),
                vocabulary=int(module.family.config.get_text_config().vocab_size),
                lr=self.args.learning_rate,
                weight_decay=self.args.weight_decay,
            )
        made: torch.optim.Optimizer = super().create_optimizer(model)
        return made

    def get_train_dataloader(self) -> DataLoader[Any]:
        """This process's batches, as the order that was given deals them; accelerate would deal them once more.

        The seeds of its workers have a generator of their own. Without one they are drawn from training's random state,
        once for all epochs, and once more after a resume.
        """
        return StepLoader(
            self.train_dataset,
            batch_sampler=self.order,
            collate_fn=self.data_collator,
            num_workers=self.args.dataloader_num_workers,
            persistent_workers=self.args.dataloader_persistent_workers,
            pin_memory=self.args.dataloader_pin_memory,
            generator=torch.Generator(),
        )

    def _prepare_for_training(self, *given: Any, **named: Any) -> Any:
        """The Trainer's own; a model that was spread over processes can then be asked through `perform`."""
        compute_as_one(self, self.model)
        prepared = super()._prepare_for_training(*given, **named)
        register_fsdp_forward_method(self.model, "perform")  # does nothing to a model that was not
        return prepared

    def get_batch_samples(
        self, epoch_iterator: Iterator[dict[str, Any]], num_batches: int, device: torch.device
    ) -> tuple[list[dict[str, Any]], Tensor]:
        """The batches of one optimiser step, and the loss weights in all of them, over all processes."""
        self._begun = []
        self._divergence_before_2 = self.divergence_2
        batches = [batch for _, batch in zip(range(num_batches), epoch_iterator, strict=False)]
        counts = [batch["weight_N"].sum().to(device) for batch in batches]
        total = torch.stack(counts).sum() if counts else torch.zeros((), device=device)
        if self.args.world_size > 1:
            total = self.accelerator.gather(total).sum()
        return batches, total

    def training_step(self, model: torch.nn.Module, inputs: dict[str, Any], num_items_in_batch: Any = None) -> Tensor:
        """Adds this batch's gradients and answers its share of the loss; in parts where memory does not hold it whole.

        Raises:
            RunError: it does not hold one example, or there are several processes, which must keep step.
        """
        self._begun.append(inputs[ITEMS])
        try:
            return self._compute_gradients(model, take_tensors(inputs), num_items_in_batch)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        return self._step_in_parts(model, num_items_in_batch)

    def _compute_gradients(self, model: torch.nn.Module, batch: dict[str, Any], num_items_in_batch: Any) -> Tensor:
        with offload_activations(model) if self.offload else nullcontext():
            made: Tensor = super().training_step(model, batch, num_items_in_batch)
        return made

    def _step_in_parts(self, model: torch.nn.Module, num_items_in_batch: Any) -> Tensor:
        """The begun part of this optimiser step once more from the start, its last batch cut until each part fits.

        From the start, because a backward pass that failed may have left a part of its gradients behind.
        """
        if self.args.world_size > 1:
            found = f"{len(self._begun[-1])} questions do not fit, and among several processes a batch cannot be split"
            raise no_memory(found, TRAINING_MEMORY)
        parts, last = list(self._begun), len(self._begun) - 1
        while True:
            model.zero_grad()
            self.divergence_2 = self._divergence_before_2
            losses: list[Tensor] = []
            try:
                for items in parts:
                    batch = take_tensors(self.data_collator(items))
                    losses.append(self._compute_gradients(model, batch, num_items_in_batch))
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            if len(losses) == len(parts):
                break
            failed = len(losses)
            parts[failed : failed + 1] = cut(parts[failed])
            last += failed < last
        self._count_split(len(self._begun[-1]), len(parts) - last)
        return torch.stack(losses[last:]).sum()

    def _count_split(self, questions: int, parts: int) -> None:
        if not self._told:
            found = f"{questions} questions do not fit the memory at once and were done in {parts} parts"
            warn(f"step {self.state.global_step + 1}: {found}: the step is the same; for speed, {TRAINING_MEMORY}")
        self._told = True
        self.split_batches += 1

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """The Trainer's own; with how often batches were split since the last line, and the mean divergence, if any."""
        if self.split_batches and "loss" in logs:
            logs["split_batches"], self.split_batches = self.split_batches, 0
        if "loss" in logs and self.model.anchor is not None:
            nats, weight = self.accelerator.reduce(self.divergence_2.to(self.args.device), "sum").tolist()
            logs |= {"kl": nats / weight} if weight else {}
            self.divergence_2 = torch.zeros(2)
        super().log(logs, start_time)

    def _get_grad_norm(self, model: torch.nn.Module, grad_norm: Any = None) -> Any:
        """The Trainer's own, which those who watch may read, too."""
        norm = super()._get_grad_norm(model, grad_norm)
        self.grad_norm = whole(norm) if isinstance(norm, Tensor) else norm
        return self.grad_norm

    def compute_loss(
        self,
        model: torch.nn.Module,
        inputs: dict[str, Tensor],
        return_outputs: bool = False,
        num_items_in_batch: Tensor | None = None,
    ) -> Any:
        """This batch's share of the step's mean loss over supervised tokens, in nats."""
        outputs = model(**inputs)
        if "kl_sum" in outputs:
            found_2 = torch.stack([outputs["kl_sum"], outputs["kl_weight"]])
            self.divergence_2 = self.divergence_2.to(found_2.device) + found_2
        if num_items_in_batch is None:
            raise RuntimeError("the loss needs the supervised tokens of the whole step")
        # data-parallel gradients are averaged over processes; the sum is wanted
        loss = outputs["loss_sum"] * self.args.world_size / num_items_in_batch
        return (loss, outputs) if return_outputs else loss

    def evaluate(
        self,
        eval_dataset: Any = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> dict[str, float]:
        """Runs `validate` and reports its metrics as the Trainer's callbacks expect them."""
        was_training = self.model.training
        self.model.eval()
        with torch.no_grad():
            found = perform(self.model, self.validate)
        self.model.train(was_training)
        metrics = {f"{metric_key_prefix}_{name}": value for name, value in found.items()}
        if metrics:
            self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _save_checkpoint(self, model: torch.nn.Module, trial: Any = None) -> None:
        """The Trainer's own, once it is sure that there is room for it.

        Raises:
            RunError: there is not; nothing was written.
        """
        if self.args.should_save:
            folder = Path(self.args.output_dir)
            folder.mkdir(parents=True, exist_ok=True)
            trained = [value for value in self.model.parameters() if value.requires_grad]
            kept = [each for state in self.optimizer.state.values() for each in state.values() if torch.is_tensor(each)]
            require_room(folder, state_bytes([*trained, *kept]), f"the checkpoint of step {self.state.global_step}")
        super()._save_checkpoint(model, trial)
        wait_for_all()  # each process lays its random state there

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """Writes the trained tensors, however they are spread."""
        self._save(output_dir)

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Tensor] | None = None) -> None:
        """Writes the trained tensors; the base model is never written again."""
        folder = Path(output_dir or self.args.output_dir)
        if self.args.should_save:
            unseal(folder)
        save_trained(self.model, folder, writes=self.args.should_save)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: torch.nn.Module | None = None) -> None:
        """Puts a checkpoint's trained tensors into the model."""
        load_trained(model or self.model, Path(resume_from_checkpoint))

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        """The Trainer's own; of a model that is spread over processes, what one process would write."""
        if not is_sharded(self.model):
            super()._save_optimizer_and_scheduler(output_dir)
            return
        state = whole_state(self.optimizer)
        if self.args.should_save:
            torch.save(state, Path(output_dir) / OPTIMIZER_NAME)
            torch.save(self.lr_scheduler.state_dict(), Path(output_dir) / SCHEDULER_NAME)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        """The Trainer's own; of a model that is spread over processes, each takes its part."""
        if checkpoint is None or not is_sharded(self.model):
            super()._load_optimizer_and_scheduler(checkpoint)
            return
        state, schedule = (
            torch.load(Path(checkpoint) / name, map_location="cpu", weights_only=True)
            for name in (OPTIMIZER_NAME, SCHEDULER_NAME)
        )
        self.optimizer.load_state_dict(part_state(self.optimizer, state))
        self.lr_scheduler.load_state_dict(schedule)


def validation_loss(
    module: SupervisedModule,
    items: Sequence[Encoded],
    batch_size: int,
    workers: int,
    kept: KeptFeatures | None = None,
) -> float:
    """The mean loss over the supervised tokens of these examples, in nats.

    Args:
        module: in evaluation mode.
        items: validation examples, at least one.
        batch_size: questions in one forward pass; does not change the result.
        workers: processes that decode pictures.
        kept: features that stand in for pictures.
    """
    device = next(module.parameters()).device
    collate = StepCollator(Collator(module.family, kept))
    pictures: dict[Hashable, list[Encoded]] = {}
    for item in items:  # side by side, questions on one picture share it
        pictures.setdefault(item.images, []).append(item)
    ordered = [item for group in pictures.values() for item in group]
    rank, ranks = (own_rank(), count_ranks()) if have_joined() else (0, 1)
    loader = DataLoader(
        EncodedDataset(ordered),
        batch_sampler=deal(range(len(ordered)), batch_size, rank, ranks),
        collate_fn=collate,
        num_workers=workers,
        generator=torch.Generator(),  # a loader without its own generator would move the training's random state
    )
    loss = torch.zeros((), dtype=torch.float64)
    weight = torch.zeros((), dtype=torch.float64)

    def compute(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        outputs: dict[str, Tensor] = module(**{name: value.to(device) for name, value in tensors.items()})
        return outputs

    with torch.no_grad():
        for batch in loader:
            # among processes that share the weights, all compute as often
            parts = [compute(take_tensors(batch))] if is_sharded(module) else in_pieces(batch, collate, compute)
            for outputs in parts:
                loss += outputs["loss_sum"].double().cpu()
                weight += outputs["weight_sum"].double().cpu()
    found = gather((float(loss), float(weight)))
    return sum(each for each, _ in found) / sum(each for _, each in found)
