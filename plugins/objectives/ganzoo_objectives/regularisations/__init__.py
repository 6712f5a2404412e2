"""Regularisations: what holds a player back, whatever the objective."""

from __future__ import annotations

from ganzoo_objectives.regularisations.consistency import Consistency
from ganzoo_objectives.regularisations.dragan import DRAGAN
from ganzoo_objectives.regularisations.gradient_penalty import GradientPenalty
from ganzoo_objectives.regularisations.lecam import LeCam
from ganzoo_objectives.regularisations.orthogonal import Orthogonal
from ganzoo_objectives.regularisations.path_length import PathLength
from ganzoo_objectives.regularisations.r1 import R1
from ganzoo_objectives.regularisations.r1_r2 import R1R2
from ganzoo_objectives.regularisations.r2 import R2
from ganzoo_objectives.regularisations.weight_clipping import WeightClipping

__all__ = [
    "DRAGAN",
    "R1",
    "R1R2",
    "R2",
    "Consistency",
    "GradientPenalty",
    "LeCam",
    "Orthogonal",
    "PathLength",
    "WeightClipping",
]
