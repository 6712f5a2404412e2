"""Starting from an ancestor: its weights go into both networks of an engine, as far as they fit.

Both the generator that is trained and its average start from the ancestor's average. So the first grid is
what the ancestor draws, a run and the weights made of it are the same start, and the average, which is short
at first, does not leave for other weights (docs/decisions/0032).
"""

from __future__ import annotations

from torch import nn

from ganzoo import models
from ganzoo.engine.engine import Engine
from ganzoo.errors import UsageError
from ganzoo.runs import checkpoints
from ganzoo.runs.ancestry import Ancestor, Record
from ganzoo.runs.fitting import Fit, Shapes, fit, fresh, take_over, without_classes
from ganzoo.settings.binding import bind
from ganzoo.settings.configuration import NAME, Configuration
from ganzoo.text import count, printable
from ganzoo.torch_state import own_torch_state

_SHOWN = 4
"""Tensors whose names are shown of those that don't fit."""


def inherit(engine: Engine, ancestor: Ancestor, configuration: Configuration) -> list[Record]:
    """Gives the networks of an engine at step 0 the weights of an ancestor.

    Args:
        engine: its generator, average and discriminator are changed in place.
        ancestor: where they come from. Where it has no discriminator, that stays fresh.
        configuration: the engine's.

    Returns:
        The ancestry of the training, the nearest ancestor first; that one's record also says under
        "inherited" which tensors of each network did not fit.

    Raises:
        UsageError: hardly a weight of the generator fits, or there is no discriminator whose blocks could be
            kept.
        GanzooError: the file is damaged.
    """
    equipment = engine.equipment
    players, average = equipment.players, equipment.average
    generators: list[nn.Module] = [players.generator.network]
    if average is not None:
        generators.append(average.average)
    one_more = _with_one_class_more(engine, ancestor, configuration)
    networks = {"generator": generators, "discriminator": [players.discriminator.network]}
    inherited = {}
    for name, copies in networks.items():
        fits = _plan(ancestor, name, copies[0], players.generator_network.num_classes, one_more.get(name))
        if name == "generator":
            model = configuration.plugin("model").full_name
            _require_related(ancestor, model, len(fits), len(copies[0].state_dict()))
        tensors = checkpoints.read_tensors(ancestor.path, f"{name}.") if fits else {}
        for network in copies:
            take_over(network, tensors, fits)
        names = list(copies[0].state_dict())
        inherited[name] = {"tensors": len(names), "fresh": fresh(names, fits)}
    if engine.equipment.settings.frozen_blocks and not checkpoints.read_shapes(
        ancestor.path, "discriminator."
    ):
        raise UsageError(
            f"{ancestor.name} holds no discriminator, so there is nothing for --freeze to keep\n"
            "weights have one where `ganzoo new weights` was given --discriminator; every run has"
        )
    return [{**ancestor.record(), "inherited": inherited}, *ancestor.ancestry]


def describe(record: Record) -> str:
    """What was inherited, in words: "acgan.fashion-mnist, step 3,000; generator: all but label.weight".

    Args:
        record: the first of `inherit`.
    """
    parts = [
        f"{player}: {_amount(taken['tensors'], taken['fresh'])}"
        for player, taken in record["inherited"].items()
    ]
    return f"{printable(record['name'], 200)}, step {record['step']:,}; {'; '.join(parts)}"


def _with_one_class_more(
    engine: Engine, ancestor: Ancestor, configuration: Configuration
) -> dict[str, Shapes]:
    """The shapes of both networks with one class more; empty where the ancestor's classes are the same, or
    not as many: then shapes tell by themselves what belongs to classes.
    """
    mine, theirs = engine.equipment.class_names, ancestor.description.class_names
    if not mine or mine == theirs or len(mine) != len(theirs):
        return {}
    image = engine.equipment.players.generator_network.image
    with own_torch_state():
        gan = models.build(bind(configuration), image, len(mine) + 1)
    return {"generator": _shapes(gan.generator), "discriminator": _shapes(gan.discriminator)}


def _shapes(network: nn.Module) -> Shapes:
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def _plan(
    ancestor: Ancestor, player: str, network: nn.Module, num_classes: int | None, one_more: Shapes | None
) -> dict[str, Fit]:
    mine = _shapes(network)
    theirs = checkpoints.read_shapes(ancestor.path, f"{player}.")
    fits = fit(theirs, mine, (ancestor.description.num_classes, num_classes))
    return fits if one_more is None else without_classes(fits, mine, one_more, num_classes or 0)


def _require_related(ancestor: Ancestor, model: str, fitting: int, tensors: int) -> None:
    """Refuses an ancestor of which hardly anything fits: of another model a few tensors do by chance."""
    theirs = ancestor.description.settings.get(f"model.{NAME}")
    if fitting >= (1 if theirs == model else tensors / 2):
        return
    raise UsageError(
        f"{ancestor.name} fits {fitting} of the generator's {tensors} tensors: it is of "
        f"{printable(str(theirs))}, for images of {ancestor.description.image}\n"
        "train that model, and leave its settings out: they are taken over too"
    )


def _amount(tensors: int, not_taken: list[str]) -> str:
    if not not_taken:
        return "everything"
    if len(not_taken) == tensors:
        return "nothing"
    more = f" and {len(not_taken) - _SHOWN} more" if len(not_taken) > _SHOWN else ""
    return (
        f"{tensors - len(not_taken)} of {count(tensors, 'tensor')}, all but "
        f"{', '.join(map(printable, not_taken[:_SHOWN]))}{more}"
    )
