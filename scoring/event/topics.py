"""The input topics. Add a new one here and in `docs/topics.md`."""

from __future__ import annotations

INPUT_TOPICS = ("analytics", "exceptions", "billing", "tickets")
"""Logical names, in the order of the offsets in changelog records."""
