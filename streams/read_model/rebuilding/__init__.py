"""Fills the read model again beside the one that serves, and switches: `vitals rebuild`."""
