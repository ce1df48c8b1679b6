"""TRL's SFTTrainer on prompts and completions with pictures, batch 8, its own defaults but for float32 on the CPU.

On a GPU its weights are bf16 like lensmith's, and as many worker processes read its pictures, which it does not do by
default.
Gradient checkpointing, which TRL turns on unless told, can be turned off with `--checkpointing off`; `--batch 1`
takes one question a forward pass and 8 of them a step.
"""

import tempfile

import clock
import workload


def read_dataset(arguments):
    """Rows as TRL documents them: prompt, completion, images; pictures are read from their files as they come."""
    from datasets import Dataset, Image, List

    rows = [
        {
            "prompt": [{"role": "user", "content": row["question"]}],
            "completion": [{"role": "assistant", "content": row["answer"]}],
            "images": [str(arguments.folder / row["image"])],
        }
        for row in workload.read_rows(arguments.folder, arguments.questions)
    ]
    return Dataset.from_list(rows).cast_column("images", List(Image()))


def main() -> None:
    from peft import LoraConfig
    from transformers import AutoProcessor
    from trl import SFTConfig, SFTTrainer

    arguments = clock.read_arguments(__doc__, **clock.SETUP, checkpointing=["on", "off"], batch=["8", "1"])
    setup = workload.read_setup(arguments)
    workload.make(arguments.folder, arguments.questions, setup)
    timer = clock.Clock(arguments.seconds, workload.BATCH, setup.device)
    with tempfile.TemporaryDirectory() as folder:
        settings = SFTConfig(
            output_dir=folder,
            per_device_train_batch_size=int(arguments.batch),
            gradient_accumulation_steps=workload.BATCH // int(arguments.batch),
            gradient_checkpointing=arguments.checkpointing == "on",
            num_train_epochs=1000,
            learning_rate=1e-4,
            use_cpu=setup.device == "cpu",
            bf16=setup.precision == "bf16",
            max_length=None,  # otherwise pictures would be cut
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
            dataloader_num_workers=setup.workers,
            dataloader_persistent_workers=setup.workers > 0,
            dataloader_pin_memory=setup.device == "cuda",
        )
        trainer = SFTTrainer(
            model=workload.load_model(arguments.folder, setup),
            args=settings,
            train_dataset=read_dataset(arguments),
            processing_class=AutoProcessor.from_pretrained(arguments.folder / "model"),
            peft_config=LoraConfig(r=workload.RANK, lora_alpha=workload.ALPHA, target_modules=workload.ADAPTED),
            callbacks=[timer],
        )
        trainer.train()
    timer.report()


if __name__ == "__main__":
    main()
