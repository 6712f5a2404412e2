"""Pages for the browser: one about runs, one to play with a trained generator."""
