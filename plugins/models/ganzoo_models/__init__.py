"""Models: a module or a package each, which imports no other that it doesn't use."""
