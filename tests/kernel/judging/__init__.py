"""Judging in the kernel."""
