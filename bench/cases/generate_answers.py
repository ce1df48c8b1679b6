"""transformers' `generate` on the same questions: greedy, one question a row, batches of 8, padded on the left."""

import clock
import torch
import workload
from PIL import Image


def main() -> None:
    from transformers import AutoProcessor, GenerationConfig, LlavaForConditionalGeneration

    arguments = clock.read_arguments(__doc__)
    workload.make(arguments.folder, arguments.questions)
    model = LlavaForConditionalGeneration.from_pretrained(arguments.folder / "model").eval()
    processor = AutoProcessor.from_pretrained(arguments.folder / "model")
    rows = workload.read_rows(arguments.folder, arguments.questions)
    greedy = GenerationConfig(do_sample=False, max_new_tokens=workload.NEW_TOKENS, eos_token_id=1, pad_token_id=0)
    timer = clock.Clock(arguments.seconds, workload.BATCH)
    answers: list[str] = []
    for start in range(0, len(rows), workload.BATCH):
        chosen = rows[start : start + workload.BATCH]
        pictures = [Image.open(arguments.folder / row["image"]).convert("RGB") for row in chosen]
        texts = [f"<bos><image><user>{row['question']}<model>" for row in chosen]
        batch = processor(images=pictures, text=texts, return_tensors="pt", padding=True, add_special_tokens=False)
        with torch.inference_mode():
            ids_BT = model.generate(**batch, generation_config=greedy)
        answers += processor.batch_decode(ids_BT[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)
        if timer.tick(len(chosen)):
            break
    timer.report(answers=answers)


if __name__ == "__main__":
    main()
