"""One quick look through files of events: from when to when they go, in which order they came, and what happened on
`billing`. The scores come from `streams.replay.columns`, which reads the files again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from scoring.event.event import Event, EventDecoder, Rejected
from scoring.event.timestamps import Untimely, any_stamp_ms
from scoring.instants import DAY_MS, FAR
from streams.backtest.outcomes import Note, Outcomes, note
from streams.backtest.source.subscriptions import (
    KINDS,
    PROPERTIES,
    RENEWAL_PROPERTIES,
    Step,
    definition,
    outcome_of,
    renewal_of,
)
from streams.errors import UserError
from streams.replay.event_file import EventFile
from streams.replay.event_line import read_event

OUT_OF_ORDER_SHARE = 0.05
"""Files with more events than this that happened over a day before an earlier line are in no order of arrival."""


class _Stamped(msgspec.Struct):
    timestamp: Any = None


class Survey(msgspec.Struct, kw_only=True):
    """What the events say before any is scored. Milliseconds; `late` events of `events` happened more than a day before
    one that stands earlier in its file."""

    events: int = 0
    late: int = 0
    first_ms: int = FAR
    last_ms: int = -FAR
    steps: dict[str, list[Step]] = {}

    @property
    def is_in_order(self) -> bool:
        """Whether the lines may be in the order in which they arrived."""
        return self.late <= OUT_OF_ORDER_SHARE * self.events


def survey(
    sources: Sequence[str],
    now_ms: int,
    time_field: str = "",
    progress: Callable[[int], None] = lambda position: None,
) -> Survey:
    """Look through `sources`. Lines that the replay would refuse are left out. Events after `now_ms` do not count.

    Raises:
        UserError: when one cannot be read, or none has an event.
    """
    found = Survey(steps={})
    decoder = EventDecoder(PROPERTIES)
    stamp_of = msgspec.json.Decoder(_Stamped).decode
    for source in sources:
        span = _Span(now_ms)
        with EventFile(source) as file:
            while (lines := file.read()) is not None:
                for _, line in lines:
                    try:
                        if b"billing" not in line and not time_field:
                            span.add(stamp_of(line).timestamp)
                            continue
                        event = read_event(decoder, line, 0, now_ms, None, time_field)[0]
                    except (Rejected, Untimely, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                        continue
                    span.add_ms(event.occurred_at_ms)
                    if event.topic == "billing" and event.occurred_at_ms <= now_ms:
                        found.steps.setdefault(event.account_id, []).append(_step(decoder, event))
                progress(file.position)
            if not span.events and len(sources) == 1:
                raise file.without_events()
        found.events += span.events
        found.late += span.late
        first_ms, last_ms = span.bounds()
        found.first_ms, found.last_ms = min(found.first_ms, first_ms), max(found.last_ms, last_ms)
    if not found.events:
        raise UserError("None of the files has an event: give NDJSON, each line an event with its topic.")
    return found


class _Span:
    """From when to when events go, and how many stand late. Texts that end in Z and are of one length are compared as
    texts, since reading each as an instant would take most of the time. Mutable."""

    def __init__(self, now_ms: int) -> None:
        self.events = self.late = 0
        self._now_ms = now_ms
        self._latest_day = -FAR
        self._days: dict[str, int] = {}
        self._bounds: dict[int, tuple[str, str]] = {}
        self._bounds_ms = FAR, -FAR

    def add(self, stamp: object) -> None:
        """Take in the time of one event.

        Raises:
            Untimely: when it is none.
        """
        if isinstance(stamp, str) and stamp[-1:] == "Z" and stamp[10:11] == "T":
            day = self._days.get(stamp[:10])
            if day is None:
                day = self._days[stamp[:10]] = any_stamp_ms(stamp) // DAY_MS
            if day * DAY_MS > self._now_ms - DAY_MS and any_stamp_ms(stamp) > self._now_ms:
                return
            length = len(stamp)
            low, high = self._bounds.get(length, (stamp, stamp))
            if stamp <= low or stamp >= high:
                self._bounds[length] = min(low, stamp), max(high, stamp)
            self._count(day)
        else:
            self.add_ms(any_stamp_ms(stamp))

    def add_ms(self, at_ms: int) -> None:
        """Take in the time of one event, in milliseconds."""
        if at_ms <= self._now_ms:
            low_ms, high_ms = self._bounds_ms
            self._bounds_ms = min(low_ms, at_ms), max(high_ms, at_ms)
            self._count(at_ms // DAY_MS)

    def _instant(self, stamp: str) -> int:
        try:
            return any_stamp_ms(stamp)
        except Untimely:  # the day is right, the hour is not
            return self._days[stamp[:10]] * DAY_MS

    def _count(self, day: int) -> None:
        self.events += 1
        if day > self._latest_day:
            self._latest_day = day
        elif day < self._latest_day - 1:
            self.late += 1

    def bounds(self) -> tuple[int, int]:
        """The first and the last instant, in milliseconds; the first is after the last when there is none."""
        instants = [self._instant(stamp) for pair in self._bounds.values() for stamp in pair]
        return min([*instants, self._bounds_ms[0]]), max([*instants, self._bounds_ms[1]])


def _step(decoder: EventDecoder, event: Event) -> Step:
    values = {name: decoder.reader(name)(event.properties) for name in PROPERTIES}
    subscription, plan = values["subscription_id"], values["plan"]
    return Step(
        at_ms=event.occurred_at_ms,
        name=event.name,
        subscription=str(subscription) if isinstance(subscription, str | int) else "",
        mrr=_number(values["mrr"]),
        previous_mrr=_number(values["previous_mrr"]),
        plan=plan if isinstance(plan, str) else None,
        renewal_ms=renewal_of(values[name] for name in RENEWAL_PROPERTIES),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def outcomes_of(found: Survey, kind: str, back_within_ms: int) -> Outcomes:
    """The outcomes that the events tell. What may still be undone at the end of the data is not observed.

    Raises:
        UserError: when there is none at all.
    """
    assert kind in KINDS
    at_ms: dict[str, int] = {}
    left_ms: dict[str, int] = {}
    back: list[str] = []
    for account_id, steps in found.steps.items():
        outcome = outcome_of(steps, kind, back_within_ms, found.last_ms)
        if outcome.at_ms < FAR:
            at_ms[account_id] = outcome.at_ms
        if outcome.left_ms < FAR:
            left_ms[account_id] = outcome.left_ms
        if outcome.came_back:
            back.append(account_id)
    words = definition(kind, back_within_ms / DAY_MS)
    if not at_ms:
        raise UserError(
            f"The events tell no outcome: {words}, and no event on billing says so. Name the outcomes in a CSV with "
            f"--labels, or take another --outcome."
        )
    notes: tuple[Note, ...] = ()
    if back:
        notes = (note("came_back", sorted(back), "that came back after the outcome: only the first counts"),)
    return Outcomes(
        kind=kind,
        definition=words,
        at_ms=at_ms,
        left_ms=left_ms if kind != "churn" else {},
        observed_until_ms=found.last_ms - back_within_ms,
        notes=notes,
    )
