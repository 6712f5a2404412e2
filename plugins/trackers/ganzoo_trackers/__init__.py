"""Trackers: TensorBoard, Weights & Biases and MLflow follow a training."""

from __future__ import annotations

from ganzoo_trackers.mlflow_client import MLflow
from ganzoo_trackers.tensorboard_files import TensorBoard
from ganzoo_trackers.weights_and_biases import WeightsAndBiases

__all__ = ["MLflow", "TensorBoard", "WeightsAndBiases"]
