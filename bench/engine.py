"""Training steps a second: a picture computed once for all its questions, against a plain transformers loop.

A random LLaVA of about 19 million parameters (CLIP, 336 px, 576 image tokens; Gemma, width 256, vocabulary 32,000)
with LoRA r=16 on the language model's attention, float32. Each case runs in a process of its own, so that peak memory
is its own; the ratios are of cases run one after the other on the same machine. The limit is one forward and backward
pass over each unique token, in plain causal rows: what sharing could reach at best.

    python bench/engine.py [--questions 1 6 30] [--seconds 20]
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

IMAGE, PROMPT_TOKENS, ANSWER_TOKENS, VOCABULARY = 31_999, 14, 4, 32_000
N_IMAGE_TOKENS, BATCH = 576, 8


def build_model() -> torch.nn.Module:
    """The model of the table, adapters in place."""
    from peft import LoraConfig, get_peft_model
    from transformers import CLIPVisionConfig, GemmaConfig, LlavaConfig, LlavaForConditionalGeneration

    torch.manual_seed(0)
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(
            hidden_size=320,
            intermediate_size=1280,
            num_hidden_layers=6,
            num_attention_heads=5,
            image_size=336,
            patch_size=14,
        ),
        text_config=GemmaConfig(
            vocab_size=VOCABULARY,
            hidden_size=256,
            intermediate_size=1024,
            num_hidden_layers=6,
            num_attention_heads=4,
            num_key_value_heads=1,
            head_dim=64,
        ),
        image_token_index=IMAGE,
    )
    base = LlavaForConditionalGeneration(config)
    pattern = r"model\.language_model\..*\.[qkvo]_proj"
    return get_peft_model(base, LoraConfig(r=16, lora_alpha=32, target_modules=pattern))


def make_questions(picture: int, count: int) -> list[np.ndarray]:
    """Token ids of `count` questions on one picture: begin, picture, prompt, answer."""
    chance = np.random.default_rng(picture)
    shared = [2, *[IMAGE] * N_IMAGE_TOKENS, 5]
    own = chance.integers(10, VOCABULARY - 10, (count, PROMPT_TOKENS + ANSWER_TOKENS))
    return [np.asarray([*shared, *tokens], dtype=np.int64) for tokens in own.tolist()]


def lensmith_step(model: torch.nn.Module, questions: int, *, kept: bool = False) -> tuple[Callable[[int], None], int]:
    """One optimiser step's forward and backward pass as lensmith does it, and how many questions it holds."""
    from lensmith.batching.rows import PIXELS, lay_trees
    from lensmith.batching.trees import grow_trees
    from lensmith.families.encoded import Encoded, ImageSpan
    from lensmith.families.llava import Llava
    from lensmith.training.module import SupervisedModule

    class Family(Llava):
        def __init__(self, config: object) -> None:  # tokens are made here, so there is no processor
            self.config = config

    module = SupervisedModule(model, Family(model.get_base_model().config))
    pictures = max(1, BATCH // questions)

    def step(number: int) -> None:
        items = []
        for picture in range(number * pictures, (number + 1) * pictures):
            for ids in make_questions(picture, questions):
                weights = np.zeros(len(ids), dtype=np.float32)
                weights[-ANSWER_TOKENS:] = 1
                items.append(Encoded(ids, weights, (ImageSpan(1, N_IMAGE_TOKENS),), (picture,), str(picture)))  # type: ignore[arg-type]
        batch = lay_trees(grow_trees(items, share=True), 0)
        if kept:
            batch["projected_UPD"] = torch.randn(pictures, N_IMAGE_TOKENS, 256)
        else:
            batch[PIXELS + "pixel_values"] = torch.randn(pictures, 3, 336, 336)
        out = module(**batch)
        (out["loss_sum"] / out["weight_sum"]).backward()

    return step, pictures * questions


def kept_step(model: torch.nn.Module, questions: int) -> tuple[Callable[[int], None], int]:
    """The same once a frozen tower's features are stored: every epoch but the first."""
    return lensmith_step(model, questions, kept=True)


def plain_step(model: torch.nn.Module, questions: int) -> tuple[Callable[[int], None], int]:
    """The same questions one a row, with labels, as a plain transformers loop does it."""

    def step(number: int) -> None:
        ids = [ids for at in range(BATCH) for ids in make_questions((number * BATCH + at) // questions, questions)[:1]]
        ids_BT = torch.from_numpy(np.stack(ids))
        labels = ids_BT.clone()
        labels[:, :-ANSWER_TOKENS] = -100
        model(input_ids=ids_BT, pixel_values=torch.randn(BATCH, 3, 336, 336), labels=labels).loss.backward()

    return step, BATCH


def limit_step(model: torch.nn.Module, questions: int) -> tuple[Callable[[int], None], int]:
    """Every unique token once, in plain causal rows: what sharing could reach at best."""
    base = model.get_base_model()
    pictures = max(1, BATCH // questions)
    length = 2 + N_IMAGE_TOKENS + questions * (PROMPT_TOKENS + ANSWER_TOKENS)

    def step(number: int) -> None:
        ids_BT = torch.randint(10, VOCABULARY - 10, (pictures, length))
        ids_BT[:, 1 : 1 + N_IMAGE_TOKENS] = IMAGE
        hidden: Tensor = base.model(
            input_ids=ids_BT, pixel_values=torch.randn(pictures, 3, 336, 336), use_cache=False
        ).last_hidden_state
        logits = base.lm_head(hidden[:, -questions * ANSWER_TOKENS :])
        torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), ids_BT[:, -questions * ANSWER_TOKENS :].flatten()
        ).backward()

    return step, pictures * questions


CASES = {"lensmith": lensmith_step, "kept": kept_step, "plain": plain_step, "limit": limit_step}


def run_case(case: str, questions: int, seconds: float) -> dict[str, float]:
    """Steps for so many seconds after one that is not counted."""
    model = build_model()
    step, count = CASES[case](model, questions)
    step(0)
    began, steps = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        steps += 1
        step(steps)
        model.zero_grad()
    taken_s = time.perf_counter() - began
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return {"questions_per_s": steps * count / taken_s, "peak_gb": peak_bytes / 1e9}


def measure(arguments: argparse.Namespace) -> Iterator[str]:
    """A line for each number of questions a picture."""
    heads = ("a picture", "lensmith", "features kept", "plain", "ratio", "ratio kept", "memory", "limit/lensmith")
    yield " ".join(f"{head:>14}" for head in heads)
    for questions in arguments.questions:
        found = {}
        for case in CASES:
            command = [sys.executable, __file__, "--case", case, "--questions", str(questions)]
            done = subprocess.run(
                [*command, "--seconds", str(arguments.seconds)], capture_output=True, text=True, check=True
            )
            found[case] = json.loads(done.stdout.splitlines()[-1])
        rate = {case: each["questions_per_s"] for case, each in found.items()}
        cells = (
            f"{questions}",
            *(f"{rate[case]:.2f}/s" for case in ("lensmith", "kept", "plain")),
            f"{rate['lensmith'] / rate['plain']:.1f}×",
            f"{rate['kept'] / rate['plain']:.1f}×",
            f"{found['plain']['peak_gb'] / found['lensmith']['peak_gb']:.1f}×",
            f"{rate['limit'] / rate['lensmith']:.2f}×",
        )
        yield " ".join(f"{cell:>14}" for cell in cells)


def main() -> None:
    """Runs one case, or all of them and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, nargs="+", default=[1, 6, 30])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--case", choices=sorted(CASES))
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(run_case(arguments.case, arguments.questions[0], arguments.seconds)))
        return
    for line in measure(arguments):
        print(line, flush=True)


if __name__ == "__main__":
    main()
