"""The checks of every kind, a file a kind: it bears the kind's name and holds its `SUITE`."""
