"""The same questions one a row in batches of 8, with labels, as a transformers loop does it: no Trainer in the way.

On a GPU its batches are read by worker processes, as lensmith's and TRL's are.
"""

from collections.abc import Iterator
from typing import Any

import clock
import torch
import workload
from PIL import Image
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

RATE = 1e-4


class Batches(IterableDataset):
    """Batches without end; each worker has an order of its own."""

    def __init__(self, arguments: Any, processor: Any) -> None:
        self.arguments = arguments
        self.processor = processor

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        worker = get_worker_info()
        return read_batches(self.arguments, self.processor, worker.id if worker else 0)


def read_batches(arguments: Any, processor: Any, seed: int) -> Iterator[dict[str, torch.Tensor]]:
    """Batches without end, pictures read and prepared as they come."""
    rows = workload.read_rows(arguments.folder, arguments.questions)
    order = torch.Generator().manual_seed(seed)
    while True:
        places = torch.randperm(len(rows), generator=order).tolist()
        for start in range(0, len(places) - workload.BATCH + 1, workload.BATCH):
            chosen = [rows[at] for at in places[start : start + workload.BATCH]]
            pictures = [Image.open(arguments.folder / row["image"]).convert("RGB") for row in chosen]
            texts = [f"<bos><image><user>{row['question']}<model>{row['answer']}<eos>" for row in chosen]
            batch = processor(images=pictures, text=texts, return_tensors="pt", add_special_tokens=False)
            labels = batch["input_ids"].clone()
            labels[:, : -workload.ANSWER_WORDS - 1] = -100
            yield {**batch, "labels": labels}


def main() -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoProcessor

    arguments = clock.read_arguments(__doc__, **clock.SETUP)
    setup = workload.read_setup(arguments)
    workload.make(arguments.folder, arguments.questions, setup)
    base = workload.load_model(arguments.folder, setup)
    adapters = LoraConfig(r=workload.RANK, lora_alpha=workload.ALPHA, target_modules=workload.ADAPTED)
    model = get_peft_model(base, adapters).train()
    processor = AutoProcessor.from_pretrained(arguments.folder / "model")
    trained = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE)
    on_gpu = setup.device == "cuda"
    loader = DataLoader(Batches(arguments, processor), batch_size=None, num_workers=setup.workers, pin_memory=on_gpu)
    timer = clock.Clock(arguments.seconds, workload.BATCH, setup.device)
    for batch in loader:
        placed = {name: value.to(setup.device, non_blocking=True) for name, value in batch.items()}
        with setup.autocast():
            loss = model(**placed).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if timer.tick():
            break
    timer.report()


if __name__ == "__main__":
    main()
