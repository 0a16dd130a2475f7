"""The worker's engine with either fold."""
