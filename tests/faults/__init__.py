"""The fault campaign: three workers under load, faults of every kind, and what must hold after each of them."""
