"""Studies: the same training with one thing or several changed, compared fairly."""
