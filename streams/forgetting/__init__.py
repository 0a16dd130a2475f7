"""Forgetting an account, for a person: the message to the worker, and all that is kept elsewhere."""
