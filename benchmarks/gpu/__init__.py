"""What is measured, proved and trained where a GPU is at hand for a quarter of an hour."""
