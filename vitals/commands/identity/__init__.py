"""`vitals alias` and `vitals unattributed`: which account an id belongs to, and what waits for that."""
