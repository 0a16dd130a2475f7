"""The model file: its schema, its checks, its presets, and what is probably not meant in it."""
