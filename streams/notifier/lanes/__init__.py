"""The lanes: each takes the steps of one route to one sink, by its own consumer group."""
