"""Plugins: which there are, what can be known of them from their text, and importing the one that is used."""
