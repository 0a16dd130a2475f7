"""How long a replay of a year takes, and how much memory: `python -m bench.replay`."""
