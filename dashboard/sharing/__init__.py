"""Share links: a read-only view for those who have its key."""
