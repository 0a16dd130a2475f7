"""One partition of accounts and its parts, each the only owner of its state."""
