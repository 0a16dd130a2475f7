"""How each vendor signs what it sends. A signature is always that of the raw body."""
