"""The core's own kinds of plugin, one file each: its declaration, read as text, and its checks."""
