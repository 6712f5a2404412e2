"""Takes a trained generator out of the zoo: files for other programs, and a card for a model hub."""
