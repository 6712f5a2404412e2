"""Data sets for GanZoo, one module each; nothing is imported until a data set is asked for."""
