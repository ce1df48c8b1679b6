"""A transformers Trainer whose loss is a mean over the supervised tokens of the whole optimiser step.

Schedulers, optimisers, accumulation, callbacks, launchers and resuming are the Trainer's own. What is changed
is stated here, method by method, and pinned by tests: the count the loss is divided by, what a checkpoint
holds, and what validation computes.
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
from lensmith.families.encoded import Encoded
from lensmith.training.checkpoints import load_trained, save_trained, unseal
from lensmith.training.module import SupervisedModule
from lensmith.training.muon import make_muon

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
            data_collator=Collator(module.family),
            callbacks=callbacks,
        )
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

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        """The order that was given; the Trainer tells it the epoch."""
        return self.order

    def get_batch_samples(
        self, epoch_iterator: Iterator[dict[str, Tensor]], num_batches: int, device: torch.device
    ) -> tuple[list[dict[str, Tensor]], Tensor]:
        """The batches of one optimiser step, and the loss weights in all of them, over all processes."""
        batches = [batch for _, batch in zip(range(num_batches), epoch_iterator, strict=False)]
        counts = [batch["weight_N"].sum().to(device) for batch in batches]
        total = torch.stack(counts).sum() if counts else torch.zeros((), device=device)
        if self.args.world_size > 1:
            total = self.accelerator.gather(total).sum()
        return batches, total

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
    pictures: dict[Hashable, list[Encoded]] = {}
    for item in items:  # side by side, questions on one picture share it
        pictures.setdefault(item.images, []).append(item)
    loader = DataLoader(
        EncodedDataset([item for group in pictures.values() for item in group]),
        batch_size=batch_size,
        collate_fn=Collator(module.family, kept),
        num_workers=workers,
        generator=torch.Generator(),  # a loader without its own generator would move the training's random state
    )
    loss = torch.zeros((), dtype=torch.float64)
    weight = torch.zeros((), dtype=torch.float64)
    with torch.no_grad():
        for batch in loader:
            outputs = module(**{name: value.to(device) for name, value in batch.items()})
            loss += outputs["loss_sum"].double().cpu()
            weight += outputs["weight_sum"].double().cpu()
    return float(loss / weight)
