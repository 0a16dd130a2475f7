"""Outcomes from a CSV file of accounts and dates: the columns are found by name, and every odd row is counted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scoring.event.ids import id_of
from scoring.event.timestamps import Untimely, written_ms
from scoring.instants import instant_of, rfc3339
from scoring.model.rule_checks import suggestion
from streams.backtest.outcomes import Note, Outcomes, note
from streams.errors import UserError
from streams.text_encoding import foreign_encoding, foreign_kind, without_byte_order_mark

ACCOUNT = "account_id"
DATES = ("churned_at", "churn_date", "cancelled_at", "canceled_at", "date", "at", "outcome_at")
KIND, SEGMENT = "outcome", "segment"
MAX_BYTES = 200_000_000
_STAYED = frozenset(
    ("", "0", "no", "false", "none", "null", "active", "retained", "renewed", "stayed", "survived", "open")
)
_WORDS = {
    "churn": frozenset(
        ("churn", "churned", "cancelled", "canceled", "cancellation", "lost", "left", "1", "yes", "true")
    ),
    "downgrade": frozenset(("downgrade", "downgraded")),
    "contraction": frozenset(("contraction", "contracted")),
    "expansion": frozenset(("expansion", "expanded", "upsell", "upsold", "upgrade", "upgraded")),
    "non-renewal": frozenset(("non-renewal", "non_renewal", "nonrenewal", "not renewed", "not_renewed", "expired")),
}


class Row(NamedTuple):
    """One usable line of the file; `at_ms` is None for an account that stayed."""

    line: int
    account_id: str
    at_ms: int | None
    segment: str


class Labels(NamedTuple):
    """A file of labels, as read. `unreadable` accounts have a date that is none, `others` another kind of outcome."""

    name: str
    column: str
    rows: tuple[Row, ...]
    unreadable: tuple[str, ...]
    others: tuple[str, ...]
    notes: tuple[Note, ...]


def zone_of(name: str) -> tzinfo:
    """The time zone called `name`.

    Raises:
        UserError: when there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UserError(f"--zone {name!r} is no time zone: give a name like Europe/Berlin, or UTC.") from None


def read_labels(path: str, kind: str, zone: tzinfo) -> Labels:
    """The labels of a file. A date without an offset is the beginning of that day, or that time, in `zone`.

    Raises:
        UserError: when it cannot be read, lacks a column, or has no usable line.
    """
    text = _text(path)
    head, _, _ = text.partition("\n")
    delimiter = max(",;\t", key=head.count)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    header = [name.strip().lower().replace(" ", "_") for name in lines[0]]
    column = _columns(path, header)
    rows: list[Row] = []
    unreadable: dict[str, str] = {}
    other: dict[str, int] = {}
    others: list[str] = []
    for number, cells in enumerate(lines[1:], 2):
        found = dict(zip(header, cells, strict=False))
        account_id = id_of(found.get(ACCOUNT, ""))
        if not account_id:
            continue
        said = found.get(KIND, "churn").strip().lower()
        if said not in _WORDS[kind] and said not in _STAYED:
            other[said] = other.get(said, 0) + 1
            others.append(account_id)
            continue
        written = found.get(column, "").strip()
        try:
            at_ms = _instant(written, zone) if written and said not in _STAYED else None
        except Untimely:
            unreadable.setdefault(account_id, written)
            continue
        rows.append(Row(number, account_id, at_ms, found.get(SEGMENT, "").strip()))
    if not rows:
        raise UserError(f"{path}: no line has an account_id and a date that can be read: give one line an account.")
    return Labels(path, column, tuple(rows), tuple(unreadable), tuple(others), _notes(unreadable, other, kind))


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UserError(f"The labels {path!r} cannot be read ({why}): give the path of a CSV file.") from None
    if not data.strip():
        raise UserError(f"The labels {path!r} are empty: give a CSV file with account_id and a date.")
    if len(data) > MAX_BYTES:
        raise UserError(f"The labels {path!r} have more than {MAX_BYTES:,} bytes: give one line an account.")
    other = foreign_encoding(data) or foreign_kind(data)
    try:
        return without_byte_order_mark(data).decode()
    except UnicodeDecodeError:
        raise UserError(
            f"The labels {path!r} cannot be read (they are {other or 'not UTF-8'}): save them as CSV in UTF-8."
        ) from None


def _columns(path: str, header: list[str]) -> str:
    """The column with the date."""
    if ACCOUNT not in header:
        near = suggestion(ACCOUNT, header)
        raise UserError(f"{path} has no column account_id{near} Its columns are {', '.join(header)}.")
    column = next((name for name in DATES if name in header), None)
    if column is None:
        raise UserError(
            f"{path} has no column with the date of the outcome: name one of its columns ({', '.join(header)}) "
            f"{' or '.join(DATES)}."
        )
    return column


def _instant(text: str, zone: tzinfo) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return written_ms(text)
    try:
        return instant_of(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError) as error:
        raise Untimely(str(error)) from None


def _notes(unreadable: Mapping[str, str], other: Mapping[str, int], kind: str) -> tuple[Note, ...]:
    found: list[Note] = []
    if unreadable:
        first = next(iter(unreadable.values()))[:40]
        words = f"with a date that cannot be read, such as {first!r}: left out; write dates like 2026-03-15"
        found.append(note("unreadable_date", list(unreadable), words))
    if other:
        names = ", ".join(f"{name[:40]!r}" for name in list(other)[:5])
        words = f"Lines with another outcome ({names}) do not count as {kind}"
        found.append(Note(code="other_outcome", count=sum(other.values()), words=words))
    return tuple(found)


def outcomes_of(
    labels: Labels, kind: str, first_event_ms: Mapping[str, int], last_event_ms: int, now_ms: int, until_ms: int | None
) -> Outcomes:
    """The outcomes of the labels, for the accounts of the events with their first events.

    Labels are complete until `until_ms`; if that is not given, until the last event or the last label that is not in
    the future, whichever is later. If the file names accounts that stayed, others are unknown; else they stayed.
    """
    dated = [row for row in labels.rows if row.at_ms is not None]
    future = [row.account_id for row in dated if row.at_ms is not None and row.at_ms > now_ms]
    past = [(row.account_id, row.at_ms) for row in dated if row.at_ms is not None and row.at_ms <= now_ms]
    at_ms: dict[str, int] = {}
    twice: dict[str, None] = {}
    for account_id, instant_ms in sorted(past, key=lambda each: each[1]):
        if at_ms.setdefault(account_id, instant_ms) != instant_ms:
            twice[account_id] = None
    named = {row.account_id for row in labels.rows} | set(labels.unreadable) | set(labels.others)
    has_survivors = any(row.at_ms is None and row.account_id not in at_ms for row in labels.rows)
    unknown = set(labels.unreadable) - set(at_ms)
    if has_survivors:
        unknown |= first_event_ms.keys() - named
    strangers = sorted(named - first_event_ms.keys())
    early = sorted(name for name, when in at_ms.items() if when < first_event_ms.get(name, when))
    observed = until_ms if until_ms is not None else max([last_event_ms, *at_ms.values()])
    definition = f"an account's outcome is its first {labels.column} in the labels"
    return Outcomes(
        kind=kind,
        definition=definition,
        at_ms=at_ms,
        observed_until_ms=observed,
        unknown=frozenset(unknown),
        segments={row.account_id: row.segment for row in labels.rows if row.segment},
        notes=(
            *labels.notes,
            *_found(strangers, "unknown_account", "of the labels without any event: not counted"),
            *_found(list(twice), "two_outcomes", "with more than one outcome: the first counts"),
            *_found(early, "before_signup", "with an outcome before their first event: no row of theirs counts"),
            *_found(sorted(set(future)), "in_the_future", "with an outcome in the future: counted as staying"),
            *_found(
                sorted(first_event_ms.keys() - named) if has_survivors else [],
                "unlabelled",
                "of the events missing in the labels, which name others that stayed: left out",
            ),
            *_churns_only(has_survivors, len(at_ms), len(first_event_ms.keys() - named)),
            *_ends_early(past, last_event_ms, until_ms),
        ),
    )


def _found(accounts: list[str], code: str, words: str) -> Iterable[Note]:
    return (note(code, accounts, words),) if accounts else ()


def _churns_only(has_survivors: bool, churned: int, others: int) -> Iterable[Note]:
    if has_survivors:
        return ()
    words = (
        f"The labels name only accounts with an outcome ({churned:,}): the others ({others:,}) count as staying. If it "
        f"is not complete, every figure is wrong: add a line with an empty date for each account that stayed"
    )
    return (Note(code="churns_only", count=churned, words=words),)


def _ends_early(past: list[tuple[str, int]], last_event_ms: int, until_ms: int | None) -> Iterable[Note]:
    last_ms = max((when for _, when in past), default=last_event_ms)
    if until_ms is not None or last_event_ms - last_ms <= 60 * 86_400_000:
        return ()
    words = (
        f"The last label is of {rfc3339(last_ms)}, long before the last event of {rfc3339(last_event_ms)}: if labels "
        f"were collected until then only, say so with --labels-until"
    )
    return (Note(code="labels_end_early", count=1, words=words),)
