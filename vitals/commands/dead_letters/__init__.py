"""`vitals dead-letters`: what could not be used, and how it is sent again."""
