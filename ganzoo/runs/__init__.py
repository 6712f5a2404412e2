"""Runs: the folder that a training leaves behind, its checkpoints, and generators loaded from them."""
