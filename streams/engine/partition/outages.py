"""The fleet alarms that a partition obeys, and what they freeze in its accounts.

Only what is in the control log counts: a repeated message changes nothing, and an alarm that has ended does not begin
again. While some alarm is on, alerts of guarded rules are held (`outage`), and what looks at its feeds stands still.
"""

from __future__ import annotations

from scoring.instants import DAY_MS, HOUR_MS, rfc3339
from scoring.model.frozen import Frozen, Readers, readers_of
from scoring.plan.plan import Plan
from scoring.state.account import Account
from streams.changelog.record_types import ActiveAlarm, AlarmProgress, Walk
from streams.control.messages import FleetAlarm
from streams.engine.matters.frozen_matter import FrozenMatter
from streams.engine.matters.table import FROZEN
from streams.engine.stored_account import StoredAccount

LONGEST_MS = 3 * DAY_MS + HOUR_MS
"""An alarm that nobody ends is over after this long. The guard ends it after three days, and says so."""
ENDED_KEPT = 64
"""Ended alarms whose ids are kept: a late copy of their beginning is ignored."""


class Outages:
    """The alarms of one partition. Mutable; owned by a `PartitionState`."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.alarms: list[ActiveAlarm] = []
        """Those that are on, in the order in which they began."""
        self.ended: list[str] = []
        """The ids of the latest ones that ended."""
        self.readers = Readers()
        """What stands still while they are on."""
        self.stale: dict[str, str] = {}
        """The stopped topics and sources, by name, and since when (RFC 3339) nothing came."""
        self.is_outage_over = False
        """Whether the account is visited that is judged now because the last alarm ended."""

    @property
    def outage(self) -> str:
        """The id of the alarm that is on, "" for none; while `is_outage_over`, of the one that ended last."""
        if self.is_outage_over:
            return self.ended[-1]
        return self.alarms[0].id if self.alarms else ""

    @property
    def names(self) -> set[str]:
        """What the alarms that are on are about: topics and sources, or "fleet"."""
        return {name for alarm in self.alarms for name in (*alarm.topics, *alarm.sources) or ("fleet",)}

    def adopt(self, alarms: list[ActiveAlarm], ended: list[str]) -> None:
        """Adopt those of a partition's record."""
        self.alarms, self.ended = list(alarms), list(ended)
        self._note_feeds()

    def take(self, alarm: FleetAlarm) -> bool:
        """Apply a message. True when an alarm began or ended."""
        if alarm.state == "ended":
            return self._end(alarm.id)
        if alarm.id in self.ended or any(each.id == alarm.id for each in self.alarms):
            return False
        since_ms = alarm.since_ms or alarm.instant_ms
        self.alarms.append(ActiveAlarm(alarm.id, alarm.instant_ms, since_ms, alarm.sources, alarm.topics))
        self._note_feeds()
        return True

    def end_overdue(self, as_of_ms: int) -> list[str]:
        """End the alarms that have lasted too long. Returns their ids."""
        overdue = [each.id for each in self.alarms if each.begun_ms + LONGEST_MS <= as_of_ms]
        for alarm_id in overdue:
            self._end(alarm_id)
        return overdue

    def progress(self, offset: int) -> AlarmProgress:
        """That of an account which needs no visit for the alarms of now. `offset` is that of the last applied message
        on `control`."""
        return AlarmProgress(offset, tuple([each.id for each in self.alarms]))

    def must_visit(self, stored: StoredAccount, walk: Walk, *, is_over: bool) -> bool:
        """Whether a walk for the beginning or end of alarms concerns an account, and notes that it was visited.

        After a crash the account may be ahead of the partition, whose walk comes again: it was visited, and events may
        have come since. A second visit would decide its cases at another instant, or for another alarm.
        """
        before = stored.alarm_progress
        if before is None or not walk.alarms:  # an earlier release wrote the account or the walk
            stored.alarm_progress = self.progress(walk.offset)
            return True
        if is_over:
            left = tuple([each for each in before.on if each not in walk.alarms])
            must_visit = left != before.on
        else:
            left = (*before.on, *walk.alarms)
            must_visit = walk.offset > before.offset
        if must_visit:
            stored.alarm_progress = AlarmProgress(max(before.offset, walk.offset), left)
        return must_visit

    def freeze(self, stored: StoredAccount, account: Account, norm: dict[str, float]) -> None:
        """Freeze what the alarms that are on concern of an account, as it is judged now, and thaw the rest. A second
        call changes nothing."""
        primary, before = self._plan.primary, stored.frozen or Frozen({})
        frozen = Frozen({})
        if self.readers.components or self.readers.rules:
            stored.scores.refresh(primary, account, norm)
            frozen = stored.scores.captured(primary, account, self.readers, before)
        if frozen == before:
            return
        stored.scores.freeze(primary, frozen)
        if frozen:
            stored.matters[FROZEN] = FrozenMatter(frozen)
        else:
            del stored.matters[FROZEN]

    def _end(self, alarm_id: str) -> bool:
        self.ended = [*(each for each in self.ended if each != alarm_id), alarm_id][-ENDED_KEPT:]
        left = [each for each in self.alarms if each.id != alarm_id]
        if len(left) == len(self.alarms):
            return False
        self.alarms = left
        self._note_feeds()
        return True

    def _note_feeds(self) -> None:
        sources = {source for alarm in self.alarms for source in alarm.sources}
        topics = {topic for alarm in self.alarms for topic in alarm.topics}
        self.readers = readers_of(self._plan.model, sources, topics)
        self.stale = {}
        for alarm in self.alarms:
            for name in (*alarm.topics, *alarm.sources):
                self.stale.setdefault(name, rfc3339(alarm.since_ms))
