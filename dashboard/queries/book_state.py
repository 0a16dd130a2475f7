"""How the book is, for what stands around every page. Answered from memory."""

from __future__ import annotations

from dashboard.queries.ground import Ground
from dashboard.values.book_state import BookState


def book_state(ground: Ground) -> BookState:
    """See `Queries.book_state`."""
    book, filling = ground.book, ground.book.filling
    return BookState(
        accounts=len(book),
        as_of_ms=book.as_of_ms,
        is_whole=filling.is_whole,
        tiers=book.scale.pairs,
        trouble=filling.trouble,
        trouble_since_ms=filling.trouble_since_ms,
    )
