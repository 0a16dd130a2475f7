"""A person's command about a case, as the rules take it."""

from __future__ import annotations

from typing import Literal

import msgspec

CommandKind = Literal["acknowledge", "snooze", "wake", "assign", "resolve", "note"]


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """`streams.control.messages.CaseCommand` without the account: see there. `at_ms` is when it was given."""

    kind: CommandKind
    author: str
    at_ms: int
    rule: str = ""
    until_ms: int = 0
    assignee: str = ""
    reason: str = ""
    action: str = ""
    case: str = ""


class InvalidCommand(ValueError):
    """A command that does not fit the account's cases: no such case, or a step that is not allowed. The text says
    why."""
