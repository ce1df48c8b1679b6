"""What sharing could reach at best: one forward and one backward pass over each unique token, in plain causal rows.

A picture and all its questions make one row, in which every token sees all before it: wrong as training, right as a
measure. Logits are those of answer tokens. Tensors are ready before the clock starts; there is no optimiser, no
Trainer and no picture to decode. With `--features kept` there is no vision tower either. In bf16 the adapters are bf16,
too: nothing is converted.
"""

import clock
import torch
import workload
from torch.nn.functional import cross_entropy


def main() -> None:
    from peft import LoraConfig, get_peft_model

    arguments = clock.read_arguments(
        __doc__, **clock.SETUP, features=["off", "kept"], pictures=["one", "step", "eight"]
    )
    setup = workload.read_setup(arguments)
    workload.make(arguments.folder, arguments.questions, setup)
    base = workload.load_model(arguments.folder, setup)
    adapters = LoraConfig(r=workload.RANK, lora_alpha=workload.ALPHA, target_modules=workload.ADAPTED)
    get_peft_model(base, adapters, autocast_adapter_dtype=False).train()
    questions, (pictures, passes) = arguments.questions, workload.plan_step(arguments.pictures, arguments.questions)
    supervised, vocabulary = questions * (workload.ANSWER_WORDS + 1), setup.sizes.vocabulary
    placed = {"device": setup.device, "dtype": setup.dtype}
    ids_BT = torch.randint(10, vocabulary - 10, (pictures, workload.row_tokens(questions)), device=setup.device)
    target_N = ids_BT[:, -supervised:].flatten()
    ids_BT[:, 1 : 1 + workload.IMAGE_TOKENS] = vocabulary - 1
    pixels = torch.randn(pictures, 3, workload.PICTURE_PX, workload.PICTURE_PX, **placed)
    body, given = base.model, {"input_ids": ids_BT, "pixel_values": pixels}
    if arguments.features == "kept":
        body, given = body.language_model, {"inputs_embeds": torch.randn(*ids_BT.shape, setup.sizes.width, **placed)}
    timer = clock.Clock(arguments.seconds, pictures * passes * questions, setup.device)
    while True:
        for _ in range(passes):
            hidden_BTD = body(**given, use_cache=False).last_hidden_state
            logits_NV = base.lm_head(hidden_BTD[:, -supervised:].flatten(0, 1))
            cross_entropy(logits_NV, target_N).backward()
        base.zero_grad()
        if timer.tick():
            break
    timer.report()


if __name__ == "__main__":
    main()
