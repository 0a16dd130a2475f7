"""How large a record may be, and how many there may be: what every dashboard keeps in memory. Pure."""

from __future__ import annotations

from typing import assert_never

from streams.workspace.records import ApiKey, Note, Preferences, Record, Sentiment, Share, View

NOTE_MAX_CHARACTERS = 4_000
NAME_MAX_CHARACTERS = 80
"""Of a view, a share link or a key."""
REASON_MAX_CHARACTERS = 500
QUERY_MAX_CHARACTERS = 4_000
ID_MAX_CHARACTERS = 300
COLUMNS_MAX = 60
NOTES_SHOWN = 500
"""The latest notes of an account: older ones are on the topic, and are not shown."""
OWN_VIEWS_MAX = 100
"""Views of one person, and those of everybody."""
SHARES_MAX = 1_000
KEYS_MAX = 1_000
RECORDS_MAX = 1_000_000


def fault_of(record: Record) -> str:
    """What is wrong with a record by itself, and what to do; "" for nothing.

    >>> fault_of(Note(id="n1", account_id="acme", author="ann", at_ms=0, text=" "))
    'a note has 1 to 4,000 characters: write something'
    """
    if not 0 < len(record.id) <= ID_MAX_CHARACTERS or "\0" in record.id:
        return f"an id has 1 to {ID_MAX_CHARACTERS} characters"
    match record:
        case Note():
            if len(record.text) > NOTE_MAX_CHARACTERS:
                return f"a note has at most {NOTE_MAX_CHARACTERS:,} characters: make two of it"
            return "" if record.text.strip() else f"a note has 1 to {NOTE_MAX_CHARACTERS:,} characters: write something"
        case Sentiment():
            return _too_long("a reason", record.reason, REASON_MAX_CHARACTERS)
        case View():
            return _name_fault("a view", record.name) or _too_long("a view", record.query, QUERY_MAX_CHARACTERS)
        case Share():
            return _too_long("a label", record.label, NAME_MAX_CHARACTERS) or _too_long(
                "a filter", record.query, QUERY_MAX_CHARACTERS
            )
        case ApiKey():
            return _name_fault("a key", record.name)
        case Preferences():
            return "" if len(record.columns) <= COLUMNS_MAX else f"a list has at most {COLUMNS_MAX} columns"
    assert_never(record)


def _name_fault(what: str, name: str) -> str:
    is_named = len(name.strip()) > 0 and len(name) <= NAME_MAX_CHARACTERS
    return "" if is_named else f"the name of {what} has 1 to {NAME_MAX_CHARACTERS} characters"


def _too_long(what: str, text: str, most: int) -> str:
    return f"{what} has at most {most:,} characters" if len(text) > most else ""
