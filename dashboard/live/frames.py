"""Server-sent events as bytes. The text of an event is sent as it is: HTML for pages, JSON for the API."""

from __future__ import annotations

from typing import Final


def frame(data: str, event: str = "") -> bytes:
    """One event. Without a name, htmx swaps its data.

    >>> frame("a\\nb", "row")
    b'event: row\\ndata: a\\ndata: b\\n\\n'
    """
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head = f"event: {event}\n" if event else ""
    return f"{head}{''.join(f'data: {line}' + chr(10) for line in lines)}\n".encode("utf-8", "replace")


def mark(last_id: str) -> bytes:
    """From here on a stream may be resumed: everything until then has been sent."""
    return f"id: {last_id}\n\n".encode()


def retry(milliseconds: int) -> bytes:
    """How long to wait before coming back when the stream ends."""
    return f"retry: {milliseconds}\n\n".encode()


BEAT: Final = frame("", "beat")
"""So that both ends notice when the other is gone. An event, because htmx says nothing of comments."""
