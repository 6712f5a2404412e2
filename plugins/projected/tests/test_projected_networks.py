"""Projected: frozen features by hand, weights that are never silently random, counts, sizes."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import timm
import torch
import torch.nn.functional as F
from ganzoo_components.upsamplings import ResizeConv, TransposedConv
from ganzoo_models.lightweight import LightweightGenerator
from ganzoo_projected import Projected
from ganzoo_projected.discriminator import ProjectedDiscriminator
from ganzoo_projected.features import ProjectedFeatures
from torch import Tensor, nn

from ganzoo.errors import GanzooError, UsageError
from ganzoo.interfaces import Discriminator, ImageSpec
from ganzoo.settings.merging import resolve

CIFAR = ImageSpec(3, 32, 32)
TINY: dict[str, Any] = {
    "backbone": "test_resnet",
    "resolution": 64,
    "latent_dim": 6,
    "channels": 1,
    "projection_channels": 2,
    "discriminator_channels": 2,
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with the weights of a network of 0.4 million parameters."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    safetensors.torch.save_file(timm.create_model("test_resnet").state_dict(), path)
    return str(path)


def build(image: ImageSpec = CIFAR, upsampling: Any = ResizeConv, **settings: Any) -> Projected:
    factory = functools.partial(upsampling, upsampling.Config())
    return Projected(Projected.Config(**settings), image, None, upsampling=factory)


def trainable(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_parameters_with_the_published_backbone() -> None:
    discriminator = build(weights="random").discriminator()
    # Blocks m·n·16 + n + 2n: 64 → 64, 64 → 128, 128 → 256, 256 → 512; each head begins with its own
    # map, of 64, 64, 128 and 256 channels, and ends with 512·16.
    blocks = [65_728, 131_456, 525_056, 2_098_688]
    assert trainable(discriminator) == sum(sum(blocks[i:]) + 8_192 for i in range(4)) == 10_331_328
    features = discriminator.features
    assert trainable(features) == 0
    # Of tf_efficientnet_lite0's maps, 24, 40, 112 and 320 channels, to 64, 128, 256 and 512.
    shapes = [tuple(layer.weight.shape[:2]) for layer in features.across_channels]
    assert shapes == [(64, 24), (128, 40), (256, 112), (512, 320)]
    shapes = [tuple(layer.weight.shape[:2]) for layer in features.across_scales]
    assert shapes == [(64, 64), (64, 128), (128, 256), (256, 512)]


def test_the_published_maps() -> None:
    features = build(weights="random").discriminator().features
    with torch.no_grad():
        maps = features(torch.zeros(1, 3, 32, 32))
    assert [tuple(x.shape[1:]) for x in maps] == [
        (64, 112, 112),
        (64, 56, 56),
        (128, 28, 28),
        (256, 14, 14),
    ]


def test_the_features_written_out(weights: str) -> None:
    """The backbone's own maps, mixed as published: first resized, then convolved."""
    torch.manual_seed(0)
    features = ProjectedFeatures("test_resnet", weights, channels=4, resolution=64).double()
    images = torch.rand(2, 1, 16, 16, dtype=torch.float64) * 2 - 1
    backbone = timm.create_model("test_resnet")
    backbone.load_state_dict(safetensors.torch.load_file(weights))
    backbone = backbone.double().eval()
    inputs = F.interpolate(images.repeat(1, 3, 1, 1), (64, 64), mode="bilinear", align_corners=False)
    # Its mean and deviation are 0.5: what it was made for is [-1, 1], the images' own range.
    maps = backbone.forward_intermediates(inputs, indices=[1, 2, 3, 4], intermediates_only=True)

    def convolve(layer: nn.Module, x: torch.Tensor) -> torch.Tensor:
        return torch.einsum("oi,bihw->bohw", layer.weight[:, :, 0, 0], x) + layer.bias[:, None, None]

    def double(x: torch.Tensor) -> torch.Tensor:
        return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)

    mixed = [convolve(layer, x) for layer, x in zip(features.across_channels, maps, strict=True)]
    scales = features.across_scales
    fourth = convolve(scales[3], double(mixed[3]))
    third = convolve(scales[2], double(mixed[2] + fourth))
    second = convolve(scales[1], double(mixed[1] + third))
    first = convolve(scales[0], double(mixed[0] + second))
    for found, expected in zip(features(images), (first, second, third, fourth), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)


def test_images_that_are_large_enough_are_seen_as_they_are(weights: str) -> None:
    """Only smaller ones are resized; the heads are as deep as for those (released code, interp224)."""
    small = build(weights=weights, **TINY).discriminator()
    large = build(ImageSpec(3, 128, 96), weights=weights, **TINY).discriminator()
    with torch.no_grad():
        resized, seen = small.features(torch.zeros(1, 3, 32, 32)), large.features(torch.zeros(1, 3, 128, 96))
        patches = [network(torch.zeros(2, *network.image.shape)).shape[1] for network in (small, large)]
    for one, other in zip(resized, seen, strict=True):
        assert (other.shape[2], other.shape[3]) == (2 * one.shape[2], 3 * one.shape[3] // 2)
    shapes = [[p.shape for p in network.heads.parameters()] for network in (small, large)]
    assert shapes[0] == shapes[1]
    assert patches[1] > patches[0]


def test_nothing_of_the_features_moves(weights: str) -> None:
    torch.manual_seed(0)
    discriminator = build(weights=weights, **TINY).discriminator().train()
    assert not any(module.training for module in discriminator.features.modules())
    assert all(module.training for module in discriminator.heads.modules())
    before = {name: tensor.clone() for name, tensor in discriminator.features.state_dict().items()}
    optimizer = torch.optim.Adam([p for p in discriminator.parameters() if p.requires_grad], lr=0.1)
    images = torch.randn(4, 3, 32, 32, requires_grad=True)
    discriminator(images).sum().backward()
    optimizer.step()
    after = discriminator.features.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(parameter.grad is None for parameter in discriminator.features.parameters())
    assert images.grad is not None
    assert images.grad.count_nonzero() > 0


def test_weights_come_from_the_file(weights: str) -> None:
    backbone = build(weights=weights, **TINY).discriminator().features.backbone
    state = safetensors.torch.load_file(weights)
    kept = backbone.state_dict()
    assert kept
    assert all(torch.equal(kept[name], state[name]) for name in kept)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    safetensors.torch.save_file(timm.create_model("test_vit").state_dict(), other)
    with pytest.raises(GanzooError, match=r"other\.safetensors does not fit the network"):
        build(weights=str(other), **TINY).discriminator()


def test_weights_with_a_hole_are_refused(tmp_path: Path, weights: str) -> None:
    state = safetensors.torch.load_file(weights)
    state.pop("conv1.0.weight")
    part = tmp_path / "part.safetensors"
    safetensors.torch.save_file(state, part)
    with pytest.raises(GanzooError, match="does not fit the network"):
        build(weights=str(part), **TINY).discriminator()


def test_weights_that_are_not_there_are_named() -> None:
    with pytest.raises(GanzooError, match=r"nowhere\.safetensors can't be read"):
        build(weights="nowhere.safetensors", **TINY).discriminator()


def test_a_hub_that_does_not_answer_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    real = timm.create_model

    def offline(name: str, pretrained: bool = False, **given: Any) -> Any:
        if pretrained:
            raise OSError("no route to host")
        return real(name, **given)

    monkeypatch.setattr(timm, "create_model", offline)
    with pytest.raises(
        GanzooError, match=r"can't be had from timm's hub: OSError: no route(.|\n)*model\.weights=FILE"
    ):
        build(weights="hub", **TINY).discriminator()


def test_backbones_that_do_not_exist_or_do_not_serve_are_named(weights: str) -> None:
    with pytest.raises(UsageError, match=r"timm has no model 'resnet19'"):
        build(backbone="resnet19", weights="random").discriminator()


def heads_and_features(discriminator: ProjectedDiscriminator) -> Iterator[tuple[nn.Module, Tensor]]:
    images = torch.zeros(2, *discriminator.image.shape)
    return zip(discriminator.heads, discriminator.features(images), strict=True)


@pytest.mark.parametrize("backbone", ["test_resnet", "test_efficientnet", "test_convnext"])
def test_any_backbone_with_maps_serves(backbone: str) -> None:
    settings = TINY | {"backbone": backbone}
    discriminator = build(weights="random", **settings).discriminator()
    patches = sum(head(x).shape[2:].numel() for head, x in heads_and_features(discriminator))
    assert discriminator(torch.randn(2, 3, 32, 32)).shape == (2, patches)


@pytest.mark.parametrize(("shape", "upsampling"), [((1, 28, 28), ResizeConv), ((3, 8, 8), TransposedConv)])
def test_draws_and_judges_small_and_grey_images(
    shape: tuple[int, int, int], upsampling: Any, weights: str
) -> None:
    model = build(ImageSpec(*shape), upsampling, weights=weights, **TINY)
    generator, discriminator = model.generator(), model.discriminator()
    assert isinstance(generator, LightweightGenerator)
    assert isinstance(discriminator, Discriminator)
    assert isinstance(discriminator, ProjectedDiscriminator)
    images = generator(torch.randn(2, 6))
    assert images.shape == (2, *shape)
    patches = sum(head(x).shape[2:].numel() for head, x in heads_and_features(discriminator))
    assert discriminator(images).shape == (2, patches)
    assert patches > 1


def test_wrong_inputs_are_named(weights: str) -> None:
    discriminator = build(weights=weights, **TINY).discriminator()
    with pytest.raises(ValueError, match=re.escape("images must be (batch, 3, 32, 32)")):
        discriminator(torch.zeros(2, 3, 64, 64))
    with pytest.raises(UsageError, match=r"projected.*such as 8x8, not 4x4"):
        build(ImageSpec(1, 4, 4))
    with pytest.raises(ValueError, match="resolution must be 1 or more, not 0"):
        build(resolution=0)
    with pytest.raises(ValueError, match="weights must be hub, random or a file"):
        build(weights="")


def test_its_average_remembers_20_000_images_and_a_twentieth_of_those_seen() -> None:
    training = resolve({"model.name": "projected", "dataset.name": "cifar10"}).training
    assert training is not None
    # Sauer et al., 2021, released code: in thousands of images, 10/32 of the batch.
    assert training.average_half_life == 1000 * training.batch_size * 10 / 32
    assert training.average_ramp == 0.05
