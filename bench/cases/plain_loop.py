"""The same questions one a row in batches of 8, with labels, as a transformers loop does it: no Trainer in the way."""

from collections.abc import Iterator
from typing import Any

import clock
import torch
import workload
from PIL import Image

RATE = 1e-4


def read_batches(arguments: Any, processor: Any) -> Iterator[dict[str, torch.Tensor]]:
    """Batches without end, pictures read and prepared as they come."""
    rows = workload.read_rows(arguments.folder, arguments.questions)
    order = torch.Generator().manual_seed(0)
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
    from transformers import AutoProcessor, LlavaForConditionalGeneration

    arguments = clock.read_arguments(__doc__)
    workload.make(arguments.folder, arguments.questions)
    base = LlavaForConditionalGeneration.from_pretrained(arguments.folder / "model")
    adapters = LoraConfig(r=workload.RANK, lora_alpha=workload.ALPHA, target_modules=workload.ADAPTED)
    model = get_peft_model(base, adapters).train()
    processor = AutoProcessor.from_pretrained(arguments.folder / "model")
    trained = [value for value in model.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE)
    timer = clock.Clock(arguments.seconds, workload.BATCH)
    for batch in read_batches(arguments, processor):
        model(**batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if timer.tick():
            break
    timer.report()


if __name__ == "__main__":
    main()
