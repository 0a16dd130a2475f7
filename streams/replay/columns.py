"""The answers of models at many instants, as columns: one row for each account and instant.

Columns are arrays of numbers: a row costs some tens of bytes, where a score snapshot costs kilobytes.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterable, Sequence
from math import nan

import msgspec

from scoring.event.event import Event
from scoring.fold.cohort import Cohort
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation, ScorePlan
from scoring.state.account import Account
from streams.replay.event_file import EventFile
from streams.replay.event_line import RejectedLines
from streams.replay.replay import Progress, read_history
from streams.replay.similar_accounts import SimilarAccounts

BY_EVENT, IN_ORDER = "event", "order"
"""Values of `arrival` beside the name of a field: an event is known when it happened, or when the latest event before
it in the file happened."""


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


class FileNotes(msgspec.Struct, kw_only=True):
    """What is to be said of the events that were read: how many, the rejected lines, and accounts that look alike."""

    events: int = 0
    refused: tuple[RejectedLines, ...] = ()
    similar: SimilarAccounts = msgspec.field(default_factory=SimilarAccounts)


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
    notes: FileNotes | None = None,
) -> list[Columns]:
    """The answers of each of `models` at `instants_ms` (milliseconds, any order), from the events of `sources`.

    `sources` are paths of files of events, "-" for standard input. An event counts at an instant when it happened and
    arrived by then, both inclusive. `facts` are the numeric signals and `texts` the text signals that are wanted; a
    model without one of them has no such column. `processes` is how many work at once, 0 for one a processor. `notes`
    is filled with what is to be said of the files.

    Raises:
        UserError: when a source cannot be read, or none has an event.
    """
    instants = sorted(set(instants_ms))
    found: list[Columns] = []
    for model in models:
        plan = Plan(model)
        events: list[Event] = []
        for source in sources:
            with EventFile(source, twice=True) as file:
                history = read_history(file, plan, time.time_ns() // 1_000_000, progress, time_field)
                events += history.events
                if notes is not None:
                    notes.refused, notes.similar = history.refused, history.similar
        events.sort(key=lambda event: event.occurred_at_ms)
        if notes is not None:
            notes.events = len(events)
        cohort, done, rows = Cohort(plan), 0, _Rows(plan.primary, instants, facts, texts, judgements=judgements)
        for index, instant_ms in enumerate(instants):
            while done < len(events) and events[done].occurred_at_ms <= instant_ms:
                cohort.apply(events[done])
                done += 1
            cohort.advance(instant_ms)
            norm = cohort.norm()
            for name, account in sorted(cohort.accounts.items()):
                rows.add(name, index, account, plan.primary.score(account, norm))
        found.append(rows.columns())
    return found


class _Rows:
    """Collects the rows of one model."""

    def __init__(
        self, plan: ScorePlan, instants_ms: list[int], facts: Iterable[str], texts: Iterable[str], *, judgements: bool
    ) -> None:
        self._plan = plan
        self._instants_ms = instants_ms
        self._names: list[str] = []
        self._first_ms: dict[str, int] = {}
        self._instant, self._flags = array("i"), array("Q")
        self._score, self._coverage = array("d"), array("d")
        self._tier, self._provisional = array("b"), array("b")
        names = [component.name for component in plan.components] if judgements else []
        self._judgements = {name: array("d") for name in names}
        self._facts = {name: array("d") for name in facts if name in plan.signals}
        self._texts: dict[str, list[str | None]] = {name: [] for name in texts if name in plan.signals}
        self._rule_bits = {rule.name: 1 << number for number, rule in enumerate(plan.rules)}

    def add(self, name: str, instant: int, account: Account, judged: Evaluation | None) -> None:
        plan = self._plan
        self._names.append(name)
        self._first_ms[name] = account.first_ms
        self._instant.append(instant)
        self._score.append(nan if judged is None else judged.value)
        self._tier.append(-1 if judged is None else judged.tier)
        self._coverage.append(0.0 if judged is None else judged.coverage)
        self._provisional.append(0 if judged is None else int(judged.provisional))
        self._flags.append(0 if judged is None else sum(self._rule_bits[name] for name in judged.flags))
        for number, judgements in enumerate(self._judgements.values()):
            value = None if judged is None else judged.judgements[number]
            judgements.append(nan if value is None else value)
        for signal, numbers in self._facts.items():
            value = plan.signals[signal].number(account)
            numbers.append(nan if value is None else value)
        for signal, words in self._texts.items():
            fact = plan.signals[signal].fact(account)
            words.append(fact if isinstance(fact, str) else None)

    def columns(self) -> Columns:
        accounts = sorted(self._first_ms)
        index = {name: number for number, name in enumerate(accounts)}
        return Columns(
            model=self._plan.model,
            accounts=accounts,
            first_event_ms=array("q", [self._first_ms[name] for name in accounts]),
            instants_ms=self._instants_ms,
            account=array("i", [index[name] for name in self._names]),
            instant=self._instant,
            score=self._score,
            tier=self._tier,
            coverage=self._coverage,
            provisional=self._provisional,
            standing=array("b", [-1]) * len(self._names),
            flags=self._flags,
            judgements=self._judgements,
            facts=self._facts,
            texts=self._texts,
        )
