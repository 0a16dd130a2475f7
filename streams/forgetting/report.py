"""What forgetting an account removed, and what remains of it, where and until when. Only values."""

from __future__ import annotations

import msgspec


class Removed(msgspec.Struct, frozen=True):
    """`number` of `what` were removed from `where`."""

    what: str
    where: str
    number: int


class Remaining(msgspec.Struct, frozen=True):
    """`number` of `what` remain in `where` (-1: not counted) until `until` (RFC 3339; "": nobody knows), and what a
    person can do about it."""

    what: str
    where: str
    until: str
    words: str
    number: int = -1


class ForgetReport(msgspec.Struct, frozen=True, kw_only=True):
    """`action` is "forgotten" or "lifted"; `at` is RFC 3339."""

    account_id: str
    action: str
    author: str
    reason: str
    at: str
    removed: tuple[Removed, ...] = ()
    remains: tuple[Remaining, ...] = ()
