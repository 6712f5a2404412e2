"""The engine: a training step and all that it needs; it knows no file and no console."""
