"""The topics that events come on. A new one is added here, and in `docs/topics.md`."""

from __future__ import annotations

INPUT_TOPICS = ("analytics", "exceptions", "billing", "tickets")
"""Their logical names, in the order in which changelog records hold offsets."""
