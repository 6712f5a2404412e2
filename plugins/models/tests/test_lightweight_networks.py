"""Lightweight: counts by hand, which maps gate which, what the decoders are held to, and when."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pytest
import torch
from ganzoo_components.upsamplings import PixelShuffle, ResizeConv, TransposedConv
from ganzoo_models.lightweight import Lightweight
from ganzoo_models.lightweight.blocks import NoiseInjection, SkipLayerExcitation
from torch import nn

from ganzoo.errors import UsageError
from ganzoo.interfaces import Discriminator, Generator, ImageSpec, Judgement

SMALL = ImageSpec(3, 64, 64)
TINY = {"latent_dim": 6, "channels": 2, "discriminator_channels": 2}


def build(image: ImageSpec = SMALL, upsampling: Any = ResizeConv, **settings: Any) -> Lightweight:
    factory = functools.partial(upsampling, upsampling.Config())
    return Lightweight(Lightweight.Config(**settings), image, None, upsampling=factory)


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def test_parameters_at_256_pixels() -> None:
    # 256·2048·16 + 4096. Upsamplings from 1024 to 512, 256, 128, 128, 64, 32 channels, every other one
    # with noise: 14,159,874; 2,360,320; 885,762; 295,424; 221,698; 36,992. Excitations 1024·128·16 +
    # 128², 512·64·16 + 64², 256·32·16 + 32². At last 32·27.
    expected = 8_392_704 + 14_159_874 + 2_360_320 + 885_762 + 295_424 + 221_698 + 36_992
    expected += 2_113_536 + 528_384 + 132_096 + 864
    model = build(ImageSpec(3, 256, 256))
    assert parameters(model.generator()) == expected
    # 27·16; blocks (16·m² + 2m + ...) of 16 → 32 → 64 → 128 → 256 → 512; 512·1024 + 2048 + 16·1024;
    # excitations of 16 → 128, 32 → 256, 64 → 512; the second branch of 32, 64, 128, 256 and 16·256;
    # three decoders of 128, 64, 64, 32 channels.
    expected = 432 + 18_112 + 72_064 + 287_488 + 1_148_416 + 4_590_592 + 542_720
    expected += 49_152 + 196_608 + 786_432
    expected += 1_536 + 32_896 + 131_328 + 524_800 + 4_096
    expected += 1_439_712 + 2 * 849_888
    assert parameters(model.discriminator()) == expected


def test_every_place_of_both_branches_has_a_logit() -> None:
    # Both branches end in 5x5 places (released code), also at 64x64, where the last map is of 8x8 too.
    for side in (64, 256):
        discriminator = build(ImageSpec(3, side, side), **TINY).discriminator()
        assert discriminator(torch.randn(2, 3, side, side)).logits.shape == (2, 2 * 5 * 5)


def test_small_maps_gate_large_ones() -> None:
    model = build(ImageSpec(3, 256, 256), **TINY)
    generator, discriminator = model.generator(), model.discriminator()
    gated: list[list[tuple[int, int]]] = []
    for network in (generator, discriminator):
        sides: list[tuple[int, int]] = []
        for module in network.modules():
            if isinstance(module, SkipLayerExcitation):
                module.register_forward_hook(
                    lambda _m, inputs, _o, sides=sides: sides.append((inputs[0].shape[2], inputs[1].shape[2]))
                )
        gated.append(sides)
    discriminator(generator(torch.randn(2, 6)))
    assert gated == [[(4, 64), (8, 128), (16, 256)], [(256, 32), (128, 16), (64, 8)]]


def test_excitation_against_numpy() -> None:
    rng = np.random.default_rng(0)
    small, large = rng.normal(size=(2, 3, 8, 8)), rng.normal(size=(2, 5, 6, 6))
    layer = SkipLayerExcitation(3, 5).double()
    first, second = layer.first.weight.detach().numpy(), layer.second.weight.detach().numpy()[:, :, 0, 0]
    pooled = small.reshape(2, 3, 4, 2, 4, 2).mean(axis=(3, 5))
    hidden = np.einsum("bcij,ocij->bo", pooled, first)
    hidden = hidden / (1 + np.exp(-hidden))
    gates = 1 / (1 + np.exp(-hidden @ second.T))
    found = layer(torch.from_numpy(small), torch.from_numpy(large)).detach().numpy()
    np.testing.assert_allclose(found, large * gates[:, :, None, None], rtol=1e-9)


def test_weights_start_as_released() -> None:
    """N(0, 0.02²) for convolutions, N(1, 0.02²) for batch normalisation (released code, `weights_init`)."""
    torch.manual_seed(0)
    model = build(channels=16, discriminator_channels=16)
    for network in (model.generator(), model.discriminator()):
        drawn = [p.detach() for name, p in network.named_parameters() if name.endswith("weight.original")]
        gains = [module.weight.detach() for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
        for weights, mean in ((drawn, 0.0), (gains, 1.0)):
            values = torch.cat([weight.flatten() for weight in weights])
            assert values.mean().item() == pytest.approx(mean, abs=4 * 0.02 / len(values) ** 0.5)
            assert values.std().item() == pytest.approx(0.02, rel=4 / (2 * len(values)) ** 0.5)


def test_noise_is_for_training_alone() -> None:
    torch.manual_seed(0)
    layer = NoiseInjection()
    images = torch.randn(2, 3, 4, 4)
    assert torch.equal(layer(images), images)  # its scale starts at 0
    nn.init.constant_(layer.scale, 2.0)
    added = (layer(images) - images).detach()
    torch.testing.assert_close(added, added[:, :1].expand_as(added))  # one map for all channels
    assert added.std() > 1
    assert torch.equal(layer.eval()(images), images)


def test_the_auxiliary_loss_is_the_distance_of_three_decodings() -> None:
    torch.manual_seed(0)
    discriminator = build(reconstruction_weight=0.5, **TINY).discriminator().double().eval()
    images = torch.rand(2, 3, 64, 64, dtype=torch.float64) * 2 - 1
    drawn: dict[str, np.ndarray[Any, Any]] = {}
    for name, decoder in discriminator.decoders.items():
        decoder.register_forward_hook(
            lambda _m, _i, output, name=name: drawn.update({name: output.detach().numpy()})
        )
    said = discriminator(images)
    assert isinstance(said, Judgement)
    pixels = images.numpy()
    halved = pixels[:, :, ::2, ::2]  # the nearest pixels (released code)
    targets = {"whole": halved, "small": halved, "part": pixels[:, :, :32, :32]}
    distances = [np.abs(drawn[name] - target).mean(axis=(1, 2, 3)) for name, target in targets.items()]
    np.testing.assert_allclose(said.auxiliary_loss.detach().numpy(), 0.5 * sum(distances), rtol=1e-9)


def test_a_random_quarter_is_the_same_of_features_and_images() -> None:
    torch.manual_seed(0)
    discriminator = build(**TINY).discriminator().train()
    images = torch.arange(4.0).reshape(1, 1, 2, 2)
    seen = set()
    for _ in range(60):
        of_features, of_images = discriminator._one_quarter(10 * images, images)
        assert torch.equal(of_features, 10 * of_images)
        seen.add(of_images.item())
    assert seen == {0.0, 1.0, 2.0, 3.0}


def test_nothing_is_decoded_in_the_generators_turn() -> None:
    discriminator = build(**TINY).discriminator().requires_grad_(False)
    calls = []
    discriminator.decoders["whole"].register_forward_hook(lambda *_: calls.append(1))
    images = torch.randn(2, 3, 64, 64, requires_grad=True)
    said = discriminator(images)
    assert not calls
    assert said.auxiliary_loss.count_nonzero() == 0
    assert torch.autograd.grad(said.logits.sum(), images)[0].count_nonzero() > 0


def test_it_learns_to_draw_real_images_alone() -> None:
    assert build(**TINY).discriminator().self_supervised


@pytest.mark.parametrize(
    ("shape", "upsampling"),
    [
        ((3, 64, 64), ResizeConv),
        ((1, 32, 32), TransposedConv),
        ((3, 96, 64), PixelShuffle),
        ((3, 128, 128), ResizeConv),
    ],
)
def test_draws_and_judges_every_size_that_halves_twice(shape: tuple[int, int, int], upsampling: Any) -> None:
    model = build(ImageSpec(*shape), upsampling, **TINY)
    generator, discriminator = model.generator(), model.discriminator()
    assert isinstance(generator, Generator)
    assert isinstance(discriminator, Discriminator)
    images = generator(torch.randn(2, 6))
    assert images.shape == (2, *shape)
    assert images.abs().max() <= 1
    logits, auxiliary_loss = discriminator(images)
    assert (len(logits), logits.ndim, auxiliary_loss.shape) == (2, 2, (2,))


@pytest.mark.parametrize("side", [28, 16, 8, 33])
def test_other_sizes_are_refused(side: int) -> None:
    with pytest.raises(UsageError, match=f"lightweight.*not {side}x{side}"):
        build(ImageSpec(3, side, side))


def test_wrong_inputs_are_named() -> None:
    model = build(**TINY)
    with pytest.raises(ValueError, match=re.escape("latents must be (batch, 6), not (2, 7)")):
        model.generator()(torch.zeros(2, 7))
    with pytest.raises(ValueError, match=re.escape("images must be (batch, 3, 64, 64)")):
        model.discriminator()(torch.zeros(2, 3, 32, 32))
    with pytest.raises(ValueError, match="latent_dim must be 1 or more, not 0"):
        build(latent_dim=0)
    with pytest.raises(ValueError, match=re.escape("reconstruction_weight must be above 0, not 0.0")):
        build(reconstruction_weight=0.0)
