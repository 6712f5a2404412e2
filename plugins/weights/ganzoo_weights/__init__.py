"""Trained weights, one folder each: a class of literals, the file, a picture, the settings and a card."""
