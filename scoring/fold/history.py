"""Folds the whole history of one account at a time, and shows the account at chosen instants.

The answers are those of `scoring.fold.fold`, at a fraction of the cost: nothing is judged between two instants, so no
timer is needed, and windows are counted when an instant comes, from the buckets of all their events. Tiles and ids of
the account stay empty: its signs and its bounds cannot be read.
"""

from __future__ import annotations

from collections.abc import Sequence

from scoring.event.event import Event
from scoring.fingerprint import fingerprint_of_value
from scoring.fold.items import changed_items, drop_items, note_stated
from scoring.fold.latest import note_first_at, note_latest_values
from scoring.fold.life import note_event_at
from scoring.fold.logs import CountLog, ValueLog
from scoring.fold.totals import add_total, drop_totals
from scoring.instants import DAY_MS
from scoring.model.schema.bounds import ITEMS_MAX
from scoring.plan.plan import Plan
from scoring.plan.routes import Route
from scoring.state.account import Account
from scoring.state.event_ids import period_of_block

_PROBE = "\0"
"""No user is called so."""
_PROBE_DAYS = (7, 8)


class Steps:
    """What an event of one topic and name changes that has none of the properties that the model reads, by number.

    Such an event is *bare*: all that matters of it is when it occurred and its user.
    """

    def __init__(self, plan: Plan, topic: str, name: str) -> None:
        bare = Event("", topic, name, 0, "", "", plan.decoder.properties_of({}))
        route = plan.routes.of(topic, name)
        self.route = route
        self.latest_at: list[int] = [slot for slot, test in route.latest_at if test is None or test(bare)]
        self.first_at: list[int] = [slot for slot, test in route.first_at if test is None or test(bare)]
        self.totals: list[int] = [
            number for number, amount_of in route.daily_totals if amount_of is None or amount_of(bare)
        ]
        self.counts: list[int] = list(route.counts)
        self.amounts: list[tuple[int, int]] = [(number, amount_of(bare)) for number, amount_of in route.amounts]
        day = _PROBE_DAYS[name == str(_PROBE_DAYS[0])]  # a value, too, and not the name
        probe = Event("", topic, name, day * DAY_MS, "", _PROBE, bare.properties)
        values = [(number, value_of(probe)) for number, value_of in route.values]
        print_of_name = fingerprint_of_value(name)
        self.users: list[int] = [number for number, value in values if value == _PROBE]
        self.values: list[tuple[int, int]] = [(number, print_of_name) for number, value in values if value == name]
        self.days: list[int] = [number for number, value in values if value == str(day)]
        has_all_values = all(value in ("", _PROBE, name, str(day)) for _, value in values)
        self.reads_properties = bool(
            route.latest_values or route.items or route.tallies or route.amounts or route.values
        ) or any(
            test is not None for tests in (route.latest_at, route.first_at, route.daily_totals) for _, test in tests
        )
        """Whether properties can make a difference."""
        self.suffices = (
            all(latest_of(bare) is None for _, latest_of in route.latest_values)
            and all(item_of(bare) is None for _, (item_of, _) in route.items)
            and all(stated_of(bare) is None for _, stated_of in route.tallies)
            and has_all_values
        )
        """Whether these steps are all that a bare event changes."""
        self.takes_events = self.reads_properties or not self.suffices
        """Whether the whole event is needed of some."""

    def needs_event(self, *, is_bare: bool) -> bool:
        """Whether the whole event is needed."""
        return not self.suffices or (self.reads_properties and not is_bare)


class IdHorizon:
    """The ids of an account's events by fingerprint, each with the first bucket at which it is forgotten. Mutable."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._ids: dict[int, int] = {}

    def is_copy(self, print_of_id: int, occurred_at_ms: int, known_ms: int) -> bool:
        """Whether an event has the id of an earlier one that is not yet forgotten. Remembers the id if not."""
        if self._ids.get(print_of_id, -1) > known_ms // self._plan.resolution_ms:
            return True
        self._ids[print_of_id] = self._plan.ids_go(period_of_block(occurred_at_ms // DAY_MS))
        return False


class HistoryFold:
    """Folds accounts, one after another, under one plan. Mutable.

    `begin` an account, `add` its events, and `show` it at ascending instants.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.account = Account(plan.sizes, 0)
        self._ids: IdHorizon | None = None
        self._day_shown = -1
        self._counts: list[CountLog] = []
        self._values: list[ValueLog] = []

    def begin(self, known_ms: int, *, has_copies: bool) -> None:
        """Begin an account that was first known at `known_ms`. `has_copies` says whether some id comes twice."""
        plan = self.plan
        self.account = Account(plan.sizes, known_ms)
        self._ids = IdHorizon(plan) if has_copies else None
        self._day_shown = -1
        self._counts = [CountLog() for _ in plan.count_series]
        self._values = [ValueLog(plan.buckets_a_day) for _ in plan.value_series]

    def add(
        self,
        known: Sequence[int],
        occurred: Sequence[int],
        steps: Sequence[Steps],
        prints: Sequence[int],
        users: Sequence[int],
        events: Sequence[Event | None],
    ) -> None:
        """Add events, ordered by when they were `known`, which is never before they occurred (milliseconds).

        `prints` are the fingerprints of their scoped ids, 0 for one that comes only once. `events` has the whole event
        wherever its steps need it, else perhaps None; then `users` has the fingerprint of its user, 0 for none.
        """
        plan, account, ids = self.plan, self.account, self._ids
        resolution_ms, buckets_a_day = plan.resolution_ms, plan.buckets_a_day
        for number in range(len(occurred)):
            at = occurred[number]
            if ids is not None and prints[number] and ids.is_copy(prints[number], at, known[number]):
                continue
            step = steps[number]
            note_event_at(plan, account, at)
            event = events[number]
            if event is not None and step.takes_events:
                self._add_whole(step.route, event, known[number])
                continue
            for slot in step.latest_at:
                if at > account.latest_at[slot]:
                    account.latest_at[slot] = at
                    account.changed_dependents |= plan.latest_at_dependents[slot]
            for slot in step.first_at:
                if at < account.first_at[slot]:
                    account.first_at[slot] = at
                    account.changed_dependents |= plan.first_at_dependents[slot]
            bucket = at // resolution_ms
            for total in step.totals:
                add_total(plan, account, total, bucket // buckets_a_day, 1)
            for series in step.counts:
                self._counts[series].add(bucket)
            for series, amount in step.amounts:
                if amount:
                    self._counts[series].add_amount(bucket, amount)
            for series, value in step.values:
                self._values[series].add(bucket, value)
            if step.days:
                day = fingerprint_of_value(str(bucket // buckets_a_day))
                for series in step.days:
                    self._values[series].add(bucket, day)
            user = users[number]
            if user:
                for series in step.users:
                    self._values[series].add(bucket, user)

    def show(self, instant_ms: int) -> Account:
        """The account at an instant: valid until the next call. No event that was added was known later."""
        plan, account = self.plan, self.account
        if self._day_shown != instant_ms // DAY_MS:
            self._day_shown = instant_ms // DAY_MS
            account.changed_dependents |= plan.day_dependents
        self._set_time(instant_ms)
        now = account.current_bucket
        account.changed_dependents |= plan.time_dependents
        for series in plan.count_series:
            log = self._counts[series.number]
            if log.buckets:
                for window, newest, oldest, dependents in series.windows:
                    total = log.total(now - oldest, now - newest)
                    if total != account.sums[window]:
                        account.sums[window] = total
                        account.changed_dependents |= dependents
        for series in plan.value_series:
            for window, newest, oldest, dependents in series.windows:
                values = self._values[series.number].between(now - oldest, now - newest)
                if len(values) != len(account.value_counts[window]):
                    account.changed_dependents |= dependents
                account.value_counts[window] = values
        drop_totals(plan, account)
        drop_items(plan, account)
        return account

    def _set_time(self, known_ms: int) -> None:
        account = self.account
        account.as_of_ms = known_ms
        account.current_bucket = known_ms // self.plan.resolution_ms

    def _add_whole(self, route: Route, event: Event, known_ms: int) -> None:
        plan, account, at = self.plan, self.account, event.occurred_at_ms
        self._set_time(known_ms)
        for slot, test in route.latest_at:
            if at > account.latest_at[slot] and (test is None or test(event)):
                account.latest_at[slot] = at
                account.changed_dependents |= plan.latest_at_dependents[slot]
        if route.latest_values:
            note_latest_values(plan, account, route, event)
        if route.first_at:
            note_first_at(plan, account, route, event)
        if route.items:
            if any(len(account.open_items[number]) >= ITEMS_MAX for number, _ in route.items):
                drop_items(plan, account)  # the expired ones take no room
            changed_items(plan, account, route, event)
        if route.tallies:
            note_stated(plan, account, route, event)
        for number, amount_of in route.daily_totals:
            if amount_of is None or amount_of(event):
                add_total(plan, account, number, at // DAY_MS, 1)
        self._add_to_logs(route, event)

    def _add_to_logs(self, route: Route, event: Event) -> None:
        bucket = event.occurred_at_ms // self.plan.resolution_ms
        for number in route.counts:
            self._counts[number].add(bucket)
        for number, amount_of in route.amounts:
            if amount := amount_of(event):
                self._counts[number].add_amount(bucket, amount)
        for number, value_of in route.values:
            if value := value_of(event):
                self._values[number].add(bucket, fingerprint_of_value(value))
