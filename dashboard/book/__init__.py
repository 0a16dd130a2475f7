"""The book: one row an account in columns in memory, filtered, sorted, searched and summed up."""
