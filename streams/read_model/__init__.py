"""The read model: the current answer of each account in Redis, and the projector that fills it."""
