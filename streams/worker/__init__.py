"""The worker: the engine inside Faust, with its consumer, writer, restore and exit."""
