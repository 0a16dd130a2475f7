"""The worker: the engine inside Faust, its reading, writing, restoring and ending."""
