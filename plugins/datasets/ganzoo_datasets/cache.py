"""Decoded images, kept in the user's cache folder as safetensors under a key of their content."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ganzoo.errors import GanzooError
from ganzoo.files import cache_folder, require_tensor_file

logger = logging.getLogger("ganzoo.datasets")


def decoded_path(key: str) -> Path:
    """Returns where decoded images with this key are kept."""
    return cache_folder() / "decoded" / f"{key}.safetensors"


def load_decoded(key: str, shape: tuple[int, int, int, int]) -> Tensor | None:
    """Returns the images `shape` uint8 stored under `key`, or None where there are none that are whole."""
    try:
        path = decoded_path(key)
        if not path.exists():
            return None
        require_tensor_file(path)
        with safe_open(path, "pt") as file:
            if tuple(file.get_slice("images").get_shape()) != shape:
                raise ValueError(f"{path} holds other images")
            images: Tensor = file.get_tensor("images")
            checksum = (file.metadata() or {}).get("blake2b")
    except (OSError, SafetensorError, GanzooError, MemoryError, RuntimeError, TypeError, ValueError) as error:
        logger.warning("ignoring decoded images in the cache that can't be read: %s", error)
        return None
    if images.dtype != torch.uint8 or tuple(images.shape) != shape or checksum != _checksum(images):
        logger.warning("ignoring %s, which is damaged", path)
        return None
    return images


def store_decoded(key: str, images: Tensor) -> None:
    """Keeps images (N, C, H, W) uint8 under `key`. Where that is impossible the log says so; the file
    appears whole or not at all.
    """
    temporary: Path | None = None
    try:
        path = decoded_path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{key[:16]}-", suffix=".tmp")
        os.close(descriptor)
        temporary = Path(name)
        save_file({"images": images}, temporary, metadata={"blake2b": _checksum(images)})
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, SafetensorError, GanzooError) as error:
        logger.warning("the decoded images are not kept, so next time decodes again: %s", error)
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _checksum(images: Tensor) -> str:
    return hashlib.blake2b(images.numpy().data, digest_size=32).hexdigest()
