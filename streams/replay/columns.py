"""The answers of models at many instants, as columns: one row for each account and instant.

Columns are arrays of numbers: a row costs some tens of bytes, where a score snapshot costs kilobytes.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterable, Sequence
from typing import Any, cast

import msgspec

from scoring.model.model import Model
from scoring.plan.plan import Plan
from streams.errors import UserError
from streams.replay.by_account.blocks import Progress
from streams.replay.by_account.passes import FileNotes, sort_events
from streams.replay.by_account.reading import BY_EVENT, Reading
from streams.replay.by_account.sinks import AccountRows
from streams.replay.by_account.station import RowsWanted


class Columns(msgspec.Struct, kw_only=True):
    """One model's answers. Rows are ordered by instant, then account id; an account has none before its first event.

    `accounts` are sorted ids, and `first_event_ms` belongs to them. All other arrays have one entry a row: `account`
    and `instant` are indexes of `accounts` and `instants_ms`. `score` is nan when there is none, and then `tier` is
    -1; else `tier` is the number of the model's tier, 0 the worst. `coverage` is 0-1, `provisional` 0 or 1, `standing`
    an index of the model's standings, -1 for none, and `flags` has a bit for each rule of the score plan that holds.
    `judgements` and `evidence` are by component, `facts` and `texts` by signal; nan or None are unknown. They are empty
    when they were not asked for.
    """

    model: Model
    accounts: list[str]
    first_event_ms: array[int]
    instants_ms: list[int]
    account: array[int]
    instant: array[int]
    score: array[float]
    tier: array[int]
    coverage: array[float]
    provisional: array[int]
    standing: array[int]
    flags: array[int]
    judgements: dict[str, array[float]] = msgspec.field(default_factory=dict)
    evidence: dict[str, array[float]] = msgspec.field(default_factory=dict)
    facts: dict[str, array[float]] = msgspec.field(default_factory=dict)
    texts: dict[str, list[str | None]] = msgspec.field(default_factory=dict)

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.account)


def fold_columns(
    sources: Sequence[str],
    models: Sequence[Model],
    instants_ms: Iterable[int],
    *,
    facts: Sequence[str] = (),
    texts: Sequence[str] = (),
    judgements: bool = False,
    arrival: str = BY_EVENT,
    time_field: str = "",
    processes: int = 0,
    progress: Progress = lambda done: None,
    notes: list[FileNotes] | None = None,
) -> list[Columns]:
    """The answers of each of `models` at `instants_ms` (milliseconds, any order), from the events of `sources`.

    `sources` are paths of files of events, "-" for standard input. An event counts at an instant when it happened and
    arrived by then, both inclusive. `facts` are the numeric signals and `texts` the text signals that are wanted; a
    model without one of them has no such column. `processes` is how many work at once, 0 for one a processor.
    What is to be said of the files is added to `notes`.

    Raises:
        UserError: when a source cannot be read, or none has an event.
    """
    instants = sorted(set(instants_ms))
    reading = Reading(
        models=tuple(models),
        now_ms=time.time_ns() // 1_000_000,
        time_field=time_field,
        arrival=arrival,
        last_ms=instants[-1] if instants else -1,
    )
    events, no_event = sort_events(sources, reading, processes=processes, progress=progress)
    with events:
        if notes is not None:
            notes.append(events.notes)
        if not events.notes.events:
            raise no_event or UserError("There is no event: give NDJSON, each line an event with its topic.")
        events.begin(instants)
        plans = [Plan(model) for model in models]
        events.make_norms(plans)
        wanted = RowsWanted(facts=tuple(facts), texts=tuple(texts), judgements=judgements)
        parts: list[list[AccountRows]] = [[] for _ in models]
        for found in events.fold(wanted):
            for number, rows in enumerate(cast(list[AccountRows], found)):
                parts[number].append(rows)
        return [_joined(plan, instants, wanted, each) for plan, each in zip(plans, parts, strict=True)]


def _joined(plan: Plan, instants_ms: list[int], wanted: RowsWanted, parts: list[AccountRows]) -> Columns:
    """The rows of all partitions, by instant, then account."""
    found: list[tuple[str, int, int, int]] = []
    before = 0
    for rows in parts:
        for name, first_ms, begin in zip(rows.accounts, rows.first_event_ms, rows.begins, strict=True):
            found.append((name, first_ms, begin, before - begin))
            before += len(instants_ms) - begin
    found.sort()
    account, instant, order = array("i"), array("i"), array("q")
    for number in range(len(instants_ms)):
        there = [(index, row) for index, (_, _, begin, row) in enumerate(found) if begin <= number]
        account.extend([index for index, _ in there])
        instant.extend(array("i", [number]) * len(there))
        order.extend([row + number for _, row in there])

    def column(code: str, columns: Iterable[array[Any]]) -> array[Any]:
        whole = array(code)
        for each in columns:
            whole.extend(each)
        return array(code, map(whole.__getitem__, order))

    def named(names: Iterable[str], columns: Iterable[tuple[array[float], ...]]) -> dict[str, array[float]]:
        return {name: column("d", each) for name, each in zip(names, columns, strict=True)}

    facts = [name for name in wanted.facts if name in plan.primary.signals]
    texts = [name for name in wanted.texts if name in plan.primary.signals]
    components = [component.name for component in plan.primary.components] if wanted.judgements else []
    words = {name: [text for rows in parts for text in rows.texts[number]] for number, name in enumerate(texts)}
    return Columns(
        model=plan.model,
        accounts=[name for name, _, _, _ in found],
        first_event_ms=array("q", [first_ms for _, first_ms, _, _ in found]),
        instants_ms=instants_ms,
        account=account,
        instant=instant,
        score=column("d", (rows.score for rows in parts)),
        tier=column("b", (rows.tier for rows in parts)),
        coverage=column("d", (rows.coverage for rows in parts)),
        provisional=column("b", (rows.provisional for rows in parts)),
        standing=column("b", (rows.standing for rows in parts)),
        flags=column("Q", (rows.flags for rows in parts)),
        judgements=named(components, zip(*(rows.judgements for rows in parts), strict=True)),
        evidence=named(components, zip(*(rows.evidence for rows in parts), strict=True)),
        facts=named(facts, zip(*(rows.facts for rows in parts), strict=True)),
        texts={name: [each[row] for row in order] for name, each in words.items()},
    )
