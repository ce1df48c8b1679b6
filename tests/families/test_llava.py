"""LLaVA's traps: what older checkpoints lack is mended, counted right, and said."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from checkpoints import ask_as_text
from odd_checkpoints import edit_json
from transformers import AutoProcessor

from lensmith.batching.rows import Collator
from lensmith.config.sections import ModelSection
from lensmith.errors import LensmithError, ModelError
from lensmith.families.llava import CLASS_TOKENS
from lensmith.families.opening import build_on_meta, load_model
from lensmith.lab.models import Variant, build_llava
from lensmith.training.module import SupervisedModule
from tiny_models import CPU, Noise, load_tiny, make_example, open_tiny

ASK = make_example(("Какой цвет?", "жёлтый"), number=3)
TOWERS = {"clip": "clip_vision_model", "siglip": "siglip_vision_model"}


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    return build_llava(tmp_path / "legacy", seed=1, size="test", variant=Variant("gemma", "clip", legacy=True))


@pytest.fixture
def modern(tmp_path: Path) -> Path:
    return build_llava(tmp_path / "modern", seed=1, size="test", variant=Variant("gemma", "clip"))


def test_older_processor_fails_as_published_and_works_mended(legacy: Path) -> None:
    """The trap is real: transformers divides by None; with the obvious two settings it is one token short."""
    published = AutoProcessor.from_pretrained(legacy)
    assert published.patch_size is None
    picture = ASK.images[0]
    assert isinstance(picture, Noise)
    with pytest.raises(TypeError):
        published(text=["<image>\nWhat?"], images=[picture.draw()])
    published.patch_size, published.vision_feature_select_strategy = 8, "default"
    short = published(text=["<image>\nWhat?"], images=[picture.draw()])["input_ids"][0]
    family = open_tiny(legacy)
    image_id = family.config.image_token_id
    assert list(short).count(image_id) == 15
    assert family.encode(ASK).n_image_tokens == 16
    mended = family.processor(text=["<image>\nWhat?"], images=[picture.draw()])["input_ids"][0]
    assert list(mended).count(image_id) == 16


def test_what_was_mended_is_said(legacy: Path, modern: Path) -> None:
    notes = " ".join(open_tiny(legacy).notes)
    for name in ("patch_size", "vision_feature_select_strategy", "num_additional_image_tokens"):
        assert name in notes
    assert open_tiny(modern).notes == []


def test_wrong_settings_of_a_processor_do_not_decide(modern: Path) -> None:
    def spoil(settings: dict[str, Any]) -> None:
        settings |= {"patch_size": 16, "vision_feature_select_strategy": "full", "num_additional_image_tokens": 0}

    expected = open_tiny(modern).encode(ASK).ids_T.tolist()
    edit_json(modern / "processor_config.json", spoil)
    family = open_tiny(modern)
    assert family.encode(ASK).ids_T.tolist() == expected
    assert len(family.notes) == 3


@pytest.mark.parametrize(("tower", "strategy"), list(itertools.product(TOWERS, ("default", "full"))))
def test_as_many_image_tokens_as_the_tower_makes_features(tmp_path: Path, tower: Any, strategy: str) -> None:
    folder = build_llava(tmp_path / "m", seed=1, size="test", variant=Variant("llama", tower))
    edit_json(folder / "config.json", lambda config: config.update(vision_feature_select_strategy=strategy))
    family = open_tiny(folder)
    model: Any = load_tiny(family, folder)
    pixels = family.pixels([Noise(1).draw()])
    features = model.get_image_features(**pixels, return_dict=True).pooler_output
    n_features = sum(len(picture) for picture in features)
    assert n_features in (15, 16, 17)
    assert family.encode(ASK).n_image_tokens == n_features
    module = SupervisedModule(model, family)
    outputs = module(**Collator(family)([family.encode(ASK)]))
    assert torch.isfinite(outputs["loss_sum"])


def test_picture_that_no_patch_grid_divides(tmp_path: Path) -> None:
    """SigLIP-so400m sees 384 pixels in patches of 14: the last ten are not seen."""
    folder = build_llava(tmp_path / "m", seed=1, size="test", variant=Variant("llama", "siglip"))
    edit_json(folder / "config.json", lambda config: config["vision_config"].update(image_size=36))
    edit_json(
        folder / "processor_config.json", lambda made: made["image_processor"].update(size={"height": 36, "width": 36})
    )
    family = open_tiny(folder)
    assert family.encode(ASK).n_image_tokens == 16
    module = SupervisedModule(load_tiny(family, folder), family)
    assert torch.isfinite(module(**Collator(family)([family.encode(ASK)]))["loss_sum"])


def test_first_token_is_there_though_the_template_lacks_it(legacy: Path) -> None:
    family = open_tiny(legacy)
    assert "<bos>" not in family.template
    ids = family.encode(ASK, answered=False).ids_T.tolist()
    assert ids[0] == family.tokenizer.bos_token_id
    assert ids == ask_as_text(legacy, ASK, None)["input_ids"][0].tolist()


def test_system_message_is_folded_and_said(legacy: Path, modern: Path) -> None:
    family = open_tiny(legacy, system="Be brief.")
    text = family.tokenizer.decode(family.encode(ASK, answered=False).ids_T.tolist())
    assert text.count("Be brief.") == 1
    assert "<image>\nBe brief.\nКакой цвет?<end_of_turn>" in text
    assert sum("system" in note for note in family.notes) == 1
    taken = open_tiny(modern, system="Be brief.")
    assert "<start_of_turn>system\nBe brief.<end_of_turn>" in taken.tokenizer.decode(taken.encode(ASK).ids_T.tolist())
    assert taken.notes == []


def test_answers_stop_where_training_stopped_though_the_checkpoint_says_otherwise(legacy: Path) -> None:
    """The published generation config ends at <eos> only; the template ends an answer with <end_of_turn>."""
    family = open_tiny(legacy)
    ends = [family.tokenizer.convert_tokens_to_ids(name) for name in ("<end_of_turn>", "<eos>")]
    assert list(family.stop_ids) == ends
    assert family.encode(ASK).ids_T[-1] == ends[0]


@pytest.mark.parametrize("kind", ["siglip2_vision_model", "dinov2", "pixtral"])
def test_unknown_tower_is_refused(modern: Path, kind: str) -> None:
    def other(config: dict[str, Any]) -> None:
        config["vision_config"] = {"model_type": kind, "image_size": 32, "patch_size": 8, "hidden_size": 32}

    assert kind not in CLASS_TOKENS
    edit_json(modern / "config.json", other)
    with pytest.raises(ModelError) as caught:
        open_tiny(modern)
    (problem,) = caught.value.problems
    assert problem.code == "model/unknown-tower"
    assert kind in problem.found


def test_known_towers_are_those_that_transformers_calls_so(tmp_path: Path) -> None:
    for tower, kind in TOWERS.items():
        folder = build_llava(tmp_path / tower, seed=1, size="test", variant=Variant("llama", tower))  # type: ignore[arg-type]
        assert open_tiny(folder).config.vision_config.model_type == kind


def test_image_token_outside_the_embeddings_is_refused(modern: Path) -> None:
    edit_json(modern / "config.json", lambda config: config["text_config"].update(vocab_size=700))
    family = open_tiny(modern)
    with pytest.raises(ModelError) as caught:
        load_model(family, ModelSection(name=str(modern)), device=CPU, dtype=torch.float32)
    assert caught.value.problems[0].code in ("model/vocabulary", "model/cannot-open")


def test_image_token_of_another_tokenizer_is_refused(modern: Path) -> None:
    """An index that the tokenizer does not have, as when tokenizer and model come from different checkpoints."""
    edit_json(modern / "config.json", lambda config: config.update(image_token_index=5000))
    with pytest.raises(LensmithError):
        open_tiny(modern)


@pytest.mark.parametrize("tower", ["clip", "siglip"])
def test_every_parameter_has_a_component(build_once: Callable[..., Path], tower: Any) -> None:
    variant = Variant("qwen2", tower)
    folder = build_once(f"llava-qwen2-{tower}", lambda out: build_llava(out, seed=7, size="test", variant=variant))
    family = open_tiny(folder)
    model = build_on_meta(family.config)
    owners = {family.facts.component_of(name) for name, _ in model.named_parameters()}
    assert owners == {"vision", "projector", "language"}
    with pytest.raises(ModelError, match="owns"):
        family.facts.component_of("model.language_model_two.weight")
