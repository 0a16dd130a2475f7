"""Matters of an account: things with a life of their own beside its events, such as an override."""
