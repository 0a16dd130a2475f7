"""The fold of events into accounts, and the tier changes of a whole history."""
