"""Many accounts folded without an engine, and the changes of tier in their history."""
