"""Accounts that are forgotten, come again and are merged while things go wrong: what is sent, and what must hold."""
