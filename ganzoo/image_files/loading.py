"""Many image files to one array of bytes: decoded in threads, once, and found in the cache from then on."""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import PIL
import torch
from torch import Tensor

from ganzoo.errors import GanzooError, UsageError
from ganzoo.image_files import index
from ganzoo.image_files.decoded import MappedImages, load_decoded, stamp_of, store_decoded
from ganzoo.image_files.decoding import Target, decode, quiet
from ganzoo.image_files.keeping import not_kept
from ganzoo.image_files.places import ImagePlace
from ganzoo.image_files.threads import in_threads

logger = logging.getLogger("ganzoo.datasets")

OnDamage = Literal["stop", "skip"]
"""What a damaged image does: it ends the reading, and all are named; or it is left out and counted."""

_FORMAT_VERSION: Final = 3

_UNREADABLE: Final = bytes(index.DIGEST)
"""In place of the digest of a file that can't be read."""

_IN_MEMORY: Final = 2**30
"""Bytes up to which images are decoded in memory; more are written to the cache's disk as they come."""

_ABSURD: Final = 2**46
"""Bytes that no disk has: a size that was mistyped."""

_TOLD: Final = 20
"""Broken files that are named at once."""


def load_images(
    place: ImagePlace,
    names: Sequence[str],
    target: Target,
    *,
    part: str = "",
    damaged: OnDamage = "stop",
    advice: str = "",
    advice_on_damage: str = "",
) -> tuple[Tensor, list[int]]:
    """Decodes files to `(N, C, H, W)` uint8, in the order of `names`, or finds them decoded in the cache.

    Files whose stamps are as they were are not read again, and all others are: the key is their content.

    Args:
        place: where the files are.
        names: of the files.
        target: what each becomes.
        part: tells several lists of one place apart, such as its splits.
        damaged: what to do about files that can't be decoded.
        advice: what to do about images that have not the size that `target` has exactly.
        advice_on_damage: what to do about damaged images where they stop the reading; completes a message.

    Returns:
        The images, and the numbers of the names that were left out as damaged.

    Raises:
        GanzooError: files are unreadable, damaged, too large or of the wrong size; names them.
    """
    verify = index.is_verifying()
    made, stamps, before = index.now(), place.stamps(names), index.recall(place, part)
    digests: list[bytes | None] = [None] * len(names) if verify else before.known(names, stamps)

    def read_digest(number: int) -> bytes:
        return _digest(_read(place, names[number]))

    unknown = [number for number, digest in enumerate(digests) if digest is None]
    for number, digest in zip(unknown, in_threads(read_digest, unknown), strict=True):
        digests[number] = digest
        if digest == _UNREADABLE:
            stamps[number] = 0  # its stamp may be the same when it can be read again
    whole = [digest for digest in digests if digest is not None]
    key, shape = _key(names, whole, target, damaged), (len(names), *target.shape)
    is_trusted = not verify and before.trusts(key, stamp_of(key))
    found = load_decoded(key, shape, is_trusted)
    if found is None:
        key, whole, found = _decode(place, names, target, damaged, advice, advice_on_damage)
    if unknown or not is_trusted:
        array = np.frombuffer(b"".join(whole), np.uint8).reshape(-1, index.DIGEST)
        stamp = stamp_of(key)
        checked = before.checked | ({} if stamp is None else {key: stamp})
        index.remember(place, part, index.Index(tuple(names), stamps, array, made, checked))
    if found[1]:
        logger.warning(
            "%s of %s images in %s are damaged and left out",
            f"{len(found[1]):,}", f"{len(names):,}", place.path,
        )  # fmt: skip
    return found


def _decode(
    place: ImagePlace,
    names: Sequence[str],
    target: Target,
    damaged: OnDamage,
    advice: str,
    advice_on_damage: str,
) -> tuple[str, list[bytes], tuple[Tensor, list[int]]]:
    """Decodes all files: the key and the digests of what was decoded, the images, and which are left out."""
    logger.info("decoding %s images of %s, once", f"{len(names):,}", place.path)
    shape = (len(names), *target.shape)
    mapped = _mapped(shape)
    try:
        pixels = _empty(shape) if mapped is None else mapped.pixels
        digests, errors = _fill(place, names, target, pixels, advice)
        broken = sorted(errors)
        if broken and (damaged == "stop" or len(broken) == len(names)):
            raise _all_of(
                [errors[number] for number in broken],
                len(names),
                advice_on_damage if len(broken) < len(names) else "",
            )
        for number in broken[:_TOLD]:
            logger.warning("left out: %s", errors[number])
        kept = [number for number in range(len(names)) if number not in errors]
        # Keyed by the bytes that were decoded, which may not be those of the first reading.
        key = _key(names, digests, target, damaged)
        if mapped is None:
            images = torch.from_numpy(pixels[kept] if broken else pixels)
            store_decoded(key, images, broken)
            return key, digests, (images, broken)
        mapped.finish(key, kept, broken)
        found = load_decoded(key, shape, is_checked=True)
        if found is None:
            raise GanzooError(f"the decoded images of {place.path} are gone from the cache already")
        return key, digests, found
    finally:
        if mapped is not None:
            mapped.discard()


def _mapped(shape: Sequence[int]) -> MappedImages | None:
    """Room on the cache's disk for images that are many; None for the memory."""
    size = math.prod(shape)
    if not _IN_MEMORY < size < _ABSURD:
        return None
    try:
        return MappedImages(shape)
    except GanzooError as error:
        not_kept("the decoded images are", error)
        return None


def _fill(
    place: ImagePlace, names: Sequence[str], target: Target, pixels: npt.NDArray[np.uint8], advice: str
) -> tuple[list[bytes], dict[int, GanzooError]]:
    """Decodes each file into its place; the digests of their bytes, and what is wrong with which."""
    errors: dict[int, GanzooError] = {}

    def decode_into(number: int) -> bytes:
        data = _read(place, names[number])
        try:
            if isinstance(data, GanzooError):
                raise data
            pixels[number] = decode(data, place.called(names[number]), target, advice=advice)
        except GanzooError as error:
            errors[number] = error  # whoever has to mend one file wants to know of the others
        return _digest(data)

    with quiet():
        digests = in_threads(decode_into, range(len(names)))
    return digests, errors


def _empty(shape: Sequence[int]) -> npt.NDArray[np.uint8]:
    try:
        return torch.empty(*shape, dtype=torch.uint8).numpy()
    except RuntimeError as error:
        raise GanzooError(
            f"{shape[0]:,} images of {shape[1]}x{shape[2]}x{shape[3]} take {math.prod(shape) / 1e9:,.1f} GB, "
            "more memory than there is: choose a smaller size"
        ) from error


def _all_of(errors: Sequence[GanzooError], count: int, advice_on_damage: str) -> GanzooError:
    """One error of several; the advice is of no use where all have but another size."""
    is_damage = any(not isinstance(error, UsageError) for error in errors)
    advice = advice_on_damage if is_damage else ""
    if len(errors) == 1:
        return type(errors[0])(f"{errors[0]}{advice}")
    more = [f"... and {len(errors) - _TOLD:,} more"] if len(errors) > _TOLD else []
    lines = [f"{len(errors):,} of {count:,} images can't be used", *map(str, errors[:_TOLD]), *more]
    return GanzooError("\n".join(lines) + advice)


def _read(place: ImagePlace, name: str) -> bytes | GanzooError:
    """The bytes of a file, or why it can't be read: it is damaged then, as one that can't be decoded is."""
    try:
        return place.read(name)
    except GanzooError as error:
        return error


def _digest(data: bytes | GanzooError) -> bytes:
    if isinstance(data, GanzooError):
        return _UNREADABLE
    return hashlib.blake2b(data, digest_size=index.DIGEST).digest()


def _key(names: Sequence[str], digests: Sequence[bytes], target: Target, damaged: OnDamage) -> str:
    settings: dict[str, Any] = {"format": _FORMAT_VERSION, "pillow": PIL.__version__, "damaged": damaged}
    settings |= asdict(target)
    key = hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=32)
    for name, digest in zip(names, digests, strict=True):
        key.update(os.fsencode(name) + b"\0" + digest)
    return key.hexdigest()
