"""Weights on a model hub, `hf:USER/NAME`, and the file of weights in a folder with many.

Through huggingface_hub (extra `hub`). Of a repository one safetensors file is downloaded, once, to the cache;
nothing else of it is read, and nothing of it can run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final

from ganzoo.errors import GanzooError, UsageError
from ganzoo.files import cache_folder, disk_errors
from ganzoo.run_or_weights import WEIGHTS_FILES
from ganzoo.text import printable

PREFIX: Final = "hf:"
"""What the name of weights on a hub begins with."""

_NAME: Final = re.compile(
    r"hf:(?P<repository>[\w.-]{1,96}/[\w.-]{1,96})(@(?P<revision>[\w.-][\w./-]{0,199}))?", re.ASCII
)
_SECONDS: Final = 10.0
"""After which a hub that doesn't answer is given up."""

"""What `ganzoo new weights` and `ganzoo export` call the file."""


def is_on_hub(path: Path) -> bool:
    """Whether a name that was taken for a path is one of weights on a hub."""
    return str(path).startswith(PREFIX)


def hub_file(name: str) -> Path:
    """The safetensors file of a repository, from the cache or downloaded to it.

    Args:
        name: `hf:USER/NAME`, with `@REVISION` a branch, a tag or a commit; the address of the hub is
            `HF_ENDPOINT`, where that is set.

    Raises:
        UsageError: there is no such repository, or it holds no such file, or several.
        GanzooError: the hub can't be reached and nothing is in the cache, or huggingface_hub is missing.
    """
    found = _NAME.fullmatch(name)
    if found is None or ".." in name:
        raise UsageError(
            f"weights on a hub are called hf:USER/NAME, or hf:USER/NAME@REVISION, not {printable(name)!r}"
        )
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError
    except ImportError as error:
        raise GanzooError(
            f"{PREFIX} needs the extra `hub` ({error}): pip install 'ganzoo-torch[hub]'"
        ) from None
    repository, revision = found["repository"], found["revision"]
    cache = cache_folder() / "hub"
    hub = HfApi(endpoint=os.environ.get("HF_ENDPOINT"))
    try:
        # One request, which a machine without a network is not kept waiting for, as it is for a listing.
        held = hub.model_info(repository, revision=revision, timeout=_SECONDS).siblings or ()
        file = choose_file((each.rfilename for each in held), name)
        return Path(hub.hf_hub_download(repository, file, revision=revision, cache_dir=cache))
    except (RepositoryNotFoundError, RevisionNotFoundError):
        raise UsageError(f"there is no {printable(name)}, or it is not public") from None
    except UsageError:
        raise
    except Exception as error:  # of whichever library of HTTP that version of huggingface_hub has
        if (cached := _cached(repository, revision, cache)) is not None:
            return weights_in(cached)
        raise GanzooError(
            f"{printable(name)} can't be had: {printable(str(error), 300)}\n"
            "without a network, download the repository elsewhere and name its folder"
        ) from None


def _cached(repository: str, revision: str | None, cache: Path) -> Path | None:
    """The folder of a repository that was downloaded before; None where it wasn't.

    The layout of the cache is documented (Hugging Face Hub, "Understand caching"): `refs` has the commit of
    each branch and tag, and `snapshots` a folder for each commit.
    """
    root = cache / f"models--{repository.replace('/', '--')}"
    named = root / "refs" / (revision or "main")
    commit = named.read_text(encoding="utf-8").strip() if named.is_file() else revision
    folder = root / "snapshots" / str(commit)
    return folder if commit and folder.is_dir() else None


def weights_in(folder: Path) -> Path:
    """The safetensors file of a folder, such as a repository that was cloned.

    Raises:
        UsageError: there is none, or there are several.
    """
    with disk_errors(folder, "name the file itself", "read"):
        names = [path.relative_to(folder).as_posix() for path in folder.glob("*.safetensors")]
        names += [path.relative_to(folder).as_posix() for path in folder.glob("*/*.safetensors")]
    return folder / choose_file(names, str(folder))


def choose_file(names: Iterable[str], where: str) -> str:
    """The file of weights among those of a repository.

    It is the one that GanZoo calls so, else the checkpoint of the last step, else the only safetensors file.

    Raises:
        UsageError: there is none, or which one is meant can't be told.
    """
    known = sorted(name for name in names if name.endswith(".safetensors"))
    by_name = [name for name in known if PurePosixPath(name).name in WEIGHTS_FILES]
    steps = {int(step[1]): name for name in known if (step := re.search(r"/step-(\d+)\.safetensors$", name))}
    candidates = by_name or ([steps[max(steps)]] if steps else known)
    if len(candidates) == 1:
        return candidates[0]
    held = f"holds {len(candidates)} of them" if candidates else "holds none"
    raise UsageError(f"weights are one safetensors file, and {printable(where, 200)} {held}")
