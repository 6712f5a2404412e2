"""Evaluation: how far generated images are from real ones, with the protocol that each figure depends on."""
