"""Lab models load as hub models do, in every variant, and are odd only where they say so."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor, LlavaForConditionalGeneration

from lensmith.errors import UnknownNameError
from lensmith.lab.models import SIZES, Text, Tower, Variant, build_llava

VARIANTS = [Variant(*parts) for parts in itertools.product(get_args(Text), get_args(Tower), (False, True))]
QUESTION = [{"type": "image"}, {"type": "text", "text": "Что это?"}]


def name(variant: Variant) -> str:
    return f"{variant.text}-{variant.tower}{'-legacy' if variant.legacy else ''}"


@pytest.fixture(params=VARIANTS, ids=name)
def variant(request: pytest.FixtureRequest) -> Variant:
    return request.param


@pytest.fixture
def folder(variant: Variant, build_once: Callable[..., Path]) -> Path:
    return build_once(f"lab-{name(variant)}", lambda out: build_llava(out, seed=0, size="test", variant=variant))


def load(folder: Path) -> tuple[Any, Any]:
    """The model, with every weight from the file and none left over, and the processor."""
    model, info = LlavaForConditionalGeneration.from_pretrained(folder, output_loading_info=True)
    assert not any(info.values()), info
    return model, AutoProcessor.from_pretrained(folder)


def prepare(model: Any, processor: Any, variant: Variant, texts: list[str]) -> Any:
    """Inputs for questions about a picture that is not square, with what a legacy processor lacks set by hand."""
    if variant.legacy:
        processor.patch_size = model.config.vision_config.patch_size
        processor.vision_feature_select_strategy = model.config.vision_feature_select_strategy
        processor.num_additional_image_tokens = 1 if variant.tower == "clip" else 0
    picture = Image.new("RGB", (50, 40), (200, 30, 30))
    return processor(text=texts, images=[picture] * len(texts), padding=True, return_tensors="pt")


def render(processor: Any, variant: Variant, text: str) -> str:
    if variant.legacy:
        messages = [{"role": "user", "content": f"<image>\n{text}"}]
        return processor.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    messages = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": text}]}]
    return processor.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)


def test_image_tokens_are_as_many_as_image_features(folder: Path, variant: Variant) -> None:
    model, processor = load(folder)
    batch = prepare(model, processor, variant, [render(processor, variant, "Что это?")])
    n_tokens = int((batch["input_ids"] == model.config.image_token_id).sum())
    features_TD = model.get_image_features(batch["pixel_values"]).pooler_output[0]
    assert n_tokens == features_TD.shape[0] == model.config.image_seq_length == 16
    assert torch.isfinite(model(**batch).logits).all()


def test_generating_looks_at_the_picture_and_not_at_the_padding(folder: Path, variant: Variant) -> None:
    model, processor = load(folder)
    texts = [render(processor, variant, text) for text in ("Что это?", "Какая фигура красная и где она?")]
    together = prepare(model, processor, variant, texts)
    answers_BT = model.generate(**together, max_new_tokens=4, do_sample=False)[:, together["input_ids"].shape[1] :]
    alone = prepare(model, processor, variant, texts[:1])
    answer_T = model.generate(**alone, max_new_tokens=4, do_sample=False)[0, alone["input_ids"].shape[1] :]
    assert answers_BT[0, : len(answer_T)].tolist() == answer_T.tolist()
    other = alone | {"pixel_values": -alone["pixel_values"]}
    assert not torch.allclose(model(**alone).logits[:, -1], model(**other).logits[:, -1], atol=1e-4)


def test_every_prompt_begins_with_one_bos_and_ends_with_the_answers_turn(folder: Path, variant: Variant) -> None:
    model, processor = load(folder)
    text = render(processor, variant, "Что это?")
    turn = "<start_of_turn>user\n<image>\nЧто это?<end_of_turn>\n<start_of_turn>model\n"
    assert text == (turn if variant.legacy else "<bos>" + turn)
    ids = prepare(model, processor, variant, [text])["input_ids"][0].tolist()
    assert ids[0] == processor.tokenizer.bos_token_id
    assert ids.count(processor.tokenizer.bos_token_id) == 1


def test_nothing_but_data_is_in_the_folder(folder: Path) -> None:
    files = {path.name for path in folder.iterdir()}
    assert {path.suffix for path in folder.iterdir()} <= {".json", ".jinja", ".safetensors"}
    assert {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json"} <= files
    assert not any(b"auto_map" in path.read_bytes() for path in folder.glob("*.json"))


def modern(build_once: Callable[..., Path], size: str = "test") -> Path:
    return build_once(f"lab-modern-{size}", lambda out: build_llava(out, seed=0, size=size))


def test_the_template_tells_roles_apart_and_keeps_system_turns(build_once: Callable[..., Path]) -> None:
    processor = AutoProcessor.from_pretrained(modern(build_once))
    messages = [
        {"role": "system", "content": [{"type": "text", "text": " Кратко. "}]},
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "круг"},
    ]
    assert processor.apply_chat_template(messages, tokenize=False) == (
        "<bos><start_of_turn>system\nКратко.<end_of_turn>\n<start_of_turn>user\n<image>\nЧто это?<end_of_turn>\n"
        "<start_of_turn>model\nкруг<end_of_turn>\n"
    )


def test_generation_ends_with_the_turn(build_once: Callable[..., Path]) -> None:
    folder = modern(build_once)
    model, tokenizer = (
        AutoModelForImageTextToText.from_pretrained(folder),
        AutoProcessor.from_pretrained(folder).tokenizer,
    )
    assert model.generation_config.eos_token_id == tokenizer.convert_tokens_to_ids(["<eos>", "<end_of_turn>"])
    assert model.generation_config.pad_token_id == tokenizer.pad_token_id


@pytest.mark.parametrize("tower", get_args(Tower))
def test_a_legacy_folder_has_the_traps_of_published_ones(tower: Tower, build_once: Callable[..., Path]) -> None:
    variant = Variant("gemma", tower, legacy=True)
    folder = build_once(f"lab-{name(variant)}", lambda out: build_llava(out, seed=0, size="test", variant=variant))
    model, processor = load(folder)
    tokenizer = processor.tokenizer
    assert not (folder / "processor_config.json").exists()
    assert not (folder / "chat_template.jinja").exists()
    assert (processor.patch_size, processor.num_additional_image_tokens, processor.chat_template) == (None, 0, None)
    assert "bos_token" not in tokenizer.chat_template
    assert tokenizer("да")["input_ids"][0] == tokenizer.bos_token_id
    assert (tokenizer.pad_token_id, model.config.pad_token_id) == (0, model.config.image_token_id + 1)
    assert model.get_input_embeddings().weight.shape[0] % 64 == 0
    assert model.config.vision_feature_layer == -2
    with pytest.raises(TypeError, match="NoneType"):
        processor(text=["<image>"], images=[Image.new("RGB", (40, 40))], return_tensors="pt")
    with pytest.raises(Exception, match="System role not supported"):
        tokenizer.apply_chat_template([{"role": "system", "content": "a"}], tokenize=False)
    with pytest.raises(Exception, match="must alternate"):
        tokenizer.apply_chat_template([{"role": "user", "content": "a"}] * 2, tokenize=False)


def test_half_a_repair_of_a_legacy_clip_processor_leaves_one_token_too_few(build_once: Callable[..., Path]) -> None:
    variant = Variant("gemma", "clip", legacy=True)
    folder = build_once(f"lab-{name(variant)}", lambda out: build_llava(out, seed=0, size="test", variant=variant))
    model, processor = load(folder)
    processor.patch_size, processor.vision_feature_select_strategy = 8, "default"
    batch = processor(text=["<image>"], images=[Image.new("RGB", (40, 40))], return_tensors="pt")
    assert int((batch["input_ids"] == model.config.image_token_id).sum()) == 15
    with pytest.raises(ValueError, match="do not match"):
        model(**batch)


def test_the_same_seed_gives_the_same_bytes_and_leaves_other_randomness_alone(tmp_path: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, again, other = (build_llava(tmp_path / str(at), seed=seed, size="test") for at, seed in enumerate((1, 1, 2)))
    assert torch.equal(torch.rand(3), expected)
    names = sorted(path.name for path in first.iterdir())
    assert [(first / file).read_bytes() for file in names] == [(again / file).read_bytes() for file in names]
    assert (first / "model.safetensors").read_bytes() != (other / "model.safetensors").read_bytes()


@pytest.mark.parametrize(("size", "low", "high"), [("test", 10_000, 100_000), ("demo", 200_000, 2_000_000)])
def test_sizes_are_small(size: str, low: int, high: int, build_once: Callable[..., Path]) -> None:
    model, processor = load(modern(build_once, size))
    assert low < sum(weight.numel() for weight in model.parameters()) < high
    side_px = SIZES[size].picture_px
    shape = processor.image_processor(images=[Image.new("RGB", (90, 70))], return_tensors="pt")["pixel_values"].shape
    assert shape == (1, 3, side_px, side_px)


@pytest.mark.parametrize(
    ("size", "variant", "fix"),
    [
        ("demmo", Variant(), "did you mean `demo`"),
        ("test", Variant(text="gema"), "did you mean `gemma`"),
        ("test", Variant(tower="vit"), "available: clip, siglip"),
    ],
)
def test_unknown_names_are_refused_before_anything_is_written(size, variant, fix, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=fix):
        build_llava(tmp_path / "model", seed=0, size=size, variant=variant)
    assert not (tmp_path / "model").exists()
