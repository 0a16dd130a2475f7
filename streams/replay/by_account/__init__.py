"""A replay account by account: events are sorted by account into partitions on disk, and each is folded by itself."""
