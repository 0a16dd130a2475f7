"""One account: its view, its trajectory, and what happened."""
