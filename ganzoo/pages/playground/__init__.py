"""The playground: a trained generator behind a small local server, and a page to play with it."""
