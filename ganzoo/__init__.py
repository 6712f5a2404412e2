"""GanZoo: a plugin-based zoo of generative adversarial networks on PyTorch."""
