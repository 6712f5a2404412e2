"""How much arithmetic a training does, and how much its device can do at most."""
