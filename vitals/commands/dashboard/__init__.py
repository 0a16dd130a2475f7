"""`vitals dashboard`, and the commands below it."""
