"""Sampling: latents, labels, images from a generator, and the grids that show them."""
