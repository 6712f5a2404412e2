"""Measuring: the cells of a benchmark, each timed by processes of its own."""
