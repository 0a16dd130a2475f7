"""The messages on the topic `control`, and the overrides that come in on it."""
