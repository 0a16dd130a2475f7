"""The read model in Redis: reading, writing, and what stands there as bytes. `streams.read_model.store` uses it."""
