"""What Moondream2 does that no other family does: views of any number, an open prefix, heads that text leaves alone."""

import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from moondream_vectors import FIRST, SECOND
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText, AutoProcessor

from lensmith.batching.rows import Collator, lay_rows, read_inputs, read_pixels
from lensmith.config.sections import LoraSection, ModelSection, PromptSection, TuneSection
from lensmith.errors import ModelError
from lensmith.evaluation.decode import answer_questions
from lensmith.evaluation.greedy import DecodeSettings
from lensmith.families.attention import FLEX, offer_flex
from lensmith.families.contract import Family
from lensmith.families.opening import load_model, open_family
from lensmith.families.tuned import attach_adapter, unwrap
from lensmith.lab.moondream2 import EARLY, LATE, build_moondream2
from lensmith.training.adapters import apply_tuning
from lensmith.training.deliver import merge_adapter, write_model
from lensmith.training.module import SupervisedModule
from lensmith.types import Example
from tiny_models import Noise, Plain, load_tiny, make_example, open_tiny, to_png

BOTH = [FIRST, SECOND]


@pytest.fixture(params=BOTH)
def generation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def folder(generation: str, build_once: Callable[..., Path]) -> Path:
    release = EARLY if generation == FIRST else LATE
    return build_once(f"moondream2-{release}-3", lambda out: build_moondream2(out, seed=3, release=release))


# Pictures


def losses(module: SupervisedModule, items: list[Any]) -> float:
    with torch.no_grad():
        return float(module(**Collator(module.family)(items))["loss_sum"])


@dataclass(frozen=True, slots=True)
class Strip:
    """A picture of noise, twice as wide as high or the other way."""

    seed: int
    size: tuple[int, int]

    @property
    def name(self) -> str:
        return f"strip-{self.seed}.png"

    def read_bytes(self) -> bytes:
        return to_png(Noise(self.seed).draw().resize(self.size))


def test_pictures_of_all_tilings_in_one_batch(folder: Path, generation: str) -> None:
    family = open_tiny(folder)
    module = SupervisedModule(load_tiny(family, folder), family)
    images = [Strip(1, (96, 48)), Plain((200, 10, 30)), Noise(2), Strip(3, (48, 96)), Strip(4, (96, 48))]
    said = ["this", "that", "a cat", "кот", "red"]
    asked = [make_example(("What?", answer)).turns for answer in said]
    items = [
        family.encode(Example(f"e{at}", (image,), turns, "g"))
        for at, (image, turns) in enumerate(zip(images, asked, strict=True))
    ]
    names = sorted(read_pixels(family, items))
    tilings = ["1x1", "1x2", "2x1", "2x2"] if generation == FIRST else ["2x5", "3x3", "5x2"]
    assert names == sorted(f"pixels_pixel_{kind}_{tiling}" for kind in ("values", "places") for tiling in tilings)
    alone = [losses(module, [item]) for item in items]
    assert losses(module, items) == pytest.approx(sum(alone), rel=1e-5)
    assert losses(module, items[::-1]) == pytest.approx(sum(alone), rel=1e-5)


def test_kept_features_are_the_computed_ones(folder: Path) -> None:
    family = open_tiny(folder)
    model = load_tiny(family, folder)
    items = [family.encode(make_example(("What?", "this"), number=at)) for at in range(3)]
    batch = {**lay_rows(items, family.pad_id), **read_pixels(family, items)}
    with torch.no_grad():
        computed = family.hidden(model, read_inputs(model, family, batch))
        seen = [family.see(model, family.pixels([image.draw()])) for item in items for image in item.images]
        kept = {name: value for name, value in batch.items() if not name.startswith("pixels_")}
        stored = family.hidden(model, read_inputs(model, family, {**kept, "seen_UPD": torch.cat(seen)}))
    torch.testing.assert_close(stored, computed, atol=1e-5, rtol=1e-5)


def test_settings_of_seeing_are_json_and_change_with_them(folder: Path) -> None:
    family = open_tiny(folder)
    before = json.dumps(family.seeing_settings(), sort_keys=True)
    family.processor.pictures["max_crops"] = 3
    assert json.dumps(family.seeing_settings(), sort_keys=True) != before


# Attention


def tree_batch(family: Family) -> dict[str, torch.Tensor]:
    asked = [make_example((question, "yes")) for question in ("one?", "two?", "and three?")]
    asked += [make_example(("Что это?", "кот"), number=4), make_example(("Где?", "тут"), number=4)]
    return Collator(family)([family.encode(example) for example in asked])


def test_block_masks_say_the_same(folder: Path) -> None:
    family = open_tiny(folder)
    model: Any = load_tiny(family, folder)
    batch = tree_batch(family)
    with torch.no_grad():
        plain = family.hidden(model, read_inputs(model, family, batch))
        model.set_attn_implementation({"text_config": offer_flex()})
        assert model.config.text_config._attn_implementation == FLEX
        inputs = read_inputs(model, family, batch)
        assert not isinstance(inputs.mask, torch.Tensor)
        blocks = family.hidden(model, inputs)
    real = batch["segment_BT"] >= 0
    torch.testing.assert_close(blocks[real], plain[real], atol=1e-5, rtol=1e-5)


def test_only_2025_lets_the_picture_see_ahead(folder: Path, generation: str) -> None:
    """What stands last in a picture reaches the first token there, and in 2024 only what follows."""
    family = open_tiny(folder)
    model: Any = load_tiny(family, folder)
    item = family.encode(make_example(("What?", "this")))
    batch = {**lay_rows([item], family.pad_id)}
    with torch.no_grad():
        projected = family.project(model, family.see(model, family.pixels([Noise(0).draw()])))
        changed = projected.clone()
        changed[0, -1] = -changed[0, -2]  # adding a number to all of it would be taken out by the norm
        first, second = (
            family.hidden(model, read_inputs(model, family, {**batch, "projected_UPD": each}))
            for each in (projected, changed)
        )
    moved = ((first - second).abs().amax(dim=-1)[0] > 1e-6).tolist()
    assert moved == [generation == SECOND] * 16 + [True] * (len(item) - 16)


# Training and what comes of it


def test_recomputed_activations_change_nothing(folder: Path) -> None:
    family = open_tiny(folder)
    module = SupervisedModule(apply_tuning(load_tiny(family, folder), family.facts, FULL, 0), family).train()
    batch = tree_batch(family)
    gradients = []
    for recompute in (False, True):
        if recompute:
            module.recompute_activations()
            blocks = [each for each in module.modules() if getattr(each, "gradient_checkpointing", False)]
            assert len(blocks) == 4
        module.zero_grad()
        module(**batch)["loss_sum"].backward()
        gradients.append({name: value.grad for name, value in module.named_parameters() if value.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, value in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], value, atol=1e-6, rtol=1e-5)


FULL = TuneSection(method="full", freeze=[])
LORA = TuneSection(method="lora", lora=LoraSection(r=4, targets="all", components=["vision", "language"]))


def test_adapters_merge_and_come_off(folder: Path, tmp_path: Path) -> None:
    family = open_tiny(folder)
    batch = tree_batch(family)

    def loss(model: Any) -> float:
        with torch.no_grad():
            return float(SupervisedModule(model.eval(), family)(**batch)["loss_sum"])

    before = loss(load_tiny(family, folder))
    tuned: Any = apply_tuning(load_tiny(family, folder), family.facts, LORA, 0)
    for name, value in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(value, std=0.1)
    after = loss(tuned)
    assert abs(after - before) > 0.1
    with tuned.disable_adapter():
        assert loss(tuned) == pytest.approx(before, rel=1e-6)
    write_model(tuned, family, tmp_path / "adapter")
    attached = attach_adapter(load_tiny(family, folder), tmp_path / "adapter")
    assert loss(attached) == pytest.approx(after, rel=1e-6)
    assert loss(merge_adapter(tuned)) == pytest.approx(after, rel=1e-5)


def test_a_delivered_model_opens_by_itself(folder: Path, tmp_path: Path) -> None:
    family = open_tiny(folder)
    model = load_tiny(family, folder)
    delivered = write_model(model, family, tmp_path / "model")
    assert load_file(delivered / "model.safetensors").keys() == load_file(folder / "model.safetensors").keys()
    again = open_tiny(delivered)
    example = make_example(("Что на картинке?", "кот 🐈"), ("Где?", "тут"), pictures=2)
    assert again.encode(example).ids_T.tolist() == family.encode(example).ids_T.tolist()
    assert again.stop_ids == family.stop_ids
    for name, value in again.pixels([Noise(1).draw()]).items():
        assert torch.equal(value, family.pixels([Noise(1).draw()])[name])
    loaded = load_tiny(again, delivered)
    for name, value in unwrap(loaded).state_dict().items():
        assert torch.equal(value, model.state_dict()[name])


def test_transformers_answers_by_itself(folder: Path) -> None:
    """Processor and `generate`, as someone would use them who knows nothing of lensmith but its classes."""
    family = open_tiny(folder)
    model: Any = AutoModelForImageTextToText.from_pretrained(folder).eval()
    model.config.image_token_id = family.processor.image_token_id
    processor = AutoProcessor.from_pretrained(folder)
    texts = [
        processor.tokenizer.apply_chat_template(
            [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": question}]}],
            chat_template=processor.chat_template,
            tokenize=False,
        )
        for question in ("What?", "What is it, and where?")
    ]
    images = [Noise(1).draw(), Noise(2).draw()]
    seen: list[int] = []
    model.register_forward_hook(lambda *given: seen.append(1))
    together = model.generate(**processor(images=images, text=texts), max_new_tokens=5, do_sample=False)
    for row, (image, text) in enumerate(zip(images, texts, strict=True)):
        alone = model.generate(**processor(images=image, text=text), max_new_tokens=5, do_sample=False)
        assert together[row, -5:].tolist() == alone[0, -5:].tolist()
    assert len(seen) == 15


@pytest.mark.parametrize("release", [LATE, "2025-04-14", EARLY])
def test_only_the_latest_release_forbids_its_answer_token_after_the_first(
    release: str, build_once: Callable[..., Path]
) -> None:
    """A model that would say nothing but token 3, and second best "a"."""
    folder = build_once(f"moondream2-{release}-3", lambda out: build_moondream2(out, seed=3, release=release))
    section = ModelSection(name=str(folder), revision=release)
    family = open_family(section, PromptSection())
    model: Any = load_model(family, section, device=torch.device("cpu"), dtype=torch.float32)
    (a,) = family.tokenizer("a", add_special_tokens=False)["input_ids"]
    bias = model.get_parameter("text_model.lm_head.linear.bias" if release == EARLY else "model.text.lm_head.bias")
    with torch.no_grad():
        bias[3], bias[a] = 2e4, 1e4
    said = [3, a, a, a] if release == LATE else [3, 3, 3, 3]

    example = make_example(("What?", "a"))
    ids_BT = torch.tensor(family.encode(example, answered=False).ids_T)[None]
    pictures = family.pixels([image.draw() for image in example.images])
    made = model.generate(input_ids=ids_BT, max_new_tokens=4, do_sample=False, **pictures)
    assert made[0, ids_BT.shape[1] :].tolist() == said
    ((prediction,),) = answer_questions(model, family, [example], DecodeSettings(1, 4))
    assert prediction.prediction == family.decode(said)


# Errors


def test_a_stop_rule_from_a_file_is_not_believed(folder: Path, tmp_path: Path) -> None:
    """Phi's config ends at token 2, a number sign; no release does."""
    for path in folder.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "generation_config.json").write_text('{"eos_token_id": 2, "bos_token_id": 1}')
    family = open_tiny(tmp_path)
    assert family.stop_ids == (family.tokenizer.eos_token_id,)


def test_pictures_that_do_not_fit_the_text_are_refused(folder: Path) -> None:
    family = open_tiny(folder)
    model: Any = load_tiny(family, folder)
    inputs = family.processor(images=[Noise(1).draw()], text="<image><image>Hm?")
    with pytest.raises(ValueError, match="32 image tokens, 1 pictures"):
        model(**inputs)


def test_processor_of_another_size_is_refused(folder: Path) -> None:
    family = open_tiny(folder)
    family.processor.image_tokens = 25
    with pytest.raises(ModelError, match="25 tokens") as caught:
        load_tiny(family, folder)
    assert caught.value.problems[0].code == "model/vocabulary"


@pytest.mark.parametrize("named", [None, [], ["Phi3VForCausalLM"]])
def test_config_of_neither_generation_is_one_problem(folder: Path, tmp_path: Path, named: list[str] | None) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (tmp_path / "config.json").write_text(json.dumps({**config, "architectures": named}))
    with pytest.raises(ModelError, match="HfMoondream") as caught:
        open_tiny(tmp_path)
    assert caught.value.problems[0].code == "model/cannot-open"


def test_family_goes_to_worker_processes(folder: Path) -> None:
    family = open_tiny(folder)
    copied = pickle.loads(pickle.dumps(family))
    example = make_example(("Что?", "кот"))
    assert copied.encode(example).ids_T.tolist() == family.encode(example).ids_T.tolist()
    assert read_pixels(copied, [copied.encode(example)]).keys() == read_pixels(family, [family.encode(example)]).keys()


def test_weights_of_a_release_without_region_heads_are_not_made_up(tmp_path: Path) -> None:
    """Releases before 2024-08-26 have none."""
    folder = build_moondream2(tmp_path / "model", seed=1)
    weights = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if "region" not in name}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match="region_model") as caught:
        load_tiny(open_tiny(folder), folder)
    assert caught.value.problems[0].code == "model/missing-weights"
