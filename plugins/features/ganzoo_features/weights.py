"""Weights: files with checksums, downloaded once, and state dicts read without running any code."""

from __future__ import annotations

import hashlib
import urllib.error
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.hub import download_url_to_file

from ganzoo.errors import GanzooError
from ganzoo.files import require_file, require_tensor_file, require_unpacked, write_atomically


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits.

    Raises:
        GanzooError: it can't be read.
    """
    try:
        require_file(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise GanzooError(f"the weights {path} can't be read: {error.strerror or error}") from None


def state_sha256(state: Mapping[str, Tensor]) -> str:
    """SHA-256 of tensors by name, whatever kind of file they came from."""
    sha = hashlib.sha256()
    for name in sorted(state):
        tensor = state[name].detach().cpu().contiguous()
        sha.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        sha.update(tensor.flatten().view(torch.uint8).numpy().data)
    return sha.hexdigest()


def require_sha256(what: str, actual: str, expected: str) -> None:
    """Refuses weights that are not those that were asked for.

    Raises:
        GanzooError: the checksums differ.
    """
    if actual != expected.lower():
        raise GanzooError(
            f"{what} are not the weights that were asked for: SHA-256 {actual}, expected {expected}\n"
            "a figure from other weights is another figure, so nothing is computed"
        )


def downloaded(url: str, path: Path, sha256: str) -> Path:
    """The file at `path`, downloaded from `url` unless it is there.

    Raises:
        GanzooError: the download fails, or what is there or came has another checksum.
    """

    def fetch(temporary: Path) -> None:
        try:
            download_url_to_file(url, str(temporary), progress=False)
        except (urllib.error.URLError, HTTPException, TimeoutError) as error:
            raise GanzooError(
                f"the weights can't be downloaded from {url}: {getattr(error, 'reason', None) or error}\n"
                "fetch that file wherever there is a network and name it with --set features.weights=FILE"
            ) from None
        require_sha256(url, file_sha256(temporary), sha256)

    if not path.is_file():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise GanzooError(
                f"{path.parent} can't be made: {error.strerror or error}; set GANZOO_CACHE to another folder"
            ) from None
        write_atomically(path, fetch)
    require_sha256(str(path), file_sha256(path), sha256)
    return path


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors file, or of a .pth file that holds nothing else.

    Raises:
        GanzooError: it can't be read, or is more than tensors: a stranger's pickle may run code.
    """
    try:
        if path.suffix == ".safetensors":
            require_tensor_file(path)
            return load_file(path)
        require_file(path)
        require_unpacked(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise GanzooError(f"the weights {path} can't be read: {error.strerror or error}") from None
    except Exception as error:
        # Damaged pickles are answered with any error there is; whatever it is, this file is the reason.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise GanzooError(f"the weights {path} can't be read as tensors: {reason}") from None
    if not isinstance(state, Mapping) or not all(isinstance(value, Tensor) for value in state.values()):
        raise GanzooError(f"the weights {path} are not a mapping of names to tensors")
    return dict(state)


def load_state(network: nn.Module, state: Mapping[str, Tensor], origin: str) -> None:
    """Puts weights into a network, all of them or none.

    Raises:
        GanzooError: names or shapes differ.
    """
    try:
        network.load_state_dict(dict(state))
    except (AttributeError, RuntimeError, TypeError) as error:
        lines = [line.strip() for line in str(error).splitlines()[1:4]] or [str(error)]
        raise GanzooError(f"{origin} does not fit the network: {' '.join(lines)}") from None
