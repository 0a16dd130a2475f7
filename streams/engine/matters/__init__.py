"""Matters of an account: what concerns it beside its events, such as a score that a person set."""
