"""The images to judge: every source ends in the same uint8, and what is wrong with them is said."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from ganzoo.errors import GanzooError, UsageError
from ganzoo.evaluation.image_files import from_file, from_place
from ganzoo.evaluation.protocols import ProtocolChoices
from ganzoo.evaluation.samples import checked, from_generator
from ganzoo.evaluation.sources import open_source
from ganzoo.image_files import FolderPlace
from ganzoo.interfaces import Generator, ImageSpec, LabelledImages
from ganzoo.sampling.files import save_arrays
from ganzoo.sampling.generation import generate
from ganzoo.sampling.latents import draw_latents

IMAGES = np.random.default_rng(0).integers(0, 256, (700, 5, 4, 3), np.uint8)
CLASSES = ("T-shirt/top", "bag")
SHAPE = ImageSpec(3, 5, 4)


class Affine(Generator):
    """Draws images from the first latents, times a factor."""

    def __init__(self, factor: float, num_classes: int | None = None) -> None:
        super().__init__()
        self.latent_dim, self.image, self.num_classes = 60, ImageSpec(3, 5, 4), num_classes
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        images = self.factor * torch.tanh(latents).view(-1, 3, 5, 4)
        return images if labels is None else images * 0 + labels.view(-1, 1, 1, 1) / 2


def read(samples) -> np.ndarray:
    """All images, `(N, H, W, C)`."""
    return torch.cat(list(samples.open())).permute(0, 2, 3, 1).numpy()


# A generator


def test_a_generator_draws_what_ganzoo_sample_draws() -> None:
    generator = Affine(0.9)
    samples = from_generator(generator, 600, seed=5, name="run", facts={"step": 3})

    latents = draw_latents(600, 60, 5)
    expected = torch.cat(list(generate(generator, latents, None))).permute(0, 2, 3, 1)
    assert np.array_equal(read(samples), expected)
    assert np.array_equal(read(samples), read(samples)), "it can be read again"
    assert (samples.count, samples.labels) == (600, None)
    assert samples.facts == {
        "step": 3, "seed": 5, "labels": "none", "quantisation": samples.facts["quantisation"],
    }  # fmt: skip


def test_a_conditional_generator_draws_every_class_equally_often() -> None:
    samples = from_generator(Affine(1.0, 2), 100, seed=0, name="run", facts={})

    assert torch.bincount(samples.labels).tolist() == [50, 50]
    drawn = read(samples)
    assert {int(image.max()) for image in drawn[samples.labels == 1]} == {191}  # (0.5 + 1) * 127.5 rounded


def test_the_mode_of_the_generator_is_as_before() -> None:
    generator = Affine(1.0).train()

    read(from_generator(generator, 30, seed=0, name="run", facts={}))

    assert generator.training


@pytest.mark.parametrize("factor", [float("nan"), float("inf")])
def test_pixels_that_are_no_numbers_are_an_error(factor: float) -> None:
    with pytest.raises(GanzooError, match="NaN or infinite pixels"):
        read(from_generator(Affine(factor), 30, seed=0, name="run", facts={}))


def test_values_outside_the_range_are_an_error() -> None:
    with pytest.raises(GanzooError, match=r"outside \[-1, 1\]"):
        read(from_generator(Affine(1.5), 100, seed=0, name="run", facts={}))


# A .npz


def save(path: Path, **arrays: np.ndarray) -> Path:
    np.savez_compressed(path, **arrays)
    return path


def test_a_file_is_read_in_pieces_as_it_was_written(tmp_path: Path) -> None:
    labels = np.arange(700) % 2
    samples = from_file(save(tmp_path / "s.npz", images=IMAGES, labels=labels))

    assert np.array_equal(read(samples), IMAGES)
    assert max(len(batch) for batch in samples.open()) < 700
    assert np.array_equal(samples.labels, labels)


def test_what_ganzoo_sample_writes_can_be_judged(tmp_path: Path) -> None:
    images = torch.from_numpy(IMAGES).permute(0, 3, 1, 2)
    save_arrays([images], torch.arange(700), tmp_path / "s.npz")

    samples = from_file(tmp_path / "s.npz")

    assert np.array_equal(read(samples), IMAGES)
    assert np.array_equal(samples.labels, np.arange(700))


def test_the_first_of_them(tmp_path: Path) -> None:
    samples = from_file(save(tmp_path / "s.npz", images=IMAGES, labels=np.arange(700))).limited(300)

    assert np.array_equal(read(samples), IMAGES[:300])
    assert (samples.count, len(samples.labels)) == (300, 300)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"images": IMAGES / 255}, "are float64, not uint8"),
        ({"images": IMAGES[..., 0, 0]}, r"have the shape \(700, 5\)"),
        ({"images": IMAGES.transpose(0, 3, 1, 2)}, r"have the shape \(700, 3, 5, 4\)"),
        ({"pictures": IMAGES}, "no array called images; it has pictures.npy"),
        ({"images": IMAGES, "labels": np.arange(3)}, r"labels in .* are int64 \(3,\)"),
        ({"images": IMAGES, "labels": np.arange(700) / 2}, "are float64"),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, arrays: dict, message: str) -> None:
    with pytest.raises(GanzooError, match=message):
        from_file(save(tmp_path / "s.npz", **arrays))


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "s.npz", images=IMAGES)
    path.write_bytes(path.read_bytes()[:1000])

    with pytest.raises(GanzooError, match=r"can't be read as a \.npz"):
        from_file(path)


@pytest.mark.parametrize("place", [0.02, 0.3, 0.5, 0.9])
def test_a_flipped_bit_is_noticed(tmp_path: Path, place: float) -> None:
    path = save(tmp_path / "s.npz", images=np.sort(IMAGES, axis=0))
    data = bytearray(path.read_bytes())
    data[int(place * len(data))] ^= 1
    path.write_bytes(data)

    with pytest.raises(GanzooError, match=r"damaged|can't be read"):
        read(from_file(path))


# A folder


def fill(folder: Path, suffix: str = ".png") -> Path:
    for index, image in enumerate(IMAGES[:30]):
        path = folder / ("bag" if index % 3 else "T-shirt_top") / f"{index:03d}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return folder


def test_a_folder_of_class_folders_has_labels(tmp_path: Path) -> None:
    samples = from_place(FolderPlace(fill(tmp_path / "f")), CLASSES, SHAPE)

    order = [*range(0, 30, 3), *(i for i in range(30) if i % 3)]
    assert np.array_equal(read(samples), IMAGES[order])
    assert samples.labels.tolist() == [0] * 10 + [1] * 20
    assert samples.warnings == ()


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_of_the_folder_is_read_as_the_folder_is(kind: str, tmp_path: Path) -> None:
    folder = fill(tmp_path / "f")
    archive = Path(shutil.make_archive(str(tmp_path / "samples"), kind, folder))
    real = LabelledImages(torch.zeros(2, 3, 5, 4, dtype=torch.uint8), torch.tensor([0, 1]), CLASSES)

    ones, others = (
        open_source(path, real, ProtocolChoices(), 0, torch.device("cpu")) for path in (folder, archive)
    )

    assert np.array_equal(read(ones), read(others))
    assert torch.equal(ones.labels, others.labels)


def test_a_folder_with_other_subfolders_has_none(tmp_path: Path) -> None:
    assert from_place(FolderPlace(fill(tmp_path / "f")), ("cat", "bag"), SHAPE).labels is None


def test_grey_files_have_one_channel(tmp_path: Path) -> None:
    for index in range(3):
        Image.fromarray(IMAGES[index, :, :, 0]).save(tmp_path / f"{index}.png")

    assert np.array_equal(
        read(from_place(FolderPlace(tmp_path), (), ImageSpec(1, 5, 4))), IMAGES[:3, :, :, :1]
    )


def test_lossy_files_are_warned_of(tmp_path: Path) -> None:
    (warning,) = from_place(FolderPlace(fill(tmp_path / "f", ".jpg")), CLASSES, SHAPE).warnings

    assert "30 of the images" in warning
    assert "lossy" in warning


def test_files_of_several_sizes_are_refused(tmp_path: Path) -> None:
    fill(tmp_path / "f")
    Image.fromarray(IMAGES[0, :3]).save(tmp_path / "f/bag/small.png")

    with pytest.raises(UsageError, match=r"small\.png is 4x3 pixels; images here are 4x5.*--fit crop"):
        read(from_place(FolderPlace(tmp_path / "f"), CLASSES, SHAPE))
    assert read(from_place(FolderPlace(tmp_path / "f"), CLASSES, SHAPE, fit="stretch")).shape == (31, 5, 4, 3)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")

    with pytest.raises(GanzooError, match="holds no run, no checkpoint and no images"):
        from_place(FolderPlace(tmp_path), CLASSES, SHAPE)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\nbroken")

    with pytest.raises(GanzooError, match=r"broken\.png cannot be decoded"):
        read(from_place(FolderPlace(tmp_path), CLASSES, SHAPE))


# What is looked at on the way


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    samples = from_file(save(tmp_path / "s.npz", images=IMAGES))

    with pytest.raises(UsageError, match="has images of 3x5x4, the data set of 1x8x8"):
        list(checked(samples, (1, 8, 8), print))


@pytest.mark.parametrize(
    ("image", "message"), [(IMAGES % 2, "brighter than 1 of 255"), (IMAGES * 0 + 7, "all pixels of .* are 7")]
)
def test_doubtful_pixels_are_warned_of(tmp_path: Path, image: np.ndarray, message: str) -> None:
    warnings: list[str] = []

    list(checked(from_file(save(tmp_path / "s.npz", images=image)), (3, 5, 4), warnings.append))

    assert len(warnings) == 1
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(warnings[0])


def packed(path: Path, **members: bytes) -> Path:
    """An archive with these bytes as its arrays."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


def header(shape: tuple[Any, ...], dtype: str = "|u1") -> bytes:
    """The beginning of an array that says it has this shape."""
    text = repr({"descr": dtype, "fortran_order": False, "shape": shape}).encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (header((2**40, 8, 8, 1)), b"", "array has the shape"),
        (header((10**9, 8, 8, 1)), b"", "says that it holds 1,000,000,000 images"),
        (header((0, 8, 8, 1)), b"", "says that it holds 0 images"),
        (header((4, 40_000, 40_000, 1)), b"", "one pixel to 32,000,000 can be read"),
        (header((4, 0, 8, 1)), b"", "one pixel to 32,000,000 can be read"),
        (header((-4, 8, 8, 1)), b"", "array has the shape"),
        (header((4, 8, 8, 1)), header((2**39,), "<i8"), "not one integer an image"),
        (header((4, 8, 8, 1)), header((4,), "<i8"), "its labels end after 0 bytes"),
        (b"\x93NUMPY\x02\x00\xff\xff\xff\xff", b"", "header is damaged"),
    ],
)
def test_an_archive_that_claims_what_it_has_not_is_refused(
    images: bytes, labels: bytes, message: str, tmp_path: Path
) -> None:
    members = {"images": images} | ({"labels": labels} if labels else {})

    with pytest.raises(GanzooError, match=message):
        from_file(packed(tmp_path / "x.npz", **members))


def test_an_image_with_too_many_pixels_is_refused_undecoded(tmp_path: Path) -> None:
    Image.new("1", (8000, 4001)).save(tmp_path / "black.png")

    with pytest.raises(
        GanzooError, match=r"black\.png cannot be decoded as an image: it has more than 32,000,000"
    ):
        read(from_place(FolderPlace(tmp_path), CLASSES, SHAPE))


def test_large_images_are_read_a_few_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganzoo.evaluation.image_files._BATCH_BYTES", 7000)
    for index in range(4):
        Image.new("L", (60, 50), index).save(tmp_path / f"{index}.png")

    batches = list(from_place(FolderPlace(tmp_path), CLASSES, ImageSpec(1, 50, 60)).open())

    assert [len(batch) for batch in batches] == [2, 2]
    assert [int(image.max()) for batch in batches for image in batch] == [0, 1, 2, 3]
