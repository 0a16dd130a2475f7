"""The decoder of the kernel."""
