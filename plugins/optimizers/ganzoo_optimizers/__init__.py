"""Optimisers: by which rule the weights of both players learn. Those of torch.optim that fit any network."""

from __future__ import annotations

from ganzoo_optimizers.adadelta import Adadelta
from ganzoo_optimizers.adafactor import Adafactor
from ganzoo_optimizers.adagrad import Adagrad
from ganzoo_optimizers.adam import Adam
from ganzoo_optimizers.adamax import Adamax
from ganzoo_optimizers.adamw import AdamW
from ganzoo_optimizers.asgd import ASGD
from ganzoo_optimizers.nadam import NAdam
from ganzoo_optimizers.radam import RAdam
from ganzoo_optimizers.rmsprop import RMSprop
from ganzoo_optimizers.sgd import SGD

__all__ = [
    "ASGD",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "RAdam",
    "RMSprop",
]
