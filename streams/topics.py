"""The topics: their names, how each is kept, and their creation."""

from __future__ import annotations

CONTROL = "control"
SCORES = "scores"
NOTIFICATIONS = "notifications"
DEAD_LETTERS = "dead-letters"
