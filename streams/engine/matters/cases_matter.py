"""The cases of an account: the alert of each rule, from its first step to its last, as `alerts.lifecycle` decides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from alerts.lifecycle.account_alerts import AccountAlerts
from alerts.lifecycle.cases.rest import Tracks, Unrecorded
from alerts.lifecycle.cases.state import AccountState, packed
from alerts.lifecycle.command import InvalidCommand
from alerts.lifecycle.policy import Policy
from alerts.lifecycle.scored_view import ScoredView
from alerts.step import AlertStep
from scoring.fingerprint import fingerprint
from scoring.instants import FAR
from scoring.plan.score_plan import Evaluation
from scoring.result import OpenCase
from streams.control.commands import command_of
from streams.control.messages import AccountControl, CaseCommand, InvalidControl
from streams.engine.ledger import Case
from streams.engine.matters.matter import Effect, MatterKind

_EVERYTHING = (float("-inf"), float("inf"))
_ENCODE = msgspec.msgpack.Encoder().encode


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """The snapshot: the alerts' own, and what is known without decoding it.

    `looks` is what it was last called with (`looks_of`), `open` has the rules and statuses of the cases that are not
    over.
    """

    due_ms: int
    low: float
    high: float
    settles_ms: int
    looks: int
    alerts: bytes
    open: tuple[Case, ...] = ()


class TrackedSnapshot(NamedTuple):
    """A snapshot without what others record of looks, and put in: the band, the end of tracks that hold, memories."""

    rest: bytes
    """What follows the band, before the alerts' own snapshot."""
    alerts: Unrecorded
    """When something is due of them but for tracks that hold, and their own snapshot."""
    open: bytes
    """What follows that."""


class CasesMatter:
    """The cases of one account. Mutable; owned by its `StoredAccount`. Its alerts are decoded when they are needed."""

    looks_at_all = True

    def __init__(self) -> None:
        self.band = _EVERYTHING
        self._due_ms = FAR
        self._settles_ms = FAR
        """When its first day ends: then it is judged again."""
        self.open: tuple[Case, ...] = ()
        """The (rule, status) of each case that is not over."""
        self.looks = 0
        """What it was last called with; see `looks_of`."""
        self._alerts: AccountAlerts | None = None
        self._stored = b""
        """The alerts' snapshot when the matter was restored."""
        self._snapshot = b""
        """The whole snapshot, b"" since the last change."""

    @classmethod
    def restore(cls, snapshot: bytes) -> CasesMatter:
        """The matter with this snapshot."""
        kept, matter = msgspec.msgpack.decode(snapshot, type=_Kept), cls()
        matter.band, matter._due_ms, matter._settles_ms = (kept.low, kept.high), kept.due_ms, kept.settles_ms
        matter.open, matter.looks = kept.open, kept.looks
        matter._stored, matter._snapshot = kept.alerts, snapshot
        return matter

    def count_on(self, steps: int, cases: int) -> None:
        """Begin where the counts of the same account ended. Only before the first call."""
        self._stored = packed(AccountState(records=steps, cases=cases))

    def counts(self, policy: Policy) -> tuple[int, int]:
        """How many steps and how many cases there were."""
        return self._decoded(policy).counts

    @property
    def next_due_ms(self) -> int:
        """The next dwell, escalation or end of a snooze, or the end of the account's first day."""
        return min(self._due_ms, self._settles_ms)

    def on_control(self, control: AccountControl, view: ScoredView) -> Effect:
        """A person's command."""
        assert isinstance(control, CaseCommand)
        alerts = self._decoded(view.policy)
        try:
            return self._after(alerts, alerts.command(command_of(control, view.as_of_ms), view), view)
        except InvalidCommand as error:
            raise InvalidControl(str(error)) from None

    def on_due(self, at_ms: int, view: ScoredView) -> Effect:
        """A dwell, a time to act or a snooze is over, or the account's first day."""
        alerts, steps = self._decoded(view.policy), list[AlertStep]()
        if self._settles_ms <= at_ms:
            steps += alerts.judge(view)
        if alerts.next_due_ms <= at_ms:
            steps += alerts.due(at_ms, view)
        return self._after(alerts, steps, view)

    def on_score(self, view: ScoredView) -> Effect:
        """The score left the band, or something else changed that rules look at."""
        alerts = self._decoded(view.policy)
        return self._after(alerts, alerts.judge(view), view)

    def tracks(self, score: float, *, may_be_warming: bool) -> Tracks | None:
        """What looks at this score and from now on do, so that others may make them; see `AccountAlerts.tracks`. None
        when they may not, and before the first look since it was restored."""
        tracks = None if self._alerts is None else self._alerts.tracks(score, may_be_warming=may_be_warming)
        if tracks is None:
            return None
        settles_ms = self._settles_ms
        return tracks._replace(due_ms=min(tracks.due_ms, settles_ms), until_ms=min(tracks.until_ms, settles_ms))

    def recorded(self, score: float, memories: Sequence[Sequence[int]]) -> None:
        """Adopt the score of the last look that others have made, and what the tracks were after it."""
        alerts = self._alerts
        assert alerts is not None
        alerts.recorded(score, memories)
        self.band, self._due_ms, self._snapshot = alerts.band, alerts.next_due_ms, b""

    def open_cases(self, policy: Policy) -> tuple[OpenCase, ...]:
        """The cases that are not over, for the account's score snapshot."""
        return self._decoded(policy).open_cases() if self.open else ()

    def snapshot(self) -> bytes:
        """Never empty: the band says whether the next score needs a look."""
        if not self._snapshot:
            alerts = self._stored if self._alerts is None else self._alerts.snapshot()
            low, high = self.band
            kept = _Kept(self._due_ms, low, high, self._settles_ms, self.looks, alerts, self.open)
            self._snapshot = msgspec.msgpack.encode(kept)
        return self._snapshot

    def tracked_snapshot(self) -> TrackedSnapshot | None:
        """The snapshot without what looks record since `tracks` was called; None when that was None."""
        alerts = None if self._alerts is None else self._alerts.unrecorded()
        if alerts is None:
            return None
        return TrackedSnapshot(_ENCODE(self._settles_ms) + _ENCODE(self.looks), alerts, _ENCODE(self.open))

    def _decoded(self, policy: Policy) -> AccountAlerts:
        if self._alerts is None:
            self._alerts = AccountAlerts.restore(policy, self._stored) if self._stored else AccountAlerts(policy)
        return self._alerts

    def _after(self, alerts: AccountAlerts, steps: Sequence[AlertStep], view: ScoredView) -> Effect:
        self.band, self._due_ms = alerts.band, alerts.next_due_ms
        self._settles_ms = view.settled_ms if view.is_settling else FAR
        self.open = alerts.open_statuses()
        self.looks = looks_of(view.policy, view.judged, view.mrr or 0.0)
        self._snapshot = b""
        return Effect(steps=steps)


def looks_of(policy: Policy, evaluation: Evaluation | None, mrr: float) -> int:
    """A fingerprint of the rules, and of what they look at besides the score: after a restore it says whether that is
    still the same."""
    if evaluation is None:
        return 0
    return _looks_of(policy.identity, evaluation.provisional, evaluation.watched, evaluation.flags, mrr)


@lru_cache(maxsize=1 << 12, typed=True)
def _looks_of(*of: str | bool | tuple[str, ...] | float) -> int:
    return fingerprint(repr(of))


CASES_OF_AN_ACCOUNT = MatterKind(controls=(CaseCommand,), new=CasesMatter, restore=CasesMatter.restore)
