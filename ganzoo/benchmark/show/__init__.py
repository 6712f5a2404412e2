"""Showing reports: tables, plots, rooflines."""
