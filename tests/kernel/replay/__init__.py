"""Replays in the kernel."""
