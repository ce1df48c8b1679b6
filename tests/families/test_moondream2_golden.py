"""Moondream2 against the authors' own code: every number that the golden vectors hold, in both generations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from moondream_vectors import FIRST, SECOND, TOLERANCE, Vectors, lay_out, load_vectors, read_vectors
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import DynamicCache

from lensmith.families.inputs import Inputs
from lensmith.families.moondream2.views import stitch

BOTH = [FIRST, SECOND]
CASES = [*((FIRST, case) for case in "abcd"), *((SECOND, case) for case in "abc")]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Vectors, Any]]:
    """Vectors and model of a generation, the model loaded once by transformers' Auto class."""
    made: dict[str, tuple[Vectors, Any]] = {}

    def get(generation: str) -> tuple[Vectors, Any]:
        if generation not in made:
            vectors = read_vectors(generation)
            folder = lay_out(vectors, generation, tmp_path_factory.mktemp(generation))
            model, report = load_vectors(folder)
            assert not any(report.values()), report
            made[generation] = vectors, model
        return made[generation]

    return get


def close(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, **TOLERANCE)


def run(model: Any, vectors: Vectors, case: str) -> Tensor:
    ids_BT, image_BT = vectors.place_picture(vectors.golden[f"{case}.input_ids"], 509)
    inputs = Inputs(ids_BT, torch.ones_like(ids_BT), pixels=vectors.pixels(case))
    return model.to_logits(model.read(inputs, image_BT))


@pytest.mark.parametrize(("generation", "case"), CASES)
def test_tower_and_projector(opened, generation: str, case: str) -> None:
    vectors, model = opened(generation)
    with torch.no_grad():
        seen_UPD = model.see(vectors.pixels(case))
        close(model.project(seen_UPD), vectors.golden[f"{case}.image_embeds"])
    features_KPD = vectors.golden[f"{case}.vit_features"]
    width = features_KPD.shape[-1]
    close(seen_UPD[0, :, :width], features_KPD[0])
    if generation == SECOND:
        tiling = tuple(vectors.golden[f"{case}.tiling"].tolist())
        stitched_NDRQ = stitch(features_KPD[None, 1:], tiling, model.config.vision_config.overlap_patches)
        close(stitched_NDRQ[0].permute(1, 2, 0), vectors.golden[f"{case}.reconstructed"])


@pytest.mark.parametrize(("generation", "case"), CASES)
def test_logits(opened, generation: str, case: str) -> None:
    vectors, model = opened(generation)
    with torch.no_grad():
        close(run(model, vectors, case), vectors.golden[f"{case}.logits"])


@pytest.mark.parametrize(("generation", "case"), CASES)
def test_logits_through_transformers_own_entry(opened, generation: str, case: str) -> None:
    vectors, model = opened(generation)
    ids_BT, _ = vectors.place_picture(vectors.golden[f"{case}.input_ids"], 509)
    with torch.no_grad():
        logits = model(input_ids=ids_BT, **vectors.pixels(case)).logits
        last = model(input_ids=ids_BT, logits_to_keep=2, **vectors.pixels(case)).logits
    close(logits, vectors.golden[f"{case}.logits"])
    close(last, logits[:, -2:])


@pytest.mark.parametrize("case", "abc")
def test_text_alone_is_plain_causal(opened, case: str) -> None:
    vectors, model = opened(SECOND)
    with torch.no_grad():
        logits = model(input_ids=vectors.golden[f"{case}.input_ids"]).logits
    close(logits, vectors.golden[f"{case}.logits_text_only"])


def test_loss_and_gradients_of_a_padded_batch(opened) -> None:
    vectors, model = opened(FIRST)
    golden = {name.removeprefix("train."): value for name, value in vectors.golden.items() if name.startswith("train.")}
    ids_BT, image_BT = vectors.place_picture(golden["input_ids"], 509)
    inputs = Inputs(ids_BT, golden["attention_mask"], projected_UPD=golden["image_embeds"])
    logits = model.to_logits(model.read(inputs, image_BT))
    real = golden["attention_mask"].bool()
    close(logits[real], golden["logits"][real])
    check_gradients(model, logits, golden["labels"], golden["loss"], golden)


def test_loss_and_gradients_with_the_open_prefix(opened) -> None:
    vectors, model = opened(SECOND)
    ids_BT, image_BT = vectors.place_picture(vectors.golden["b.input_ids"], 509)
    inputs = Inputs(ids_BT, torch.ones_like(ids_BT), projected_UPD=vectors.golden["b.image_embeds"])
    logits = model.to_logits(model.read(inputs, image_BT))
    golden = {name.removeprefix("b."): value for name, value in vectors.golden.items()}
    check_gradients(model, logits, vectors.golden["b.labels"], vectors.golden["b.loss"], golden)


def check_gradients(model: Any, logits_BTV: Tensor, labels_BT: Tensor, loss: Tensor, golden: dict[str, Tensor]) -> None:
    """The loss against the vectors', its gradients against those that they hold."""
    model.zero_grad()
    found = cross_entropy(logits_BTV[:, :-1].flatten(0, 1), labels_BT[:, 1:].flatten(), ignore_index=-100)
    close(found.detach().reshape(1), loss)
    found.backward()
    gradients = {name.removeprefix("grad."): value for name, value in golden.items() if name.startswith("grad.")}
    assert len(gradients) == 5
    for name, value in gradients.items():
        close(model.get_parameter(name).grad, value)
    assert all(value.grad is None for name, value in model.named_parameters() if "region" in name)
    model.zero_grad()


@pytest.mark.parametrize("case", "abc")
def test_loss_of_each_case(opened, case: str) -> None:
    vectors, model = opened(SECOND)
    with torch.no_grad():
        logits = run(model, vectors, case)
    labels_BT = vectors.golden[f"{case}.labels"]
    loss = cross_entropy(logits[0, :-1], labels_BT[0, 1:], ignore_index=-100)
    close(loss.reshape(1), vectors.golden[f"{case}.loss"])


@pytest.mark.parametrize(
    ("generation", "case", "said"), [(FIRST, "b", "b.greedy_ids"), (SECOND, "a", "a.greedy_ids_answer_id3_masked")]
)
def test_greedy_answers(opened, generation: str, case: str, said: str) -> None:
    vectors, model = opened(generation)
    answer = vectors.about["answer_ids"][case]
    ids_BT, _ = vectors.place_picture(vectors.golden[f"{case}.input_ids"][:, : -len(answer)], 509)
    model.config.forbidden_later_ids = [3] if generation == SECOND else []
    made = model.generate(
        input_ids=ids_BT,
        attention_mask=torch.ones_like(ids_BT),
        do_sample=False,
        max_new_tokens=12,
        eos_token_id=511,
        pad_token_id=511,
        **vectors.pixels(case),
    )
    assert made[:, ids_BT.shape[1] :].tolist() == vectors.golden[said].tolist()


@pytest.mark.parametrize(("generation", "case"), CASES)
def test_two_steps_with_a_cache_are_one(opened, generation: str, case: str) -> None:
    vectors, model = opened(generation)
    ids_BT, image_BT = vectors.place_picture(vectors.golden[f"{case}.input_ids"], 509)
    cache = DynamicCache(config=model.config.text_config)
    ones_BT = torch.ones_like(ids_BT)
    parts = []
    with torch.no_grad():
        for start, stop in ((0, 17), (17, 20), (20, ids_BT.shape[1])):
            pixels = vectors.pixels(case) if start == 0 else {}
            inputs = Inputs(ids_BT[:, start:stop], ones_BT[:, :stop], pixels=pixels, cache=cache)
            parts.append(model.to_logits(model.read(inputs, image_BT[:, start:stop])))
    close(torch.cat(parts, dim=1), vectors.golden[f"{case}.logits"])


def test_heads_for_points_of_2024(opened) -> None:
    vectors, model = opened(FIRST)
    golden, region = vectors.golden, model.region_model
    points_N2, states_ND = golden["region.in_xy"], golden["region.in_hidden"]
    with torch.no_grad():
        close(region.encode_position(points_N2), golden["region.encode_position"])
        close(region.encode_size(points_N2), golden["region.encode_size"])
        for name in ("position", "size", "confidence"):
            close(region.get_submodule(f"{name}_decoder")(states_ND), golden[f"region.decode_{name}"])


def test_heads_for_points_of_2025(opened) -> None:
    vectors, model = opened(SECOND)
    golden, region = vectors.golden, model.model["region"]
    states_ND = golden["region.in_hidden"]
    with torch.no_grad():
        close(region.encode_coordinate(golden["region.in_coord"]), golden["region.encode_coordinate"])
        close(region.encode_size(golden["region.in_size"]), golden["region.encode_size"])
        close(region.coord_decoder(states_ND), golden["region.decode_coordinate"])
        close(region.decode_size(states_ND)[0], golden["region.decode_size_row0"])


@pytest.mark.parametrize("generation", BOTH)
def test_saved_as_they_came(opened, generation: str, tmp_path: Path) -> None:
    vectors, model = opened(generation)
    model.save_pretrained(tmp_path)
    saved = load_file(tmp_path / "model.safetensors")
    assert saved.keys() == vectors.weights.keys()
    for name, value in saved.items():
        assert torch.equal(value, vectors.weights[name]), name
    again, report = load_vectors(tmp_path)
    assert not any(report.values())
    assert type(again) is type(model)
    assert again.config.architectures == model.config.architectures


@pytest.mark.parametrize("generation", BOTH)
def test_half_precision_stays_near(opened, generation: str) -> None:
    vectors, model = opened(generation)
    half = type(model)(model.config).eval()
    half.load_state_dict(vectors.weights)
    half.to(torch.bfloat16)
    with torch.no_grad():
        logits = run(half, vectors, "b").float()
    assert logits.dtype == torch.float32
    error = (logits - vectors.golden["b.logits"]).abs().mean()
    assert 1e-4 < error < 0.05, "eight bits of mantissa, and no more lost than they account for"
