"""In the place of a page that has nothing to show: what it will hold, how it gets there, one command. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.pages.parts.addresses import Choice

COMMAND = """echo '{"topic": "analytics", "account_id": "acme", "event": "report_viewed"}' | vitals publish -"""
"""The one command that fills an empty book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """A title, a sentence, a command to paste ("" for none), and where to go instead."""

    title: str
    words: str
    command: str = ""
    ways: tuple[Choice, ...] = ()


def empty_book(is_whole: bool) -> Nothing:
    """No account at all, or none yet."""
    if not is_whole:
        return Nothing(
            title="The book is being filled",
            words="All accounts are read from Redis once. This page is there when they are.",
            ways=(Choice(label="Look again", href=""),),
        )
    return Nothing(
        title="No account yet",
        words="An account appears with its first event. Its first score needs one component with evidence, as a rule "
        "one to three days. The portfolio then says where the book stands, what moved it, and whom to call.",
        command=COMMAND,
        ways=(Choice(label="Sources", href="/sources"),),
    )


def no_match(filters: Sequence[tuple[str, str, str]], everything: str) -> Nothing:
    """Filters that keep no account; each is (field, value, the address without it)."""
    words = " and ".join(f"{field} is {value}" for field, value, _ in filters)
    ways = [Choice(label=f"Remove «{field} is {value}»", href=href) for field, value, href in filters]
    return Nothing(
        title=f"No account whose {words}",
        words="Nothing matches. The names are as the events say them, with capitals and spaces.",
        ways=(*ways, Choice(label="All accounts", href=everything)),
    )
