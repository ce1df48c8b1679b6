"""What stored features belong to: a picture's bytes, and the weights and preprocessing that made them.

Two that could differ must never share a key: then one would be trained on the other's features.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lensmith.batching.feature_slots import BFLOAT16
from lensmith.data.images import read_bytes
from lensmith.types import ImageRef

if TYPE_CHECKING:
    from torch import Tensor


def picture_hash(ref: ImageRef) -> str:
    """Names a picture by its encoded bytes, wherever they lie.

    Raises:
        DataError: they cannot be had.
    """
    return hashlib.blake2b(read_bytes(ref), digest_size=32).hexdigest()


def store_key(weights_fingerprint: str, preprocessing: Mapping[str, Any]) -> str:
    """Names all features that these weights make of pictures prepared this way; the order of settings is no matter.

    >>> store_key("w", {"size": 336, "mean": [0.5]}) == store_key("w", {"mean": [0.5], "size": 336})
    True

    Args:
        weights_fingerprint: of every weight that the features depend on, see `fingerprint_tensors`.
        preprocessing: everything else that they depend on, as JSON values: the processor's settings, the layer that
            is read, the dtype in which the tower computes, the version of what decodes pictures.

    Raises:
        TypeError: a value is not JSON's; its text might not say all that it is.
    """
    text = json.dumps([weights_fingerprint, preprocessing], sort_keys=True)
    return hashlib.blake2b(text.encode("utf-8"), digest_size=32).hexdigest()


def fingerprint_tensors(named: Iterable[tuple[str, "Tensor"]]) -> str:
    """Names these tensors by their names, shapes, dtypes and bytes; neither their order nor their device matters."""
    lines = sorted(f"{name!r} {tensor.dtype} {tuple(tensor.shape)} {_hash_bytes(tensor)}" for name, tensor in named)
    return hashlib.blake2b("\n".join(lines).encode("ascii", "backslashreplace"), digest_size=32).hexdigest()


def to_array(tensor: "Tensor") -> np.ndarray:
    """A tensor as an array that a store takes, without a copy where it is on the CPU; bfloat16 becomes `BFLOAT16`."""
    import torch

    flat = tensor.detach().cpu()
    if flat.dtype == torch.bfloat16:
        return flat.view(torch.uint16).numpy().view(BFLOAT16)
    return flat.numpy()


def to_tensor(array: np.ndarray) -> "Tensor":
    """What `to_array` was given. A read-only array is copied; `to_tensor(np.stack(arrays))` copies each once."""
    import torch

    if not array.flags.writeable:
        array = array.copy()
    if array.dtype == BFLOAT16:
        return torch.from_numpy(array.view(np.uint16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def _hash_bytes(tensor: "Tensor") -> str:
    import torch

    content = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
    return hashlib.blake2b(content.data if content.size else b"", digest_size=32).hexdigest()
