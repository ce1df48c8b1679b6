"""What sharing could reach at best in answering: each unique token read once, then one pass a token of an answer.

A picture and all its questions make one plain causal row with a cache; each later pass adds one token a question.
Wrong as answers, right as a measure. With `--features kept` there is no vision tower.
"""

import clock
import torch
import workload


def main() -> None:
    from transformers import DynamicCache, LlavaForConditionalGeneration

    arguments = clock.read_arguments(__doc__, features=["off", "kept"])
    workload.make(arguments.folder, arguments.questions)
    model = LlavaForConditionalGeneration.from_pretrained(arguments.folder / "model").eval()
    questions, text = arguments.questions, model.model.language_model
    own = 1 + workload.QUESTION_WORDS + 1
    ids_BT = torch.randint(10, workload.VOCABULARY - 10, (1, 1 + workload.IMAGE_TOKENS + questions * own))
    ids_BT[:, 1 : 1 + workload.IMAGE_TOKENS] = workload.VOCABULARY - 1
    given = {"input_ids": ids_BT, "pixel_values": torch.randn(1, 3, workload.PICTURE_PX, workload.PICTURE_PX)}
    body = model.model
    if arguments.features == "kept":
        body, given = text, {"inputs_embeds": torch.randn(*ids_BT.shape, text.config.hidden_size)}
    timer = clock.Clock(arguments.seconds, questions)
    with torch.inference_mode():
        while True:
            cache = DynamicCache(config=text.config)
            hidden_BTD = body(**given, past_key_values=cache, use_cache=True).last_hidden_state
            for left in reversed(range(workload.NEW_TOKENS)):
                new_BT = model.lm_head(hidden_BTD[:, -questions:]).argmax(dim=-1)
                if left:
                    hidden_BTD = text(input_ids=new_BT, past_key_values=cache, use_cache=True).last_hidden_state
            if timer.tick():
                break
    timer.report()


if __name__ == "__main__":
    main()
