"""A short real training of a model under check: stopped in its midst, gone on with, sampled, exported."""
