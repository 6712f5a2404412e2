"""Comparing two reports: what is faster, what is the same, what can't be told."""
