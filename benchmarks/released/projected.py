"""Records the discriminator of `projected` from the authors' code, as wide as published, on images of 32x32.

    python benchmarks/released/projected.py --checkout projected-gan

Its thirteen million weights are in no file: they are drawn by name, from the stream of numpy's `RandomState`,
which is frozen, and the test draws them again. The backbone is timm's, without its pretrained weights; of
gradients, some numbers of each are kept. DiffAugment is left out: `diffaugment.py` records it.
"""

from __future__ import annotations

import importlib
import re
from types import SimpleNamespace
from typing import Any

import timm
import torch
import torch.nn.functional as F
from by_name import KEPT, drawn, some
from recording import arguments, write
from spectral import spectral_norm
from torch import nn

BATCH, SIDE = 2, 32

NAMES = (
    (
        r"discriminator\.mini_discs\.(\d)\.main\.(\d)(?:\.main\.(\d))?",
        lambda m: f"heads.{m[1]}.{3 * int(m[2]) + int(m[3] or 0)}",
    ),
    (r"feature_network\.scratch\.layer(\d)_ccm", lambda m: f"features.across_channels.{m[1]}"),
    (r"feature_network\.scratch\.layer(\d)_csm\.out_conv", lambda m: f"features.across_scales.{m[1]}"),
    (r"feature_network\.pretrained\.layer0\.0", lambda _: "features.backbone.conv_stem"),
    (r"feature_network\.pretrained\.layer0\.1", lambda _: "features.backbone.bn1"),
    (r"feature_network\.pretrained\.layer0\.([34])", lambda m: f"features.backbone.blocks.{int(m[1]) - 3}"),
    (r"feature_network\.pretrained\.layer1\.0", lambda _: "features.backbone.blocks.2"),
    (r"feature_network\.pretrained\.layer2\.(\d)", lambda m: f"features.backbone.blocks.{int(m[1]) + 3}"),
    (r"feature_network\.pretrained\.layer3\.(\d)", lambda m: f"features.backbone.blocks.{int(m[1]) + 5}"),
)  # fmt: skip
"""The beginning of a name there to what it is here."""


def main() -> None:
    """Writes the recording."""
    source, folder = arguments("projected.py", "autonomousvision/projected-gan", "MIT")
    torch.set_default_dtype(torch.float64)
    network = discriminator()
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                tensor.copy_(drawn(our_name(name), tensor))
    stream = torch.Generator().manual_seed(0)
    real, fake = (torch.randint(256, (BATCH, 3, SIDE, SIDE), generator=stream) for _ in range(2))
    shown = fake.double().div(127.5).sub(1).requires_grad_()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    real_logits = network(real.double() / 127.5 - 1, None)
    fake_logits = network(shown.detach(), None)
    (F.relu(1 - real_logits).mean() + F.relu(1 + fake_logits).mean()).backward()
    tensors = {"real": real.to(torch.uint8), "fake": fake.to(torch.uint8)}
    tensors |= {"logits.real": real_logits.detach(), "logits.fake": fake_logits.detach()}
    for name, weight in network.discriminator.named_parameters():
        gradient = weight.grad
        tensors[f"gradient.{our_name(f'discriminator.{name}')}"] = some(gradient)
    network.load_state_dict(before)
    (-network(shown, None)).mean().backward()
    tensors["gradient.images"] = shown.grad
    write(tensors, source, folder / "projected.safetensors", timm=timm.__version__, kept=KEPT)


def discriminator() -> Any:
    """The authors' discriminator, on a backbone that nothing has trained."""
    importlib.import_module("pg_modules.blocks").spectral_norm = spectral_norm  # type: ignore[attr-defined]
    projector = importlib.import_module("pg_modules.projector")
    projector.timm = SimpleNamespace(create_model=_backbone)  # type: ignore[attr-defined]
    network = importlib.import_module("pg_modules.discriminator").ProjectedDiscriminator(
        diffaug=False, interp224=True, backbone_kwargs={"num_discs": 4}
    )
    network.feature_network.requires_grad_(False)
    return network.train()


def _backbone(name: str, pretrained: bool) -> nn.Module:
    model = timm.create_model(name, pretrained=False)
    model.act1 = nn.Identity()  # since timm 0.8 it is in bn1
    return model


def our_name(name: str) -> str:
    """What a weight or buffer is called here."""
    name = name.replace("weight.0._", "weight.0.parametrisation._")
    for pattern, ours in NAMES:
        found = re.match(pattern, name)
        if found:
            return ours(found) + name[found.end() :]
    raise ValueError(name)


if __name__ == "__main__":
    main()
