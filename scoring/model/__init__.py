"""The model file: its schema, checks, presets and warnings."""
