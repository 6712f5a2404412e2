"""Odd image files, made by a script: what people's folders hold, and the pixels that each stands for."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

Pixels = npt.NDArray[np.uint8]

HEIGHT, WIDTH = 6, 4

COLOUR: Pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
GREY: Pixels = COLOUR[:, :, :1].repeat(3, axis=2)
SMOOTH: Pixels = np.full((HEIGHT, WIDTH, 3), (200, 120, 40), np.uint8)
"""One colour, which lossy formats keep nearly."""

ORIENTATIONS: dict[int, Callable[[Pixels], Pixels]] = {
    2: np.fliplr,
    3: lambda image: np.rot90(image, 2),
    4: np.flipud,
    5: lambda image: image.transpose(1, 0, 2),
    6: lambda image: np.rot90(image, 1),
    7: lambda image: np.rot90(image, 2).transpose(1, 0, 2),
    8: lambda image: np.rot90(image, -1),
}
"""How an upright image lies in a file of each EXIF orientation (CIPA DC-008, 4.6.4)."""


@dataclass(frozen=True)
class Odd:
    """A file, and what every reader makes of it."""

    name: str
    content: bytes
    pixels: Pixels | None = None
    """`(height, width, 3)`; None where it is refused or passed over."""
    tolerance: int = 0
    refusal: str | None = None
    """What the message says of a file that is refused."""


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    """The file of an image."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, rows: bytes, depth: int, colour: int) -> bytes:
    """A PNG of raw rows, each behind a byte that names its filter."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    packed = zlib.compress(rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def with_transparency(file: bytes, *colour: int) -> bytes:
    """A PNG in which one colour, in the file's own depth, is transparent."""
    end_of_header = 33
    return (
        file[:end_of_header] + chunk(b"tRNS", struct.pack(f">{len(colour)}H", *colour)) + file[end_of_header:]
    )


def tiff(bits: int, photometric: int, data: bytes, sample_format: int = 1) -> bytes:
    """A grey TIFF of raw values, little-endian."""
    short, long = 3, 4
    tags = [
        (256, short, WIDTH), (257, short, HEIGHT), (258, short, bits), (259, short, 1),
        (262, short, photometric), (273, long, 8), (277, short, 1), (278, short, HEIGHT),
        (279, long, len(data)), (339, short, sample_format),
    ]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    start = struct.pack("<4sI", b"II*\0", 8 + len(data))
    return start + data + struct.pack("<H", len(tags)) + entries + bytes(4)


def exif(orientation: int) -> Image.Exif:
    """Metadata that say how an image is to be turned."""
    data = Image.Exif()
    data[0x0112] = orientation
    return data


def _over_white(colour: Pixels, alpha: Pixels) -> Pixels:
    share = alpha.astype(float)[:, :, None] / 255
    return (share * colour + (1 - share) * 255).round().astype(np.uint8)


def one_white(pixels: Pixels) -> Pixels:
    """With white wherever there is the colour of one pixel, which is transparent."""
    is_there = (pixels == pixels[2, 1]).all(axis=2, keepdims=True)
    return np.where(is_there, np.uint8(255), pixels)


def readable() -> list[Odd]:
    """Files that all readers read alike."""
    rgb, grey, smooth = Image.fromarray(COLOUR), Image.fromarray(GREY[:, :, 0]), Image.fromarray(SMOOTH)
    alpha: Pixels = np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH), np.uint8)
    alpha[0] = 0
    rgba = Image.fromarray(np.dstack([COLOUR, alpha]))
    palette = Image.fromarray(GREY[:, :, 0] % 4).convert("P")
    palette.putpalette([10, 20, 30, 200, 100, 50, 0, 255, 0, 7, 7, 7])
    table = np.array([[10, 20, 30], [200, 100, 50], [0, 255, 0], [7, 7, 7]], np.uint8)
    indexed, first = table[GREY[:, :, 0] % 4], GREY[:, :, 0] % 4 == 1
    deep = GREY[:, :, 0].astype(np.uint16) * 256 + np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH).astype(
        "u2"
    )
    deep_rgb = b"".join(b"\0" + row.astype(">u2").tobytes() for row in COLOUR.astype(np.uint16) * 256 + 99)
    deep_grey = b"".join(b"\0" + row.astype(">u2").tobytes() for row in deep)
    twelve = "".join(f"{value:012b}" for value in (deep >> 4).ravel().tolist())
    coarse: Pixels = np.repeat(
        (np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH, 1) % 4).astype(np.uint8), 3, 2
    )
    two_bits = b"".join(b"\0" + bytes([int("".join(f"{v:02b}" for v in row), 2)]) for row in coarse[:, :, 0])
    cmyk = Image.fromarray(np.dstack([255 - SMOOTH, np.zeros((HEIGHT, WIDTH), np.uint8)]), "CMYK")
    frames = {"save_all": True, "append_images": [Image.new("RGB", rgb.size, "blue")]}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    bits = GREY[:, :, 0] > 127
    lossless = {"lossless": True}
    return [
        Odd("colour.png", saved(rgb, "PNG"), COLOUR),
        Odd("UPPER.PNG", saved(rgb, "PNG"), COLOUR),
        Odd("grey.png", saved(grey, "PNG"), GREY),
        Odd("one bit.png", saved(Image.fromarray(bits), "PNG"), bits[..., None].repeat(3, 2) * np.uint8(255)),
        Odd("palette.png", saved(palette, "PNG"), indexed),
        Odd(
            "palette, one transparent.png", saved(palette, "PNG", transparency=1),
            np.where(first[:, :, None], np.uint8(255), indexed),
        ),
        Odd("alpha.png", saved(rgba, "PNG"), _over_white(COLOUR, alpha), 1),
        Odd("alpha.webp", saved(rgba, "WEBP", exact=True, **lossless), _over_white(COLOUR, alpha), 1),
        Odd("alpha.tiff", saved(rgba, "TIFF"), _over_white(COLOUR, alpha), 1),
        Odd(
            "grey alpha.png", saved(Image.fromarray(np.dstack([GREY[:, :, 0], alpha]), "LA"), "PNG"),
            _over_white(GREY, alpha), 1,
        ),
        Odd("16 bits.png", saved(Image.fromarray(deep), "PNG"), GREY),
        Odd("16 bits in colour.png", png(WIDTH, HEIGHT, deep_rgb, 16, 2), COLOUR),
        Odd("16 bits.tif", saved(Image.fromarray(deep), "TIFF"), GREY),
        Odd("16 bits.pgm", b"P5 4 6 65535\n" + deep.astype(">u2").tobytes(), GREY),
        Odd(
            "16 bits, one transparent.png",
            with_transparency(png(WIDTH, HEIGHT, deep_grey, 16, 0), int(deep[2, 1])), one_white(GREY),
        ),
        Odd(
            "16 bits in colour, one transparent.png",
            with_transparency(png(WIDTH, HEIGHT, deep_rgb, 16, 2), *(COLOUR[2, 1].astype(int) * 256 + 99)),
            one_white(COLOUR),
        ),
        Odd("2 bits.png", png(WIDTH, HEIGHT, two_bits, 2, 0), coarse * np.uint8(85)),
        Odd(
            "2 bits, one transparent.png", with_transparency(png(WIDTH, HEIGHT, two_bits, 2, 0), 2),
            np.where(coarse == 2, np.uint8(255), coarse * np.uint8(85)),
        ),
        Odd("16 bits, 0 is white.tif", tiff(16, 0, (0xFFFF - deep).astype("<u2").tobytes()), GREY),
        Odd("12 bits.tif", tiff(12, 1, int(twelve, 2).to_bytes(len(twelve) // 8, "big")), GREY),
        Odd("8 bits, 0 is white.tif", tiff(8, 0, (255 - GREY[:, :, 0]).tobytes()), GREY),
        Odd("damaged exif.png", saved(rgb, "PNG", exif=b"no such data"), COLOUR),
        Odd("damaged exif.jpg", saved(smooth, "JPEG", quality=100, exif=b"Exif\0\0no such data"), SMOOTH, 3),
        Odd("cmyk.jpg", saved(cmyk, "JPEG", quality=100), SMOOTH, 3),
        Odd("cmyk.tiff", saved(cmyk, "TIFF"), SMOOTH, 1),
        Odd("photograph.jpg", saved(smooth, "JPEG", quality=100), SMOOTH, 3),
        Odd("progressive.jpeg", saved(smooth, "JPEG", quality=100, progressive=True), SMOOTH, 3),
        Odd("with a profile.jpg", saved(smooth, "JPEG", quality=100, icc_profile=profile), SMOOTH, 3),
        Odd("grey.jpg", saved(Image.new("L", rgb.size, 90), "JPEG"), np.full_like(COLOUR, 90), 2),
        Odd("jpeg.jfif", saved(smooth, "JPEG", quality=100), SMOOTH, 3),
        *(
            Odd(f"orientation {number}.png", saved(Image.fromarray(lying(COLOUR).copy()), "PNG",
                                                   exif=exif(number)), COLOUR)
            for number, lying in ORIENTATIONS.items()
        ),
        *(
            Odd(f"orientation {number}.tif", saved(Image.fromarray(lying(COLOUR).copy()), "TIFF",
                                                   tiffinfo={0x0112: number}), COLOUR)
            for number, lying in ORIENTATIONS.items()
        ),
        Odd(
            "orientation 6.webp",
            saved(Image.fromarray(ORIENTATIONS[6](COLOUR).copy()), "WEBP", exif=exif(6), **lossless), COLOUR,
        ),
        Odd("colour.webp", saved(rgb, "WEBP", **lossless), COLOUR),
        Odd("animated.gif", saved(Image.fromarray(indexed), "GIF", **frames), indexed),
        Odd("animated.png", saved(rgb, "PNG", **frames), COLOUR),
        Odd("colour.bmp", saved(rgb, "BMP"), COLOUR),
        Odd("colour.ppm", saved(rgb, "PPM"), COLOUR),
        Odd("packed.tiff", saved(rgb, "TIFF", compression="tiff_lzw"), COLOUR),
        Odd("pages.tiff", saved(rgb, "TIFF", **frames), COLOUR),
        Odd("jpeg in truth.png", saved(smooth, "JPEG", quality=100), SMOOTH, 3),
        Odd("png in truth.jpg", saved(rgb, "PNG"), COLOUR),
        Odd("no ending", saved(rgb, "PNG"), COLOUR),
        Odd("another ending.dat", saved(smooth, "JPEG", quality=100), SMOOTH, 3),
        Odd("bitmap without ending", saved(rgb, "BMP"), COLOUR),
        Odd("modern.avif", saved(smooth, "AVIF", quality=100), SMOOTH, 4),
        Odd("Café, 写真 (1).png", saved(rgb, "PNG"), COLOUR),
    ]  # fmt: skip


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)


def refused() -> list[Odd]:
    """Files that all readers refuse, with the same words."""
    rgb = Image.fromarray(COLOUR)
    whole = {form: saved(Image.effect_noise((64, 64), 90).convert("RGB"), form) for form in ("PNG", "JPEG")}
    return [
        Odd("empty.png", b"", refusal="it is empty"),
        Odd("a web page.jpg", b"<html>not found</html>", refusal="it does not start like any of"),
        Odd("half.png", whole["PNG"][:2000], refusal="cannot be decoded"),
        Odd("half.jpg", whole["JPEG"][:1500], refusal="cannot be decoded"),
        Odd(
            "32 bits.tiff", saved(Image.new("I", rgb.size, 70_000), "TIFF"), refusal="its pixels have 32 bits"
        ),
        Odd("32 small bits.tiff", tiff(32, 1, GREY[:, :, 0].astype("<u4").tobytes()), refusal="have 32 bits"),
        Odd("signed.tiff", tiff(16, 1, GREY[:, :, 0].astype("<i2").tobytes(), 2), refusal="signed numbers"),
        Odd("floats.tiff", saved(Image.new("F", rgb.size, 0.5), "TIFF"), refusal="floating-point"),
        Odd("heic in truth.jpg", HEIC, refusal="it is a HEIC picture"),
        Odd("14000x14000.png", png(14_000, 14_000, b"", 1, 0), refusal="pixels, which exceeds limits"),
        Odd("2 billion squared.png", png(2**31 - 1, 2**31 - 1, b"", 1, 0), refusal="cannot be decoded"),
    ]


def passed_over() -> list[Odd]:
    """Files that no reader takes for an image."""
    good = saved(Image.fromarray(COLOUR), "PNG")
    return [
        Odd("._x.png", b"\0\5\x16\7 resource fork"),
        Odd(".hidden.png", good),
        Odd(".ipynb_checkpoints/x-checkpoint.png", good),
        Odd("__MACOSX/._x.png", good),
        Odd("photo.heic", HEIC),
        Odd("photo without ending", HEIC),
        Odd("drawing.svg", b"<svg/>"),
        Odd("notes.txt", b"P1 2 of 3: no bitmap"),
        Odd("Thumbs.db", b"\xd0\xcf\x11\xe0" + bytes(64)),
    ]
