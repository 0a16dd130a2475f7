"""The state of one account, as plain fields and commutative accumulators."""
