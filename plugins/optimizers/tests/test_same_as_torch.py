"""Each optimiser is torch's own class, with torch's own numbers."""

from __future__ import annotations

import importlib.metadata
import inspect
from typing import Any

import pytest
import torch
from torch import nn

CLASSES = {
    "adadelta": torch.optim.Adadelta,
    "adafactor": torch.optim.Adafactor,
    "adagrad": torch.optim.Adagrad,
    "adam": torch.optim.Adam,
    "adamax": torch.optim.Adamax,
    "adamw": torch.optim.AdamW,
    "asgd": torch.optim.ASGD,
    "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}

LEFT_OUT = {"LBFGS", "Muon", "Rprop", "SparseAdam"}

PLUGINS = {
    entry.name: entry.load()
    for entry in importlib.metadata.distribution("ganzoo-optimizers").entry_points
    if entry.group == "ganzoo.optimizers"
}

OWN_CHOICES = {"fused", "capturable"}


def parameters() -> list[nn.Parameter]:
    return [nn.Parameter(torch.ones(2, 3)), nn.Parameter(torch.ones(3))]


def defaults_of(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    return {key: value for key, value in optimizer.defaults.items() if key not in OWN_CHOICES}


def test_all_of_torch_are_there_or_left_out_by_name() -> None:
    assert PLUGINS.keys() == CLASSES.keys()
    of_torch = {name for name, value in vars(torch.optim).items() if inspect.isclass(value)} - {"Optimizer"}
    assert {made.__name__ for made in CLASSES.values()} == of_torch - LEFT_OUT


@pytest.mark.parametrize("name", CLASSES)
def test_the_defaults_are_torchs_but_for_adams_beta1(name: str) -> None:
    plugin = PLUGINS[name]
    made = plugin(plugin.Config()).make(parameters(), 0.25)
    assert type(made) is CLASSES[name]
    expected = defaults_of(CLASSES[name](parameters(), lr=0.25))
    if name == "adam":
        expected["betas"] = (0.5, 0.999)
    assert defaults_of(made) == expected


SETTINGS: dict[str, dict[str, Any]] = {
    "adadelta": {"rho": 0.8, "eps": 1e-5, "weight_decay": 0.1},
    "adafactor": {"beta2_decay": -0.7, "eps1": 1e-20, "eps2": 1e-2, "d": 2.0, "weight_decay": 0.1},
    "adagrad": {"lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-5},
    "adam": {"beta1": 0.1, "beta2": 0.9, "eps": 1e-5, "weight_decay": 0.1, "amsgrad": True},
    "adamax": {"beta1": 0.1, "beta2": 0.9, "eps": 1e-5, "weight_decay": 0.1},
    "adamw": {"beta1": 0.1, "beta2": 0.9, "eps": 1e-5, "weight_decay": 0.1, "amsgrad": True},
    "asgd": {"lambd": 1e-3, "alpha": 0.5, "t0": 10.0, "weight_decay": 0.1},
    "nadam": {"beta1": 0.1, "beta2": 0.9, "eps": 1e-5, "weight_decay": 0.1, "momentum_decay": 0.1,
              "decoupled_weight_decay": True},
    "radam": {"beta1": 0.1, "beta2": 0.9, "eps": 1e-5, "weight_decay": 0.1, "decoupled_weight_decay": True},
    "rmsprop": {"alpha": 0.9, "eps": 1e-5, "weight_decay": 0.1, "momentum": 0.5, "centered": True},
    "sgd": {"momentum": 0.5, "dampening": 0.0, "weight_decay": 0.1, "nesterov": True},
}  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_every_setting_reaches_torch(name: str) -> None:
    plugin, given = PLUGINS[name], dict(SETTINGS[name])
    made = plugin(plugin.Config(**given)).make(parameters(), 0.25)
    for pair, names in {"betas": ("beta1", "beta2"), "eps": ("eps1", "eps2")}.items():
        if names[0] in given:
            given[pair] = tuple(given.pop(each) for each in names)
    assert {key: made.defaults[key] for key in given} == given


@pytest.mark.parametrize(
    ("name", "wrong", "message"),
    [
        ("adam", {"beta1": 1.0}, "beta1 must be at least 0 and below 1, not 1.0"),
        ("adam", {"final_beta2": 1.0}, "final_beta2 must be at least 0 and below 1, not 1.0"),
        ("adam", {"beta2": float("nan")}, "beta2 must be at least 0 and below 1, not nan"),
        ("rmsprop", {"alpha": 1.0}, "alpha must be at least 0 and below 1"),
        ("sgd", {"momentum": -1.0}, "momentum must be at least 0, not -1.0"),
        ("sgd", {"nesterov": True}, "nesterov needs a momentum above 0"),
        ("adafactor", {"d": 0.5}, "d must be at least 1, not 0.5"),
        ("adafactor", {"beta2_decay": 0.5}, "beta2_decay must be at most 0, not 0.5"),
    ],
)
def test_what_torch_could_not_use_is_refused_before(name: str, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PLUGINS[name].Config(**wrong)


def test_adams_beta2_moves_where_it_has_another_final_value() -> None:
    adam = PLUGINS["adam"]
    assert adam(adam.Config(beta1=0.0, beta2=0.9, final_beta2=0.99)).final_numbers == {"betas": (0.0, 0.99)}
    for stays in (adam.Config(), adam.Config(beta2=0.9, final_beta2=0.9)):
        assert adam(stays).final_numbers == {}


def test_adam_adamw_and_sgd_are_fused() -> None:
    made = {name: plugin(plugin.Config()).make(parameters(), 0.1) for name, plugin in PLUGINS.items()}
    assert {name for name, each in made.items() if each.defaults.get("fused")} == {"adam", "adamw", "sgd"}


def test_a_tensor_as_learning_rate_makes_what_can_be_captured() -> None:
    rate = torch.tensor(0.1)
    made = {name: plugin(plugin.Config()).make(parameters(), rate) for name, plugin in PLUGINS.items()}
    uncapturable = {name for name, each in made.items() if not each.defaults.get("capturable")}
    assert uncapturable == {"sgd", "adagrad", "adafactor"}
    assert all(each.param_groups[0]["lr"] is rate for each in made.values())
