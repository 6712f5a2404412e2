"""Objectives: the losses of the two players."""

from __future__ import annotations

from ganzoo_objectives.bce import BCE
from ganzoo_objectives.feature_matching import FeatureMatching
from ganzoo_objectives.hinge import Hinge
from ganzoo_objectives.lsgan import LSGAN
from ganzoo_objectives.minimax import Minimax
from ganzoo_objectives.relativistic import Relativistic
from ganzoo_objectives.wasserstein import Wasserstein

__all__ = ["BCE", "LSGAN", "FeatureMatching", "Hinge", "Minimax", "Relativistic", "Wasserstein"]
