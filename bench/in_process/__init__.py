"""Benchmarks that drive the engine or a partition in their own process: no broker, no sockets, no other worker."""
