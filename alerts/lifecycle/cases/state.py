"""What is kept of an account's alerts, and its bytes. Only values; `AccountAlerts` owns and changes them.

Snapshots are MessagePack arrays without trailing defaults: a calm account needs some ten bytes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from alerts.step import CaseStatus, Severity, StepKind
from scoring.result import Baseline, TransitionCause


class Origin(msgspec.Struct, gc=False, array_like=True, frozen=True):
    """How what is waited for began: the account before it, and the cause of its crossing."""

    before: Baseline | None
    cause: TransitionCause | None


class Missed(msgspec.Struct, gc=False, array_like=True, frozen=True):
    """The latest step of one case that a mute kept from people. `severity` is the worst that was missed."""

    rule: str
    case_id: str
    step: StepKind
    status: CaseStatus
    severity: Severity
    tier: str
    opened_ms: int
    steps: int
    was_told: bool


class Mute(msgspec.Struct, gc=False, array_like=True):
    """A snooze, of one rule or of the whole account, until `until_ms`, exclusive. `more` counts the cases that
    `missed` has no room for."""

    until_ms: int
    by: str
    since_ms: int
    missed: list[Missed] = []
    more: int = 0


class Case(msgspec.Struct, gc=False, array_like=True):
    """A case that is not over. `status` is never "snoozed": that is an overlay, see `alerts.lifecycle.cases.mute`.

    `depth` and `tier` are what it was last changed to. `escalate_ms` is the time to act, 0 for none; `is_overdue` when
    it has passed while a fleet alarm held the rule. `was_told` says whether any step of it was sent.
    """

    id: str
    account_id: str
    status: CaseStatus
    severity: Severity
    depth: int
    tier: str
    opened_ms: int
    since_ms: int
    steps: int = 0
    escalate_ms: int = 0
    is_overdue: bool = False
    was_told: bool = False
    by: str = ""
    assignee: str = ""
    words: str = ""


class RuleState(msgspec.Struct, gc=False, array_like=True):
    """What is kept of one rule.

    `memory` belongs to its kind (`alerts.lifecycle.kinds`). `depth` counts the bounds that are breached, after dwell
    and hysteresis; `plain` those that are breached at this moment. `quiet` is the depth up to which no case is opened.
    `sinces` are when the bounds between `depth` and where it goes were crossed, the nearest first; `is_rising` when it
    goes up. `blocked` is the reason that was recorded last for a case that is not opened. `recheck_ms` is when to look
    again, 0 for never.
    """

    memory: list[int] = []
    depth: int = 0
    plain: int = 0
    quiet: int = 0
    sinces: list[int] = []
    is_rising: bool = False
    blocked: str = ""
    recheck_ms: int = 0
    origin: Origin | None = None
    case: Case | None = None
    mute: Mute | None = None


class AccountState(msgspec.Struct, gc=False, array_like=True):
    """All that is kept. `mark` identifies the rules that it was judged by last, 0 before the first judgement. `records`
    and `cases` count the records and the cases so far. `rules` are by key: see `CompiledRule.key`."""

    mark: int = 0
    records: int = 0
    cases: int = 0
    rules: dict[str, RuleState] = {}
    mute: Mute | None = None


UNTOUCHED = RuleState()
"""What is kept of a rule that never saw anything. Never to be changed."""
_ENCODE = msgspec.msgpack.Encoder().encode
_FEW = 16
"""Fewer entries of a map are counted in its first byte."""
_DEFAULTS: tuple[Any, ...] = msgspec.structs.astuple(UNTOUCHED)


def packed(state: AccountState) -> bytes:
    """The bytes of a state: equal states have equal bytes, whatever their past. b"" when nothing was ever judged."""
    rows = [(key, _trimmed(msgspec.structs.astuple(rule))) for key, rule in state.rules.items() if rule != UNTOUCHED]
    whole: list[Any] = [state.mark, state.records, state.cases, dict(sorted(rows))]
    if state.mute is not None:
        whole.append(state.mute)
    return b"" if whole == [0, 0, 0, {}] else msgspec.msgpack.encode(whole)


def packed_but(state: AccountState, keys: Collection[str]) -> tuple[bytes, list[tuple[int, str]]]:
    """`packed`, but for the memories of these rules; and where in the bytes each of them belongs that is not empty,
    ascending, with the rule's key.

    >>> packed_but(AccountState(1, rules={"d:drop": RuleState(memory=[5000], plain=1)}), ["d:drop"])[1]
    [(13, 'd:drop')]
    """
    rows = [(key, rule) for key, rule in state.rules.items() if rule != UNTOUCHED]
    mute = b"" if state.mute is None else _ENCODE(state.mute)
    some = bytearray((0x94 + bool(mute),)) + _ENCODE(state.mark) + _ENCODE(state.records) + _ENCODE(state.cases)
    some += bytes((0x80 | len(rows),)) if len(rows) < _FEW else b"\xde" + len(rows).to_bytes(2, "big")
    cuts: list[tuple[int, str]] = []
    for key, rule in sorted(rows):
        row = _ENCODE(_trimmed(msgspec.structs.astuple(rule)))
        some += _ENCODE(key)
        if key not in keys or not rule.memory:
            some += row
        else:
            cuts.append((len(some) + 1, key))
            some += row[:1] + row[1 + len(_ENCODE(rule.memory)) :]
    return bytes(some + mute), cuts


def unpacked(snapshot: bytes) -> AccountState:
    """The state with these bytes."""
    return msgspec.msgpack.decode(snapshot, type=AccountState) if snapshot else AccountState()


def _trimmed(row: tuple[Any, ...]) -> tuple[Any, ...]:
    if row[1:] == _DEFAULTS[1:]:
        return row[:1] if row[0] else ()
    end = len(row)
    while end and row[end - 1] == _DEFAULTS[end - 1]:
        end -= 1
    return row[:end]
