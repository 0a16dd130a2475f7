"""A compiled model: what an event changes, how signals are read, and how the score is computed."""
