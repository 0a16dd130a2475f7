"""`vitals replay --diff`: the changes of tier of one history under two models, side by side."""

from __future__ import annotations

import csv
import io
import sys
import time
from collections.abc import Sequence
from typing import cast

import msgspec
from rich.table import Table
from rich.text import Text

from alerts.text import NAME_LIMIT, TIER_LIMIT, plain
from scoring.fold.tier_changes import TierComparison, TierDifference, TierHistory, compare
from scoring.instants import DAY_MS, FAR, MINUTE_MS, parse_duration, rfc3339
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.plurals import counted
from streams.errors import UserError
from streams.replay.by_account.reading import Reading
from streams.replay.by_account.station import TiersWanted
from streams.replay.csv_cell import cell
from vitals.commands.file_notes import print_mismatches, print_similar_accounts
from vitals.commands.output import console, json_text, progress_bar
from vitals.commands.replays.answers import Form, Sources, sorted_events, write
from vitals.commands.replays.instants import parse_instants

NORM_EVERY = "1d"
BEYOND_MAX_MS = 3_653 * DAY_MS
"""How far the end may lie after the last event: silence is judged hour by hour."""
_COLUMNS = ("account_id", "change", "from_tier", "to_tier", "at_under_a", "at_under_b")


class ModelNamed(msgspec.Struct, frozen=True, kw_only=True):
    """A model as the comparison names it."""

    name: str
    version: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One difference; the instants are RFC 3339, None where the model has no such change of tier."""

    account_id: str
    change: str
    from_tier: str
    to_tier: str
    at_under_a: str | None
    at_under_b: str | None


class TierDiff(msgspec.Struct, frozen=True, kw_only=True):
    """What model B adds to, takes from and moves of the changes of tier under model A, until `until` (RFC 3339).

    `touched` of the `accounts` have a difference; `share_touched` is that as a share, 0-1.
    """

    a: ModelNamed
    b: ModelNamed
    until: str
    added: int
    removed: int
    moved: int
    unchanged: int
    accounts: int
    touched: int
    share_touched: float
    changes: tuple[Row, ...]


def print_comparison(sources: Sources, models: Sequence[Model], as_of: str, norm_every: str, form: Form) -> None:
    """Compare two models over the whole history, and print the differences.

    Raises:
        UserError: when there are not two models, or the file cannot be read or has no event.
    """
    if len(models) != 2:
        raise UserError(f"--diff compares two models, not {len(models)}: give --model twice, the old one first.")
    instants = parse_instants(as_of, "", "", "").listed if as_of else ()
    found = tier_diff(sources, models, instants, norm_step_ms(norm_every))
    if not (form.as_csv or form.as_json):
        print_diff(found)
    else:
        write([diff_csv(found) if form.as_csv else diff_json(found)], form.output)


def norm_step_ms(text: str) -> int:
    """Milliseconds of `--norm-every`.

    Raises:
        UserError: when it is no duration of a minute or more.
    """
    try:
        step_ms = parse_duration(text)
    except ValueError as error:
        raise UserError(f"--norm-every: {error}.") from None
    if step_ms < MINUTE_MS:
        raise UserError(f"--norm-every {text}: all accounts are judged each time, so take 1m or more.")
    return step_ms


def tier_diff(sources: Sources, models: Sequence[Model], instants: Sequence[int], norm_every_ms: int) -> TierDiff:
    """Fold the events of `sources` under both models, and compare.

    The fold ends at the last of `instants`, or with the last event. They are declared instants, and so is every
    multiple of `norm_every_ms` since 1970, for a model with cohort norms. Progress and refused lines are reported on
    standard error.

    Raises:
        UserError: when one cannot be read, or has no event.
    """
    reading = Reading(
        models=tuple(models),
        now_ms=time.time_ns() // 1_000_000,
        time_field=sources.time_field,
        form=sources.form,
        last_ms=max(instants, default=FAR),
        keeps_all=True,
    )
    plans = (Plan(models[0]), Plan(models[1]))
    with sorted_events(sources.paths, reading, sources.processes) as events:
        notes = events.notes
        end_ms = max(instants, default=notes.last_ms)
        if end_ms > notes.last_ms + BEYOND_MAX_MS:
            raise UserError(
                f"--as-of {rfc3339(end_ms)} lies more than 10 years after the last event, of "
                f"{rfc3339(notes.last_ms)}: give an earlier one."
            )
        has_norm = any(plan.norm_signals for plan in plans)
        events.begin(_declared(notes.first_ms, end_ms, norm_every_ms, instants) if has_norm else [])
        with progress_bar("comparing", notes.events) as progress:
            events.make_norms(plans, progress)
        histories: list[list[TierHistory]] = [[], []]
        with progress_bar("replaying", notes.events) as progress:
            for parts in events.fold(TiersWanted(end_ms), progress):
                for number, part in enumerate(cast(list[TierHistory], parts)):
                    histories[number].append(part)
    print_similar_accounts(notes.similar.twins(), notes.similar.spelled())
    print_mismatches(notes.type_mismatches, notes.unusable)
    before, after = ([change for part in of_plan for change in part.changes] for of_plan in histories)
    accounts = frozenset(name for part in histories[0] for name in part.accounts)
    return _diff(plans, compare(before, after), accounts, end_ms)


def _declared(first_ms: int, end_ms: int, norm_every_ms: int, instants: Sequence[int]) -> list[int]:
    first = -(-first_ms // norm_every_ms) * norm_every_ms
    return sorted({*range(first, end_ms + 1, norm_every_ms), *(each for each in instants if each <= end_ms)})


def _diff(plans: tuple[Plan, Plan], comparison: TierComparison, accounts: frozenset[str], end_ms: int) -> TierDiff:
    a, b = (ModelNamed(name=plan.model.name, version=plan.model.version) for plan in plans)
    touched = len(comparison.touched)
    return TierDiff(
        a=a,
        b=b,
        until=rfc3339(end_ms),
        added=comparison.count("added"),
        removed=comparison.count("removed"),
        moved=comparison.count("moved"),
        unchanged=comparison.unchanged,
        accounts=len(accounts),
        touched=touched,
        share_touched=touched / len(accounts) if accounts else 0.0,
        changes=tuple(map(_row, comparison.differences)),
    )


def _row(difference: TierDifference) -> Row:
    before_ms, after_ms = difference.before_ms, difference.after_ms
    return Row(
        account_id=difference.account_id,
        change=difference.change,
        from_tier=difference.from_tier,
        to_tier=difference.to_tier,
        at_under_a=None if before_ms is None else rfc3339(before_ms),
        at_under_b=None if after_ms is None else rfc3339(after_ms),
    )


def diff_csv(diff: TierDiff) -> str:
    """One line a difference; an instant that there is not is left empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([cell(getattr(row, column)) for column in _COLUMNS] for row in diff.changes)
    return text.getvalue()


def diff_json(diff: TierDiff) -> str:
    """The whole comparison."""
    return json_text(diff)


def print_diff(diff: TierDiff) -> None:
    """A table of the differences, if there are any, and the summary on one line."""
    screen = console()
    if diff.changes:
        screen.print(_table(diff))
    screen.print(Text(_summary(diff)))
    sys.stdout.flush()


def _table(diff: TierDiff) -> Table:
    title = f"Changes of tier under B, {_named(diff.b)}, against A, {_named(diff.a)}"
    table = Table(title=Text(title), title_justify="left", title_style="bold")
    table.add_column("account", overflow="fold")
    table.add_column("change", no_wrap=True)
    table.add_column("tiers", no_wrap=True)
    table.add_column("under A", no_wrap=True)
    table.add_column("under B", no_wrap=True)
    for row in diff.changes:
        table.add_row(
            Text(plain(row.account_id, NAME_LIMIT)),
            row.change,
            Text(f"{plain(row.from_tier, TIER_LIMIT)} ▸ {plain(row.to_tier, TIER_LIMIT)}"),
            row.at_under_a or "–",
            row.at_under_b or "–",
        )
    return table


def _named(model: ModelNamed) -> str:
    return f"{plain(model.name, NAME_LIMIT)} version {model.version}"


def _summary(diff: TierDiff) -> str:
    """«3 changes of tier added, 1 removed, 2 moved, 40 as before until …; 5 of 181 accounts touched (2.8%).»"""
    return (
        f"{counted(diff.added, 'changes of tier')} added, {diff.removed:,} removed, {diff.moved:,} moved, "
        f"{diff.unchanged:,} as before until {diff.until}; "
        f"{diff.touched:,} of {diff.accounts:,} accounts touched ({diff.share_touched:.1%})."
    )
