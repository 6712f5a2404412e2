"""Trained weights that are installed as plugins: the file that a name such as `acgan.fashion-mnist` means.

Nothing of the plugin is imported: its card says which file, beside its module or at an address.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from ganzoo.errors import GanzooError, PluginError, UsageError, near_matches
from ganzoo.files import cache_folder, disk_errors
from ganzoo.plugins import discovery, lookup
from ganzoo.plugins.discovery import Plugin
from ganzoo.plugins.source import SourceError, locate
from ganzoo.text import printable

KIND: Final = "weights"

DIGEST: Final = re.compile("[0-9a-f]{64}")
"""A SHA-256, as weights write it."""

Download = Callable[[str, Path, str], None]
"""Fetches an address into a file, and refuses another SHA-256 than the third argument."""


def pretrained(name: str) -> Plugin:
    """The installed weights of that name: `acgan.fashion-mnist`, or with its distribution.

    Raises:
        UsageError: there are none.
    """
    known = discovery.discover().of_kind(KIND)
    if not any(name in (plugin.name, plugin.full_name) for plugin in known):
        names = [plugin.name for plugin in known]
        raise UsageError(
            f"there is no {name}: no file or folder, and no installed weights are called so"
            f"{near_matches(name, names)}\nsee: ganzoo list weights"
        )
    return lookup.find(KIND, name)


def weights_file(plugin: Plugin, download: Download | None = None) -> Path:
    """The safetensors file of weights; one at an address is downloaded once, to the cache.

    Args:
        plugin: of the kind `weights`.
        download: fetches what is not there yet; None for torch's own.

    Raises:
        PluginError: its card can't be read, or names no such file.
        GanzooError: the file is not the one that the card names, or can't be downloaded.
    """
    said = describe(plugin)
    name, digest = str(said.get("file", "")), str(said.get("sha256", ""))
    # A stranger wrote both, and the folder in the cache is called after one of them.
    if not DIGEST.fullmatch(digest):
        raise PluginError(
            f"the weights {plugin.full_name} give the SHA-256 {printable(digest)!r}, "
            "not 64 hexadecimal digits in lower case"
        )
    if not name.startswith("https://"):
        path = file_beside(plugin, name)
        _require_digest(path, digest, plugin, "install the weights again")
        return path
    path = cache_folder() / "weights" / digest / _last_part(name, plugin)
    if not path.is_file():
        _fetch(name, path, digest, plugin, download or _download)
    _require_digest(path, digest, plugin, f"remove {path}, and it is downloaded anew")
    return path


def describe(plugin: Plugin) -> dict[str, Any]:
    """What weights say of themselves, by the names of `interfaces.Weights`.

    Raises:
        PluginError: the text of the class doesn't tell.
    """
    if plugin.problem:
        raise PluginError(f"the weights {plugin.full_name} can't be used: {plugin.problem}")
    try:
        return dict(discovery.card(plugin).attributes)
    except SourceError as error:
        raise PluginError(f"what the weights {plugin.full_name} are can't be read: {error}") from None


def file_beside(plugin: Plugin, name: str) -> Path:
    """A file in the folder of the plugin's module.

    Raises:
        PluginError: `name` is no plain file name, or there is no such file.
    """
    origin = plugin.target.rpartition(":")[0]
    if not name or PurePosixPath(name).name != name or "\\" in name:
        raise PluginError(f"the weights {plugin.full_name} name {name!r}, no file beside their module")
    try:
        module = Path(origin) if origin.endswith(".py") else Path(str(locate(origin, plugin.path).origin))
    except SourceError as error:
        raise PluginError(f"the weights {plugin.full_name} can't be found: {error}") from None
    path = module.parent / name
    if not path.is_file():
        raise PluginError(f"the weights {plugin.full_name} lack their file {path}; install them again")
    return path


def _last_part(address: str, plugin: Plugin) -> str:
    """The file name that an address ends in."""
    try:
        name = PurePosixPath(urlsplit(address).path).name
    except ValueError:
        name = ""
    if not re.fullmatch(r"[\w+-][\w.+-]*", name):
        raise PluginError(
            f"the address of the weights {plugin.full_name}, {printable(address)}, ends in no file name"
        )
    return name


def _require_digest(path: Path, digest: str, plugin: Plugin, remedy: str) -> None:
    with disk_errors(path, "install the weights again", "read"), path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != digest:
        raise GanzooError(
            f"{path} is not the file that the weights {plugin.full_name} name: its SHA-256 is {found}, "
            f"not {digest}\n{remedy}"
        )


def _fetch(address: str, path: Path, digest: str, plugin: Plugin, download: Download) -> None:
    with disk_errors(path, "set GANZOO_CACHE to another folder"):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        download(address, path, digest)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "reason", None) or error
        raise GanzooError(
            f"the weights {plugin.full_name} can't be downloaded from {address}: {reason}\n"
            f"where there is no network, put the file at {path}"
        ) from None


def _download(address: str, path: Path, digest: str) -> None:
    from torch.hub import download_url_to_file

    download_url_to_file(address, str(path), hash_prefix=digest, progress=sys.stderr.isatty())
