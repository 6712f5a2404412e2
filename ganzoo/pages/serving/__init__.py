"""A small local server for pages: files by name, questions with a token, and no way to the disk."""
