"""Measures what an architecture costs: time, memory, arithmetic and kernels."""
