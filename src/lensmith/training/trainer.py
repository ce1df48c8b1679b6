"""A transformers Trainer whose loss is a mean over the supervised tokens of the whole optimiser step.

Schedulers, optimisers, accumulation, callbacks, launchers and resuming are the Trainer's own. What is changed
is stated here, method by method, and pinned by tests: the count the loss is divided by, what a checkpoint
holds, what validation computes, and what happens to a batch that memory does not hold.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler
from transformers import Trainer, TrainerCallback, TrainingArguments

from lensmith.batching.kept import KeptFeatures
from lensmith.batching.rows import Collator
from lensmith.console import warn
from lensmith.families.encoded import Encoded
from lensmith.training.checkpoints import load_trained, save_trained, unseal
from lensmith.training.faults import TRAINING_MEMORY, is_out_of_memory, no_memory, require_room, state_bytes
from lensmith.training.module import SupervisedModule
from lensmith.training.muon import make_muon
from lensmith.training.pieces import ITEMS, StepCollator, cut, in_pieces, take_tensors

Validate = Callable[[], dict[str, float]]


class EncodedDataset(Dataset[Encoded]):
    """Encoded examples as torch wants them; pictures are read by the collator, in the workers."""

    def __init__(self, items: Sequence[Encoded]) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, at: int) -> Encoded:
        return self.items[at]


class AnswerTrainer(Trainer):  # type: ignore[misc]
    """Trains a `SupervisedModule` on encoded examples.

    Args:
        module: what is trained.
        arguments: transformers' own.
        train: the training examples.
        validate: computes the validation metrics; called in evaluation mode, without gradients.
        callbacks: transformers' own kind.
        order: yields the places of the training examples, anew each epoch.

    Attributes:
        muon: matrices are updated by Muon; set before training begins.
        split_batches: since the last line of the log, how often a batch was done in parts for want of memory.
        grad_norm: of the last optimiser step's gradients, before clipping.
    """

    control: Any
    optimizer: Any
    muon = False

    def __init__(
        self,
        module: SupervisedModule,
        arguments: TrainingArguments,
        train: Sequence[Encoded],
        validate: Validate,
        callbacks: list[TrainerCallback],
        order: Sampler[int],
    ) -> None:
        super().__init__(
            model=module,
            args=arguments,
            train_dataset=EncodedDataset(train),
            data_collator=StepCollator(Collator(module.family)),
            callbacks=callbacks,
        )
        self.split_batches = 0
        self.grad_norm: Any = 0.0
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
        """The Trainer's own, with a generator for the seeds of its workers.

        Without one they are drawn from training's random state, once for all epochs, and once more after a resume.
        """
        loader: DataLoader[Any] = super().get_train_dataloader()
        getattr(loader, "base_dataloader", loader).generator = torch.Generator()  # accelerate wraps torch's loader
        return loader

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        """The order that was given; the Trainer tells it the epoch."""
        return self.order

    def get_batch_samples(
        self, epoch_iterator: Iterator[dict[str, Any]], num_batches: int, device: torch.device
    ) -> tuple[list[dict[str, Any]], Tensor]:
        """The batches of one optimiser step, and the loss weights in all of them, over all processes."""
        self._begun = []
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
            made: Tensor = super().training_step(model, take_tensors(inputs), num_items_in_batch)
            return made
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        return self._step_in_parts(model, num_items_in_batch)

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
            losses: list[Tensor] = []
            try:
                for items in parts:
                    batch = take_tensors(self.data_collator(items))
                    losses.append(super().training_step(model, batch, num_items_in_batch))
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
        """The Trainer's own; where batches were split since the last line, with their count."""
        if self.split_batches and "loss" in logs:
            logs["split_batches"], self.split_batches = self.split_batches, 0
        super().log(logs, start_time)

    def _get_grad_norm(self, model: torch.nn.Module, grad_norm: Any = None) -> Any:
        """The Trainer's own, which those who watch may read, too."""
        self.grad_norm = super()._get_grad_norm(model, grad_norm)
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
            found = self.validate()
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

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Tensor] | None = None) -> None:
        """Writes the trained tensors; the base model is never written again."""
        if self.args.should_save:
            folder = Path(output_dir or self.args.output_dir)
            unseal(folder)
            save_trained(self.model, folder)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: torch.nn.Module | None = None) -> None:
        """Puts a checkpoint's trained tensors into the model."""
        load_trained(model or self.model, Path(resume_from_checkpoint))


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
    loader = DataLoader(
        EncodedDataset([item for group in pictures.values() for item in group]),
        batch_size=batch_size,
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
            for outputs in in_pieces(batch, collate, compute):
                loss += outputs["loss_sum"].double().cpu()
                weight += outputs["weight_sum"].double().cpu()
    return float(loss / weight)
