"""How steady the scores of steady accounts are, and how soon a score tells of a change; `docs/models/steadiness.md`."""
