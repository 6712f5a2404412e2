"""The attacks on what the documentation promises, bounded in time and reproducible by seed."""
