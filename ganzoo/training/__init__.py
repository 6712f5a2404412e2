"""Training: alternating updates of the two networks, kept in a run folder."""
