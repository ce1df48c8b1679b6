"""Keys differ wherever features could, and only there; tensors pass through arrays unchanged."""

import io
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from lensmith.batching.feature_keys import fingerprint_tensors, picture_hash, store_key, to_array, to_tensor
from lensmith.batching.feature_slots import BFLOAT16
from lensmith.batching.features import FeatureStore
from lensmith.data.images import FileImage
from lensmith.errors import DataError

WEIGHTS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor(1, dtype=torch.int32), "c": torch.zeros(0)}


@dataclass(frozen=True)
class BytesImage:
    name: str
    content: bytes

    def read_bytes(self) -> bytes:
        return io.BytesIO(self.content).read()


def test_a_picture_is_known_by_its_bytes_alone(tmp_path):
    (tmp_path / "кот.png").write_bytes(b"one")
    on_disk = FileImage(str(tmp_path / "кот.png"), "кот.png")
    assert picture_hash(on_disk) == picture_hash(BytesImage("elsewhere", b"one"))
    assert picture_hash(on_disk) != picture_hash(BytesImage("кот.png", b"two"))
    with pytest.raises(DataError, match="no such picture"):
        picture_hash(FileImage(str(tmp_path / "none"), "none"))


def test_weights_are_known_by_names_shapes_dtypes_and_bytes():
    known = fingerprint_tensors(WEIGHTS.items())
    assert fingerprint_tensors(reversed(WEIGHTS.items())) == known
    assert (
        fingerprint_tensors((name, value.clone().requires_grad_(name == "a")) for name, value in WEIGHTS.items())
        == known
    )
    strided = WEIGHTS["a"].T.contiguous().T
    assert fingerprint_tensors((WEIGHTS | {"a": strided}).items()) == known
    nudged = WEIGHTS["a"].clone()
    nudged[1, 2] = torch.nextafter(nudged[1, 2], torch.tensor(9.0))
    changes = [
        {"a": nudged},
        {"a": WEIGHTS["a"].reshape(3, 2)},
        {"a": WEIGHTS["a"].view(torch.int32)},
        {"b": torch.tensor([1], dtype=torch.int32)},
        {"c": torch.zeros(0, 1)},
        {"d": torch.zeros(0)},
    ]
    others = [fingerprint_tensors((WEIGHTS | change).items()) for change in changes]
    renamed = fingerprint_tensors({"A": WEIGHTS["a"], "b": WEIGHTS["b"], "c": WEIGHTS["c"]}.items())
    fewer = fingerprint_tensors([("a", WEIGHTS["a"]), ("b", WEIGHTS["b"])])
    assert len({known, renamed, fewer, *others}) == 3 + len(changes)


def test_settings_are_known_by_their_values():
    keys = [
        store_key("w", {}),
        store_key("v", {}),
        store_key("w", {"size": 336}),
        store_key("w", {"size": 336.5}),
        store_key("w", {"size": "336"}),
        store_key("w", {"size": {"height": 336}}),
        store_key("w", {"size": None}),
        store_key("w", {"размер": 336}),
    ]
    assert len(set(keys)) == len(keys)
    with pytest.raises(TypeError):
        store_key("w", {"resample": object()})


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool])
@pytest.mark.parametrize("shape", [(3, 4), (), (0, 5)])
def test_a_tensor_comes_back_from_the_store(tmp_path, dtype, shape):
    tensor = (torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 9).to(dtype)
    store = FeatureStore(tmp_path, "key", 1 << 20)
    assert store.put("a", to_array(tensor))
    found = to_tensor(store.get("a"))
    assert (found.dtype, found.shape) == (dtype, shape)
    assert torch.equal(found, tensor)


def test_bfloat16_keeps_its_name_bits_and_stacks():
    tensor = torch.tensor([1.0, float("nan"), float("-inf"), 1e-40], dtype=torch.bfloat16)
    array = to_array(tensor)
    assert array.dtype == BFLOAT16
    stacked = to_tensor(np.stack([array, array]))
    assert torch.equal(stacked.view(torch.int16), torch.stack([tensor, tensor]).view(torch.int16))
    assert to_array(torch.ones(3, 2, dtype=torch.bfloat16).T).shape == (2, 3)
