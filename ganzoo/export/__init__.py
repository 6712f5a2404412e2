"""Export: a trained generator as a file for other programs, and a model card for a hub."""
