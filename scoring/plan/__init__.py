"""A model compiled: what an event touches, how signals are read, and how a score is made of them."""
