"""Conditionings: each turns a label into a vector, and any conditional model takes any of them."""

from __future__ import annotations

from ganzoo_components.conditionings.embedding import Embedding
from ganzoo_components.conditionings.one_hot import OneHot

__all__ = ["Embedding", "OneHot"]
