"""`vitals alias`, `vitals unattributed`, `vitals forget`: which account an id belongs to, what waits for that, and an
account that must go."""
