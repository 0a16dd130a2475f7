"""Waiting events against a plain oracle: any order of aliases and events, with restarts at any point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from streams.identity.alias import ACCOUNT, Alias, By, ForeignId
from streams.identity.alias_message import Removed
from streams.identity.alias_table import AliasTable
from streams.identity.unattributed import Unattributed
from streams.identity.waiting import Waiting
from streams.identity.waiting_store import WaitingEvent, WaitingStore


class Arrives(NamedTuple):
    """An event with a number of its own."""

    number: int
    ids: tuple[ForeignId, ...]
    occurred_at_ms: int


class Publish(NamedTuple):
    """At most `limit` of the events that are due are published and deleted."""

    limit: int


class Restart(NamedTuple):
    """The process starts again, and reads both topics from their beginning."""


Step = Alias | Removed | Arrives | Publish | Restart

FOREIGN = st.builds(ForeignId, st.sampled_from(["user", "group"]), st.sampled_from(["a", "b", "c"]))
IDS = st.one_of(FOREIGN, st.builds(ForeignId, st.just(ACCOUNT), st.sampled_from(["x", "y", "z"])))
BY = st.sampled_from(["person", "source"])
ALIASES = st.builds(lambda start, to, by: Alias(kind=start.kind, id=start.id, to=to, by=by), IDS, IDS, BY)
ARRIVALS = st.builds(
    Arrives, st.integers(0, 9), st.lists(FOREIGN, min_size=1, max_size=3).map(tuple), st.integers(0, 3)
)
STEPS = st.one_of(
    ALIASES,
    ARRIVALS,
    st.builds(lambda start, by: Removed(start.kind, start.id, by), IDS, BY),
    st.builds(Publish, st.integers(1, 3)),
    st.builds(Restart),
)


class Log:
    """Both topics, compacted as far as they can be, and the process that reads them."""

    def __init__(self) -> None:
        self.aliases: dict[tuple[str, str, By], Alias | Removed] = {}
        self.events: dict[bytes, tuple[int, Arrives]] = {}
        self.offset = 0
        self.waiting = self.started(False)

    def started(self, aliases_first: bool) -> Waiting:
        waiting = Waiting(AliasTable(), WaitingStore(None))
        if aliases_first:
            self._read_aliases(waiting)
        for key, (offset, event) in self.events.items():
            waiting.put_event(key, 0, offset, message_of(event))
        if not aliases_first:
            self._read_aliases(waiting)
        return waiting

    def _read_aliases(self, waiting: Waiting) -> None:
        for change in self.aliases.values():
            waiting.put_alias(change)

    def take(self, step: Alias | Removed | Arrives) -> None:
        if isinstance(step, Arrives):
            key, self.offset = str(step.number).encode(), self.offset + 1
            self.events[key] = (self.offset, step)
            self.waiting.put_event(key, 0, self.offset, message_of(step))
        else:
            self.aliases[step.kind, step.id, step.by] = step
            self.waiting.put_alias(step)

    def publish(self, limit: int) -> list[WaitingEvent]:
        found = self.waiting.due(limit)
        for event in found:
            del self.events[event.key]
            self.waiting.remove(event.key, event.partition)
        return found

    def account_of(self, event: Arrives) -> str:
        """The oracle."""
        table = AliasTable()
        for change in self.aliases.values():
            table.put(change)
        return table.resolve(event.ids)


def message_of(event: Arrives) -> Unattributed:
    return Unattributed(
        topic="analytics", event="e", value=b"{}", occurred_at_ms=event.occurred_at_ms, accounts=event.ids
    )


def expected(log: Log) -> dict[bytes, str]:
    """The events that can be published, and under which account."""
    found = {key: log.account_of(event) for key, (_, event) in log.events.items()}
    return {key: account for key, account in found.items() if account}


def check_order(found: Sequence[WaitingEvent], places: dict[bytes, tuple[int, Arrives]]) -> None:
    for account in {event.account for event in found}:
        order = [
            (places[event.key][1].occurred_at_ms, places[event.key][0]) for event in found if event.account == account
        ]
        assert order == sorted(order)


def run(steps: Iterable[Step]) -> None:
    log, is_first = Log(), True
    for step in steps:
        match step:
            case Publish(limit):
                due, places = expected(log), dict(log.events)
                found = log.publish(limit)
                assert len(found) == min(limit, len(due))
                assert all(due[event.key] == event.account for event in found)
                check_order(found, places)
            case Restart():
                log.waiting, is_first = log.started(is_first), not is_first
            case _:
                log.take(step)
        assert log.waiting.events.total() == len(log.events)
        assert log.waiting.ids.total() == len({event.ids for _, event in log.events.values()})
    due, places = expected(log), dict(log.events)
    found = log.publish(100)
    assert {event.key: event.account for event in found} == due
    check_order(found, places)
    assert log.publish(100) == []


@given(st.lists(STEPS, max_size=25))
def test_every_event_is_published_once_under_the_account_that_its_ids_lead_to_by_then(steps: list[Step]) -> None:
    run(steps)


@given(st.lists(ALIASES | ARRIVALS, max_size=10), st.data())
def test_the_order_of_aliases_and_events_does_not_matter(steps: list[Alias | Arrives], data: st.DataObject) -> None:
    """With one message of each key."""
    of_key: dict[object, Alias | Arrives] = {}
    for step in steps:
        of_key[(step.kind, step.id, step.by) if isinstance(step, Alias) else step.number] = step
    once = list(of_key.values())
    found = []
    for order in (once, data.draw(st.permutations(once))):
        log = Log()
        for step in order:
            log.take(step)
        found.append({event.key: event.account for event in log.publish(100)})
    assert found[0] == found[1]
