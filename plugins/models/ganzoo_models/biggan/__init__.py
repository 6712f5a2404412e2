"""BigGAN, and ReACGAN, which is built on it."""
