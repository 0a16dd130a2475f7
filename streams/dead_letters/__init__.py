"""Dead letters: found by people, read, and sent again."""
