"""Pages for the browser: about runs, and to play with a trained generator."""
