"""Objectives: the losses of the two players."""

from __future__ import annotations

from ganzoo_objectives.bce import BCE

__all__ = ["BCE"]
