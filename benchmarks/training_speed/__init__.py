"""How fast a DCGAN trains, by GanZoo and by others: the parts of `benchmarks/training.py`."""
