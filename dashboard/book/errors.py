"""What the book cannot answer."""

from __future__ import annotations


class Unusable(ValueError):
    """A filter, a sort or a cursor that cannot be used. The text says what to ask instead."""
