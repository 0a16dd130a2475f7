"""Everything that asks Redis: the connection, its errors as text, and the lease on its keys."""
