"""Settings: parsing values, merging their sources into a configuration, binding it to imported classes."""
