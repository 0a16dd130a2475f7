"""The kinds of rules: how each reads an account. Pure."""
