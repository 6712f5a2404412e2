"""Folders of people's own images: layouts, kinds of images, and what is wrong with them."""

from __future__ import annotations

import io
import logging
import os
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ganzoo_datasets.folder import Folder
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import LabelledImages


def load(data_dir: Path | None, split: str = "train", **config: Any) -> LabelledImages:
    return Folder(Folder.Config(**{"size": 4, **config}), data_dir).load(split)


def save(path: Path, colour: Any = (10, 20, 30), size: tuple[int, int] = (4, 4), mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)
    return path


def first_pixels(data: LabelledImages) -> list[list[int]]:
    return data.images[:, :, 0, 0].tolist()


def test_class_folders(tmp_path: Path) -> None:
    save(tmp_path / "dog" / "b.png", (4, 4, 4))
    save(tmp_path / "dog" / "a.PNG", (3, 3, 3))
    save(tmp_path / "cat" / "z.png", (1, 1, 1))
    save(tmp_path / "cat" / "zz" / "deeper.png", (2, 2, 2))
    data = load(tmp_path)
    assert data.images.shape == (4, 3, 4, 4)
    assert data.images.dtype == torch.uint8
    assert data.labels.dtype == torch.int64
    assert data.class_names == ("cat", "dog")
    assert data.labels.tolist() == [0, 0, 1, 1]
    assert first_pixels(data) == [[1] * 3, [2] * 3, [3] * 3, [4] * 3]
    with pytest.raises(UsageError, match="has no test split"):
        load(tmp_path, "test")


def test_train_and_test_folders(tmp_path: Path) -> None:
    save(tmp_path / "train" / "a" / "0.png", (1, 1, 1))
    save(tmp_path / "train" / "b" / "0.png", (2, 2, 2))
    save(tmp_path / "test" / "b" / "0.png", (3, 3, 3))
    assert load(tmp_path).labels.tolist() == [0, 1]
    test = load(tmp_path, "test")
    assert test.class_names == ("a", "b")
    assert test.labels.tolist() == [1]
    assert first_pixels(test) == [[3, 3, 3]]
    save(tmp_path / "test" / "bb" / "0.png")
    with pytest.raises(GanzooError, match=r"bb is a class that .*train does not have; did you mean 'b'"):
        load(tmp_path, "test")


def test_a_train_folder_without_test(tmp_path: Path) -> None:
    save(tmp_path / "train" / "a" / "0.png")
    assert load(tmp_path).class_names == ("a",)
    with pytest.raises(UsageError, match="has no test split"):
        load(tmp_path, "test")


def test_train_may_be_a_class(tmp_path: Path) -> None:
    save(tmp_path / "train" / "0.png")
    save(tmp_path / "plane" / "0.png")
    assert load(tmp_path).class_names == ("plane", "train")


def test_flat_folder_is_one_class_named_after_it(tmp_path: Path) -> None:
    save(tmp_path / "faces" / "1.png", (2, 2, 2))
    save(tmp_path / "faces" / "0.jpg", (1, 1, 1))
    data = load(tmp_path / "faces")
    assert data.class_names == ("faces",)
    assert data.labels.tolist() == [0, 0]
    assert first_pixels(data) == [[1] * 3, [2] * 3]


def test_flat_train_and_test(tmp_path: Path) -> None:
    save(tmp_path / "faces" / "train" / "0.png", (1, 1, 1))
    save(tmp_path / "faces" / "test" / "0.png", (2, 2, 2))
    assert load(tmp_path / "faces").class_names == ("faces",)
    assert first_pixels(load(tmp_path / "faces", "test")) == [[2, 2, 2]]


def test_other_and_hidden_files_are_ignored_and_links_followed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    original = save(tmp_path / "elsewhere" / "x.png", (9, 9, 9))
    data_dir = tmp_path / "data"
    save(data_dir / "a" / "0.png", (1, 1, 1))
    (data_dir / "a" / "notes.txt").write_text("not an image")
    (data_dir / "a" / ".hidden.png").write_text("not an image")
    (data_dir / ".thumbnails").mkdir()
    (data_dir / ".thumbnails" / "0.png").write_text("not an image")
    (data_dir / "a" / ".thumbnails").mkdir()
    (data_dir / "a" / ".thumbnails" / "0.png").write_text("not an image")
    (data_dir / "empty").mkdir()
    (data_dir / "a" / "1.png").symlink_to(original)
    (data_dir / "a" / "up").symlink_to(data_dir)  # a loop
    (data_dir / "linked").symlink_to(original.parent)
    save(data_dir / "preview.png")
    data = load(data_dir)
    assert data.class_names == ("a", "linked")
    assert first_pixels(data) == [[1] * 3, [9] * 3, [9] * 3]
    assert "ignoring 1 images directly in" in caplog.text


def test_the_order_does_not_depend_on_the_file_system(tmp_path: Path) -> None:
    names = [f"{number}.png" for number in range(150)]
    by_name = sorted(names)
    random.Random(0).shuffle(names)
    for name in names:
        save(tmp_path / "a" / name, (int(name.removesuffix(".png")),) * 3)
    expected = [int(name.removesuffix(".png")) for name in by_name]
    assert load(tmp_path).images[:, 0, 0, 0].tolist() == expected


def test_short_side_is_scaled_and_the_centre_cut_out(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 80, 3), np.uint8)
    image = Image.fromarray(noise)
    (tmp_path / "a").mkdir()
    image.save(tmp_path / "a" / "0.png")
    image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a" / "1.png")
    whole = np.asarray(image.resize((20, 10), Image.Resampling.LANCZOS)).astype(int)
    wide, tall = load(tmp_path, size=10).images.permute(0, 2, 3, 1).numpy().astype(int)
    assert np.abs(wide - whole[:, 5:15]).max() <= 1
    assert np.abs(tall - np.rot90(whole[:, 5:15])).max() <= 1


def test_small_images_are_enlarged(tmp_path: Path) -> None:
    save(tmp_path / "a" / "0.png", (1, 2, 3), size=(1, 3))
    assert load(tmp_path, size=5).images[0].unique_consecutive().tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("mode", "colour", "rgb"),
    [
        ("1", 1, [255, 255, 255]),
        ("L", 77, [77, 77, 77]),
        ("LA", (77, 0), [255, 255, 255]),
        ("P", 0, [0, 0, 0]),
        ("RGB", (1, 2, 3), [1, 2, 3]),
        ("RGBA", (1, 2, 3, 255), [1, 2, 3]),
        ("RGBA", (1, 2, 3, 0), [255, 255, 255]),
        ("RGBA", (0, 0, 255, 51), [204, 204, 255]),  # a fifth of blue over white
        ("I;16", 0x1234, [0x12] * 3),
        ("I;16", 0xFFFF, [255] * 3),
    ],
)
def test_png_modes(tmp_path: Path, mode: str, colour: Any, rgb: list[int]) -> None:
    save(tmp_path / "a" / "0.png", colour, mode=mode)
    assert first_pixels(load(tmp_path)) == [rgb]


def test_palette_with_transparency(tmp_path: Path) -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 200, 100, 50])
    (tmp_path / "a").mkdir()
    image.save(tmp_path / "a" / "0.png")
    image.save(tmp_path / "a" / "1.png", transparency=1)
    image.save(tmp_path / "a" / "2.png", transparency=bytes([255, 0]))
    image.save(tmp_path / "a" / "3.gif", transparency=1)
    assert first_pixels(load(tmp_path)) == [[200, 100, 50]] + [[255, 255, 255]] * 3


def test_cmyk_and_other_formats(tmp_path: Path) -> None:
    save(tmp_path / "a" / "0.jpg", (0, 0, 0, 0), mode="CMYK")
    save(tmp_path / "a" / "1.tiff", (0, 0, 0, 255), mode="CMYK")
    save(tmp_path / "a" / "2.bmp", (1, 2, 3))
    save(tmp_path / "a" / "3.ppm", (1, 2, 3))
    save(tmp_path / "a" / "4.webp", (255, 255, 255))
    save(tmp_path / "a" / "5.pgm", 300, mode="I;16")
    assert first_pixels(load(tmp_path)) == [
        [255] * 3, [0] * 3, [1, 2, 3], [1, 2, 3], [255] * 3, [1] * 3,
    ]  # fmt: skip


def test_first_frame_of_an_animation(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a" / "0.gif", save_all=True, append_images=frames[1:])
    assert first_pixels(load(tmp_path)) == [[255, 0, 0]]


def test_colour_becomes_grey_by_luma(tmp_path: Path) -> None:
    for name, colour in {"0": (255, 0, 0), "1": (0, 255, 0), "2": (0, 0, 255)}.items():
        save(tmp_path / "a" / f"{name}.png", colour)
    data = load(tmp_path, channels=1)
    assert data.images.shape == (3, 1, 4, 4)
    # ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B
    np.testing.assert_allclose(data.images[:, 0, 0, 0], [76.2, 149.7, 29.1], atol=1)


def test_photographs_are_turned_upright(tmp_path: Path) -> None:
    image = Image.new("L", (4, 4), 0)
    image.paste(255, (0, 0, 2, 4))  # left half white
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned clockwise, so left becomes top
    (tmp_path / "a").mkdir()
    image.save(tmp_path / "a" / "0.png", exif=exif)
    assert load(tmp_path, channels=1).images[0, 0, :, 0].tolist() == [255, 255, 0, 0]


def test_damaged_metadata_do_not_matter_and_do_not_warn(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12" * 20
    Image.new("L", (4, 4), 128).save(tmp_path / "a" / "0.jpg", exif=exif)
    assert first_pixels(load(tmp_path)) == [[128, 128, 128]]


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("0.png", b"", "it is empty"),
        ("0.jpg", b"<html>not found</html>", "it does not start like any of .*JPEG.*PNG"),
        ("0.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n", "it does not start like"),
    ],
)
def test_a_corrupt_image_is_named(tmp_path: Path, name: str, content: bytes, cause: str) -> None:
    save(tmp_path / "a" / "good.png")
    (tmp_path / "a" / name).write_bytes(content)
    with pytest.raises(GanzooError, match=f"{name} cannot be decoded as an image: {cause}.*delete it"):
        load(tmp_path)


@pytest.mark.parametrize("suffix", ["jpg", "png", "gif", "tif", "bmp", "webp"])
def test_truncated_images_are_refused(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "a").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    path = tmp_path / "a" / f"0.{suffix}"
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(GanzooError, match=rf"0\.{suffix} cannot be decoded"):
        load(tmp_path)


@pytest.mark.parametrize("side", [10_000, 14_000])  # Pillow warns at the first, refuses the second
def test_decompression_bombs_are_refused(tmp_path: Path, side: int) -> None:
    save(tmp_path / "a" / "bomb.png", 0, size=(side, side), mode="1")
    with pytest.raises(GanzooError, match=r"bomb\.png cannot be decoded.*exceeds limit"):
        load(tmp_path)


@pytest.mark.parametrize(("mode", "colour"), [("I", 70_000), ("I", -1), ("F", 0.5)])
def test_pixels_without_a_known_range_are_refused(tmp_path: Path, mode: str, colour: float) -> None:
    save(tmp_path / "a" / "0.tiff", colour, mode=mode)
    with pytest.raises(GanzooError, match=r"0\.tiff cannot be decoded.*save it with 8 or 16"):
        load(tmp_path)


def test_all_broken_images_are_named_at_once(tmp_path: Path) -> None:
    for number in range(30):
        save(tmp_path / "a" / f"{number:02}.png")
    for number in (3, 7, 21):
        (tmp_path / "a" / f"{number:02}.png").write_bytes(b"no picture")
    with pytest.raises(GanzooError) as raised:
        load(tmp_path)
    first, *named = str(raised.value).splitlines()
    assert first == "3 of 30 images can't be used"
    assert [Path(line.split()[0]).name for line in named] == ["03.png", "07.png", "21.png"]
    for number in range(30):
        (tmp_path / "a" / f"{number:02}.png").write_bytes(b"no picture")
    with pytest.raises(GanzooError) as raised:
        load(tmp_path)
    assert len(str(raised.value).splitlines()) == 22
    assert str(raised.value).endswith("... and 10 more")


def test_pictures_that_are_passed_over_are_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(tmp_path / "a" / "0.png")
    (tmp_path / "b").mkdir()
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    for name in ("a/1.HEIC", "a/2.heic", "b/3.heic", "b/no ending"):
        (tmp_path / name).write_bytes(heic)
    (tmp_path / "a" / "notes.txt").write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        assert load(tmp_path).class_names == ("a",)
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path / 'b'} is no class: it holds no image that can be decoded",
        f"left out in {tmp_path}: 4 of a format that can't be decoded (convert to JPEG or PNG): "
        "a/1.HEIC, a/2.heic, b/3.heic, ...; 1 no pictures: a/notes.txt",
    ]


def test_a_dangling_link_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "0.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(GanzooError, match=r"0\.png cannot be read: No such file"):
        load(tmp_path)


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "tif"])
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_damaged_bytes_give_an_image_or_a_ganzoo_error(suffix: str, data: st.DataObject) -> None:
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (4, 4, 3), np.uint8)
    Image.fromarray(noise).save(buffer, Image.registered_extensions()[f".{suffix}"])
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, f"0.{suffix}").write_bytes(content)
        try:
            outcome: LabelledImages | str = load(Path(folder))
        except GanzooError as error:
            outcome = str(error)
    if isinstance(outcome, str):
        assert f"0.{suffix}" in outcome
    else:
        assert outcome.images.shape == (1, 3, 4, 4)


def test_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'folder' needs --data-dir DIR(.|\n)*DIR/CLASS"):
        load(None)
    with pytest.raises(UsageError, match="no split 'valid'"):
        load(tmp_path, "valid")
    with pytest.raises(GanzooError, match=r"holds no images(.|\n)*DIR/train/CLASS(.|\n)*\.png"):
        load(tmp_path)
    with pytest.raises(GanzooError, match="no such folder"):
        load(tmp_path / "absent")
    with pytest.raises(GanzooError, match=r"0\.png is a file: name the folder"):
        load(save(tmp_path / "0.png"))


@pytest.mark.parametrize("config", [{"size": 0}, {"size": -3}, {"channels": 2}])
def test_wrong_settings(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(config))} must be .*not {next(iter(config.values()))}"):
        Folder.Config(**config)


def test_a_size_that_no_memory_holds(tmp_path: Path) -> None:
    save(tmp_path / "a" / "0.png")
    with pytest.raises(GanzooError, match=r"1 images of 3x30000000x30000000 take 2,700,000\.0 GB"):
        load(tmp_path, size=30_000_000)


def test_decoding_is_announced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save(tmp_path / "a" / "0.png")
    with caplog.at_level(logging.INFO, "ganzoo.datasets"):
        load(tmp_path)
    assert [record.getMessage() for record in caplog.records] == [f"decoding 1 images of {tmp_path}, once"]


@pytest.mark.parametrize("kind", ["pipe", "device", "large"])
def test_what_is_no_image_file_is_refused_unread(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a" / "x.png"
    path.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with path.open("wb") as file:
            file.truncate(2**40)

    with pytest.raises(GanzooError, match=r"x\.png cannot be read: it (is a pipe or a device|has 1,099)"):
        load(tmp_path)
