"""Windows: how events add to them, and how values enter and leave them as time advances.

Writes `Account.sums`, `value_counts`, `edge_timers` and `expired_counts`, and the content of the account's tiles.
"""

from __future__ import annotations

from scoring.event.event import Event
from scoring.fingerprint import fingerprint_of_value
from scoring.fold.tiles import tile_of
from scoring.fold.timers import due_by
from scoring.model.schema.bounds import VALUES_MAX
from scoring.plan.plan import Plan
from scoring.state.account import Account
from scoring.state.series import Edge, Series
from scoring.state.tiles import Alike, Counts, Values

USER_MAX_CHARACTERS = 200
"""Characters of a user id that are kept to see whether there is only one user."""


def count(plan: Plan, account: Account, number: int, amount: int, bucket: int, day: int) -> None:
    """Add an amount to a bucket of the count series with this number."""
    current_bucket = account.current_bucket
    series = plan.count_series[number]
    if bucket <= current_bucket - series.span:
        return
    tile = tile_of(plan, account, day)
    counts = tile.counts[number]
    if counts is None:
        counts = tile.counts[number] = Counts()
    if counts.add(bucket, amount):
        _fill(account, series, bucket)
    for window, newest, oldest, dependents in series.windows:
        if current_bucket - oldest < bucket <= current_bucket - newest:
            account.sums[window] += amount
            account.changed_dependents |= dependents


def note_alike(plan: Plan, account: Account, number: int, event: Event, bucket: int, day: int, times: int) -> None:
    """Record what a counted event has in common with the others of its day."""
    if bucket <= account.current_bucket - plan.count_series[number].span:
        return
    counts = account.tiles[day].counts[number]
    if counts is None:
        raise AssertionError("an event that is counted is in its day's tile")
    alike = counts.alike
    if alike is None:
        alike = counts.alike = Alike()
    alike.add(event.name, event.user_id[:USER_MAX_CHARACTERS], times)


def add_value(plan: Plan, account: Account, number: int, value: str, bucket: int, day: int) -> None:
    """Add a value, "" for none, to a bucket of the value series with this number."""
    current_bucket = account.current_bucket
    series = plan.value_series[number]
    if not value or (day + 1) * plan.buckets_a_day <= current_bucket - series.span + 1:
        return
    tile = tile_of(plan, account, day)
    values = tile.values[number]
    if values is None:
        values = tile.values[number] = Values()
    print_of_value = fingerprint_of_value(value)
    if print_of_value >= values.ceiling:
        plan.past["values"] += 1
    if not values.add(bucket, print_of_value):
        return
    _fill(account, series, bucket)
    for window, newest, oldest, dependents in series.windows:
        if current_bucket - oldest < bucket <= current_bucket - newest:
            value_counts = account.value_counts[window]
            if print_of_value in value_counts:
                value_counts[print_of_value] += 1
            else:
                value_counts[print_of_value] = 1
                account.changed_dependents |= dependents
    if values.size > VALUES_MAX:
        _lower(plan, account, series, values)


def move_windows(plan: Plan, account: Account, before: int) -> None:
    """Move all windows from bucket `before` to the current one; counts that leave go to `expired_counts`."""
    account.expired_counts.clear()
    now, edge_timers = account.current_bucket, account.edge_timers
    for series in plan.series:
        for edge in series.edges:
            if edge_timers[edge.number] <= now:
                after, until = before - edge.offset, now - edge.offset
                if series.is_counts:
                    _cross_counts(account, series, edge, after, until)
                else:
                    _cross_values(account, series, edge, after, until)
                edge_timers[edge.number] = series.first_after(account, until) + edge.offset
                account.changed_dependents |= edge.dependents


def restore_windows(plan: Plan, account: Account) -> None:
    """Compute the windows and the next crossing of every edge from the account's tiles."""
    for series in plan.series:
        for window, newest, oldest, _ in series.windows:
            if series.is_counts:
                account.sums[window] = series.total(account, newest, oldest)
            else:
                account.value_counts[window] = series.value_counts(account, newest, oldest)
        for edge in series.edges:
            found = series.first_after(account, account.current_bucket - edge.offset)
            account.edge_timers[edge.number] = found + edge.offset


def _fill(account: Account, series: Series, bucket: int) -> None:
    """Set the edge timers for a bucket that is no longer empty."""
    current_bucket = account.current_bucket
    edge_timers = account.edge_timers
    for edge in series.edges:
        crossing = bucket + edge.offset
        if current_bucket < crossing < edge_timers[edge.number]:
            edge_timers[edge.number] = crossing
            due_by(account, crossing)


def _lower(plan: Plan, account: Account, series: Series, values: Values) -> None:
    """Remove values from a day that has too many."""
    account.is_past_bounds = True
    gone = values.lower(VALUES_MAX)
    plan.past["values"] += len(gone)
    for bucket, value in gone:
        for window, newest, oldest, dependents in series.windows:
            if account.current_bucket - oldest < bucket <= account.current_bucket - newest:
                _take_out(account.value_counts[window], value)
                account.changed_dependents |= dependents


def _cross_counts(account: Account, series: Series, edge: Edge, after: int, until: int) -> None:
    sums = account.sums
    for day in series.days_between(account, after, until):
        counts = account.tiles[day].counts[series.number]
        if counts is None or not (number := counts.between(after, until)):
            continue
        for window in edge.gains:
            sums[window] += number
        for window in edge.losses:
            sums[window] -= number
            account.expired_counts.append((window, day, number))


def _cross_values(account: Account, series: Series, edge: Edge, after: int, until: int) -> None:
    for day in series.days_between(account, after, until):
        values = account.tiles[day].values[series.number]
        for value in values.between(after, until) if values is not None else ():
            for window in edge.gains:
                value_counts = account.value_counts[window]
                value_counts[value] = value_counts.get(value, 0) + 1
            for window in edge.losses:
                _take_out(account.value_counts[window], value)


def _take_out(value_counts: dict[int, int], value: int) -> None:
    """Count one bucket less of a window that holds a value."""
    if value_counts[value] == 1:
        del value_counts[value]
    else:
        value_counts[value] -= 1
