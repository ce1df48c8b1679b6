"""What sharing could reach at best: one forward and one backward pass over each unique token, in plain causal rows.

A picture and all its questions make one row, in which every token sees all before it: wrong as training, right as a
measure. Logits are those of answer tokens. Tensors are ready before the clock starts; there is no optimiser, no
Trainer and no picture to decode. With `--features kept` there is no vision tower either.
"""

import clock
import torch
import workload
from torch.nn.functional import cross_entropy


def main() -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import LlavaForConditionalGeneration

    arguments = clock.read_arguments(__doc__, features=["off", "kept"])
    workload.make(arguments.folder, arguments.questions)
    base = LlavaForConditionalGeneration.from_pretrained(arguments.folder / "model")
    adapters = LoraConfig(r=workload.RANK, lora_alpha=workload.ALPHA, target_modules=workload.ADAPTED)
    get_peft_model(base, adapters).train()
    questions, pictures = arguments.questions, max(1, round(workload.BATCH / arguments.questions))
    own = 1 + workload.QUESTION_WORDS + 1 + workload.ANSWER_WORDS + 1
    supervised = questions * (workload.ANSWER_WORDS + 1)
    ids_BT = torch.randint(10, workload.VOCABULARY - 10, (1, 1 + workload.IMAGE_TOKENS + questions * own))
    ids_BT[:, 1 : 1 + workload.IMAGE_TOKENS] = workload.VOCABULARY - 1
    given = {"input_ids": ids_BT, "pixel_values": torch.randn(1, 3, workload.PICTURE_PX, workload.PICTURE_PX)}
    body = base.model
    if arguments.features == "kept":
        body, given = base.model.language_model, {"inputs_embeds": torch.randn(*ids_BT.shape, 256)}
    timer = clock.Clock(arguments.seconds, pictures * questions)
    while True:
        for _ in range(pictures):
            hidden_BTD = body(**given, use_cache=False).last_hidden_state
            logits_NV = base.lm_head(hidden_BTD[0, -supervised:])
            cross_entropy(logits_NV, ids_BT[0, -supervised:]).backward()
        base.zero_grad()
        if timer.tick():
            break
    timer.report()


if __name__ == "__main__":
    main()
