"""Why a score is what it is, what comes next, and what would change it."""
