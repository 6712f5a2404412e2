"""Our networks with the weights of a recording, to be compared with what the released code gave.

A recording is `data/NAME.safetensors`, made by a script of `benchmarks/released`; `names/NAME.toml` says how
to build our networks and what their weights are called there and here. Shapes: B batch, Z latent, C channels,
H height, W width.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from ganzoo.engine.distributed import World
from ganzoo.engine.players import Players, make_players
from ganzoo.engine.schedule import set_learning_rate
from ganzoo.engine.step import Noise, penalised_updates, training_step, update_discriminator, update_generator
from ganzoo.interfaces import Batch, ImageSpec
from ganzoo.models import build
from ganzoo.settings.binding import bind
from ganzoo.settings.merging import resolve

HERE = Path(__file__).resolve().parent

PLAYERS = ("generator", "discriminator")


@dataclass(frozen=True)
class Comparison:
    """A recording, and our networks with its weights."""

    players: Players
    tensors: Mapping[str, Tensor]
    rates: Mapping[str, float]
    """Learning rates of the recipe, by player."""
    betas: tuple[float, float]
    ours_alone: tuple[str, ...]
    """Beginnings of the names of weights that are not in the recording."""
    replay: Callable[[list[Tensor]], None]
    """Makes what is drawn at random from here on be these tensors, one after the other."""

    def outputs(self) -> dict[str, float]:
        """Largest difference of images and logits, relative to the largest of each."""
        real, latents, labels = self._turn(0)
        with torch.no_grad():
            images = self.players.generator.network(latents, labels)
            logits = self.players.discriminator.network(real, labels)
        stride = images.shape[-1] // self.tensors["images"].shape[-1]  # of large images, some pixels are kept
        said = {"images": images[:, :, ::stride, ::stride], "logits": getattr(logits, "logits", logits)}
        return {name: _difference(tensor, self.tensors[name]) for name, tensor in said.items()}

    def gradients(self) -> dict[str, float]:
        """Largest difference of each gradient of the discriminator's and the generator's first losses."""
        real, latents, labels = self._turn(0)
        players, noise, batch = self.players, Noise(latents, labels), Batch(real, labels)
        set_learning_rate(players.discriminator.optimizer, 0.0)  # both losses are of the first weights
        with torch.no_grad():
            fake = Batch(players.generator.network(latents, labels), labels)
        self._turn(0)
        update_discriminator(players, [batch], [fake])
        ours = {"discriminator": _gradients(players.discriminator.network)}
        self._turn(0)
        update_generator(players, [batch], [noise], None)
        ours["generator"] = _gradients(players.generator.network)
        return self._differences("gradient", ours)

    def steps(self) -> dict[str, float]:
        """Largest difference of each weight after three steps, in learning rates."""
        for name in PLAYERS:
            player = getattr(self.players, name)
            set_learning_rate(player.optimizer, self.rates[name])
            for group in player.optimizer.param_groups:
                group["betas"] = self.betas
        for step in range(3):
            real, latents, labels = self._turn(step)
            drawn = self._drawn(step)
            self.replay([latents, *([] if labels is None else [labels]), *drawn])
            training_step(self.players, [[Batch(real, labels)]], penalised_updates(self.players, step, 1))
        found = {}
        for name in PLAYERS:
            for key, weight in getattr(self.players, name).network.named_parameters():
                if weight.requires_grad:
                    change = weight.detach() - self.tensors[f"before.{name}.{key}"]
                    missed = (change - self.tensors[f"change.{name}.{key}"]).abs().max()
                    found[f"{name}.{key}"] = float(missed) / self.rates[name]
        return found

    def _turn(self, number: int) -> tuple[Tensor, Tensor, Tensor | None]:
        """Real images, latents and labels of a step; what else is drawn there is replayed from the start."""
        self.replay(self._drawn(number))
        real = self.tensors[f"{number}.real"].to(torch.get_default_dtype()) / 127.5 - 1
        image = self.players.discriminator_network.image
        real = _tiled(real, (len(real), *image.shape))
        return real, self.tensors[f"{number}.latents"], self.tensors.get(f"{number}.labels")

    def _drawn(self, number: int) -> list[Tensor]:
        prefix = f"{number}.drawn."
        names = sorted(
            (name for name in self.tensors if name.startswith(prefix)), key=lambda n: int(n[len(prefix) :])
        )
        mixed = self.tensors.get(f"{number}.mixed")
        return [self.tensors[name] for name in names] + ([] if mixed is None else [mixed])

    def _differences(self, prefix: str, ours: Mapping[str, Mapping[str, Tensor]]) -> dict[str, float]:
        found = {}
        for player, all_of_player in ours.items():
            tensors = {name: x for name, x in all_of_player.items() if not name.startswith(self.ours_alone)}
            theirs = {name: self.tensors[f"{prefix}.{player}.{name}"] for name in tensors}
            most = max(float(tensor.abs().max()) for tensor in theirs.values())
            for name, tensor in tensors.items():
                found[f"{player}.{name}"] = _difference(tensor, theirs[name], floor=1e-3 * most)
        return found


def _gradients(network: torch.nn.Module) -> dict[str, Tensor]:
    return {name: p.grad for name, p in network.named_parameters() if p.requires_grad and p.grad is not None}


def _tiled(tensor: Tensor, sizes: Sequence[int]) -> Tensor:
    """Copies of a tile below and beside each other, as many as make `sizes`; large images are stored so."""
    return tensor.repeat([whole // part for whole, part in zip(sizes, tensor.shape, strict=True)])


def _difference(ours: Tensor, theirs: Tensor, floor: float = 0.0) -> float:
    """The largest difference, as a share of the largest number that is compared."""
    assert ours.shape == theirs.shape
    return float((ours - theirs).abs().max()) / max(float(theirs.abs().max()), floor)


def renamed(tensors: Mapping[str, Tensor], names: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tensors of a recording under our names; convolutions of a single pixel, and embeddings, as dense
    layers; tables of gains as what they are more than 1.
    """
    found = {_our_name(name, names): tensor for name, tensor in tensors.items()}
    for name in names.get("dense", []):
        for key in [key for key in found if key.endswith(f".{name}")]:
            weight = found[key].flatten(1)  # transposed convolutions have their inputs first
            found[key] = weight.T if name.startswith("generator.") else weight
    for name in names.get("less_one", []):
        for key in [key for key in found if key.startswith("before.") and key.endswith(f".{name}")]:
            found[key] = found[key] - 1
    for name in names.get("transposed", []):
        for key in [key for key in found if key.endswith(f".{name}")]:
            found[key] = found[key].T.contiguous()
    return found


def _our_name(name: str, names: Mapping[str, Any]) -> str:
    when, _, rest = name.partition(".")
    player, _, rest = rest.partition(".")
    if player not in PLAYERS:
        return name
    prefixes: Mapping[str, str] = names[player]
    parts = rest.split(".")
    for length in range(len(parts), 0, -1):
        theirs, weight = ".".join(parts[:length]), ".".join(parts[length:])
        if theirs in prefixes:
            break
    else:
        theirs, weight = "", rest
    return ".".join(filter(None, (when, player, prefixes.get(theirs), names["weights"].get(weight, weight))))


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Comparison]]:
    """Builds the comparison with a recording, by its name."""
    queue: list[Tensor] = []

    def replay(tensors: list[Tensor]) -> None:
        queue[:] = tensors

    def drawn(*shape: Any, **_: Any) -> Tensor:
        """The next tensor of the queue."""
        sizes = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        numbers = queue.pop(0)
        if numbers.ndim == len(sizes):
            numbers = _tiled(numbers, sizes)
        assert numbers.numel() == torch.Size(sizes).numel(), (
            f"{tuple(sizes)} are drawn, not {tuple(numbers.shape)}"
        )
        return numbers.reshape(sizes)

    def labels(_most: int, shape: tuple[int, ...], **_: Any) -> Tensor:
        """The next labels of the queue; 0 where something else is chosen."""
        is_next = bool(queue) and not queue[0].is_floating_point()
        return drawn(shape) if is_next else torch.zeros(shape, dtype=torch.int64)

    def make(name: str) -> Comparison:
        names = tomllib.loads((HERE / "names" / f"{name}.toml").read_text())
        torch.set_default_dtype(getattr(torch, names.get("dtype", "float64")))
        tensors = {
            key: tensor.to(torch.get_default_dtype()) if tensor.is_floating_point() else tensor
            for key, tensor in renamed(load_file(HERE / "data" / f"{name}.safetensors"), names).items()
        }
        chosen = {"model.name": names["model"], "dataset.name": "digits", "augmentation.name": "none"}
        bound = bind(resolve(chosen, names["settings"]))
        ours_alone = tuple(names.get("ours_alone", []))
        gan = build(bound, ImageSpec(*names["image"]), names.get("num_classes"))
        for player in PLAYERS:
            prefix = f"before.{player}."
            state = {key[len(prefix) :]: tensor for key, tensor in tensors.items() if key.startswith(prefix)}
            missing, unexpected = getattr(gan, player).load_state_dict(state, strict=False)
            assert not unexpected, f"the {player} has no {unexpected}"
            left = [key for key in missing if not key.startswith(ours_alone)]
            assert not left, f"nothing is given for {left}"
        cpu = torch.device("cpu")
        players = make_players(gan, bound, cpu, torch.float32, torch.contiguous_format, World())
        monkeypatch.setattr(torch, "randn", drawn)
        monkeypatch.setattr(torch, "rand", drawn)
        monkeypatch.setattr(torch, "randint", labels)
        training = bound.training
        assert training is not None
        rates = {"generator": training.learning_rate, "discriminator": training.rate_of_discriminator}
        betas = players.generator.optimizer.defaults["betas"]
        return Comparison(players, tensors, rates, betas, ours_alone, replay)

    before = torch.get_default_dtype()
    yield make
    torch.set_default_dtype(before)


@dataclass(frozen=True)
class Recording:
    """The first weights of a recording, and what the released networks gave with them."""

    table: Mapping[str, Any]
    """Of `names/NAME.toml`."""
    theirs: Mapping[str, Mapping[str, Tensor]]
    """Player to its weights, as the released code names them."""
    ours: Mapping[str, Mapping[str, Tensor]]
    """The same as we name them."""
    tensors: Mapping[str, Tensor]


@pytest.fixture
def recording() -> Callable[[str], Recording]:
    """Reads a recording by its name."""

    def read(name: str) -> Recording:
        table = tomllib.loads((HERE / "names" / f"{name}.toml").read_text())
        tensors = load_file(HERE / "data" / f"{name}.safetensors")
        theirs, ours = (
            {
                player: {key.removeprefix(prefix): x for key, x in found.items() if key.startswith(prefix)}
                for player in PLAYERS
                if (prefix := f"before.{player}.")
            }
            for found in (tensors, renamed(tensors, table))
        )
        return Recording(table, theirs, ours, tensors)

    return read
