"""The whole book, or the part of it that filters keep: where it stands, and what moved it."""
