"""The records of the compacted topic `workspace`, and of the topic `audit`. Only values.

The key of a record is its kind, a NUL, and its id; a message without a value deletes it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["viewer", "csm", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "csm", "admin")
"""Each may do what those before it may."""
Scope = Literal["read", "act", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "act", "admin")


class Note(msgspec.Struct, frozen=True, kw_only=True, tag="note"):
    """What a person wrote about an account. `login` is the author's: a name may be that of several, or be changed."""

    id: str
    account_id: str
    author: str
    at_ms: int
    text: str
    login: str = ""


class Sentiment(msgspec.Struct, frozen=True, kw_only=True, tag="sentiment"):
    """How an account feels to its owner: one of five levels. Its id is the account."""

    id: str
    level: str
    author: str
    at_ms: int
    reason: str = ""


class View(msgspec.Struct, frozen=True, kw_only=True, tag="view"):
    """A saved view of the list: the query of its address. `owner` is "" for everybody's."""

    id: str
    name: str
    query: str
    author: str
    at_ms: int
    owner: str = ""


class Share(msgspec.Struct, frozen=True, kw_only=True, tag="share"):
    """A share link. `key_hash` is SHA-256 of its key in hex; the key itself is nowhere. `scope` is "portfolio" or
    "accounts", with the `query` of the list. `redacts` hides the names of accounts and owners. `login` is the author's.
    """

    id: str
    key_hash: str
    scope: Literal["portfolio", "accounts"]
    query: str
    author: str
    at_ms: int
    until_ms: int
    redacts: bool = False
    revoked_ms: int = 0
    revoked_by: str = ""
    label: str = ""
    login: str = ""


class ApiKey(msgspec.Struct, frozen=True, kw_only=True, tag="key"):
    """A key of the API. `key_hash` is SHA-256 of its secret in hex."""

    id: str
    name: str
    key_hash: str
    scopes: tuple[Scope, ...]
    author: str
    at_ms: int
    until_ms: int = 0
    revoked_ms: int = 0


class Preferences(msgspec.Struct, frozen=True, kw_only=True, tag="preferences"):
    """What a person set for the pages. Its id is the person. `zone` is an IANA name, `columns` those of the list."""

    id: str
    at_ms: int
    zone: str = "UTC"
    theme: Literal["auto", "light", "dark"] = "auto"
    has_keys: bool = True
    columns: tuple[str, ...] = ()


Record = Note | Sentiment | View | Share | ApiKey | Preferences


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One message of `audit`: who did what, by which door, and how it ended."""

    at_ms: int
    person: str
    role: str
    act: str
    target: str
    outcome: Literal["done", "refused", "failed"]
    detail: str = ""
    door: str = ""
    address: str = ""


def kind_of(kind: type[Record]) -> str:
    """The name of a kind of records.

    >>> kind_of(ApiKey)
    'key'
    """
    return str(kind.__struct_config__.tag)


def key_of(record: Record) -> str:
    """The key of a record's message."""
    return f"{kind_of(type(record))}\0{record.id}"
