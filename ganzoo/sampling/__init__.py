"""Sampling: latents, labels, images from a generator, grids that show them and files that hold them."""
