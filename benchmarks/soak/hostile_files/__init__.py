"""Hostile files of every format that GanZoo reads, and the guard under which they are read."""
