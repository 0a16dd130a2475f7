"""The messages of the workspace: what is taken, and what is left out with a reason."""

from __future__ import annotations

import pytest

from streams.workspace.limits import NAME_MAX_CHARACTERS, NOTE_MAX_CHARACTERS, fault_of
from streams.workspace.message import NoRecord, encode_record, record_of
from streams.workspace.records import ApiKey, Note, Preferences, Record, Sentiment, Share, View, key_of

RECORDS: list[Record] = [
    Note(id="n1", account_id="acme", author="ann", at_ms=1, text="Ring <b>Bea</b> 🙂 \u200f\u05e9"),
    Sentiment(id="acme", level="uneasy", author="ann", at_ms=1, reason="slow answers"),
    View(id="v1", name="Mine", query="owner=ann", author="ann", at_ms=1, owner="ann"),
    Share(id="s1", key_hash="0" * 64, scope="portfolio", query="", author="ann", at_ms=1, until_ms=2),
    ApiKey(id="k1", name="ci", key_hash="0" * 64, scopes=("read",), author="ann", at_ms=1),
    Preferences(id="ann", at_ms=1, zone="Europe/Berlin", columns=("name", "score")),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_comes_back_as_it_was_written(record: Record) -> None:
    assert record_of(key_of(record).encode(), encode_record(record)) == (key_of(record), record)
    assert record_of(key_of(record).encode(), None) == (key_of(record), None)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        (None, b"{}", "no record"),
        (b"note\0n1", b"{", "no record"),
        (b"\xff\0n1", None, "no record"),
        (b"n1", None, "no kind of record"),
        (b"letter\0n1", None, "no kind of record"),
        (b"note\0n2", encode_record(RECORDS[0]), "the key is not that of the record"),
        (b"note\0n1", b"[" * 100_000, "no record"),
    ],
)
def test_what_says_nothing_is_left_out(key: bytes | None, value: bytes | None, words: str) -> None:
    with pytest.raises(NoRecord, match=words):
        record_of(key, value)


def test_a_record_beyond_its_limits_is_refused_with_what_to_do() -> None:
    long = Note(id="n1", account_id="acme", author="ann", at_ms=1, text="x" * (NOTE_MAX_CHARACTERS + 1))
    assert fault_of(long) == "a note has at most 4,000 characters: make two of it"
    with pytest.raises(NoRecord, match="4,000"):
        record_of(b"note\0n1", encode_record(long))
    unnamed = View(id="v1", name=" ", query="", author="ann", at_ms=0)
    assert fault_of(unnamed) == f"the name of a view has 1 to {NAME_MAX_CHARACTERS} characters"
    assert fault_of(View(id="a\0b", name="v", query="", author="ann", at_ms=0)) == "an id has 1 to 300 characters"
