"""Everything that asks Redis: the connection, its errors in words, and who owns the keys."""
