"""Messages of the topic `aliases`."""

from __future__ import annotations

import pytest

from streams.identity.alias import ACCOUNT, Alias, ForeignId, alias_key
from streams.identity.alias_message import NoAlias, Removed, alias_of, encode_alias

ALIAS = Alias(kind="app.user", id="ann", to=ForeignId(ACCOUNT, "acme"), by="person", author="eve", at_ms=5)


def test_an_alias_comes_back_from_its_message() -> None:
    assert alias_of(alias_key("app.user", "ann", "person"), encode_alias(ALIAS)) == ALIAS


def test_a_message_without_a_value_removes_what_its_key_names_also_where_the_id_has_a_zero() -> None:
    assert alias_of(alias_key("app.user", "a\0b", "person"), None) == Removed("app.user", "a\0b", "person")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, None),
        (b"source", None),
        (b"nobody\0app.user\0ann", None),
        (b"\xff\0a\0b", None),
        (b"k", b"{"),
        (b"k", b"[" * 100_000),
        (b"k", b'{"kind":"app.user","id":"","to":["account","acme"]}'),
        (b"k", b'{"kind":"app.user","id":"ann","to":["account",""]}'),
        (b"k", b'{"kind":"app.user","id":"ann"}'),
    ],
)
def test_what_says_nothing_is_no_alias(key: bytes | None, value: bytes | None) -> None:
    with pytest.raises(NoAlias):
        alias_of(key, value)
