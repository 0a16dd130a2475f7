"""What is kept of each account and instant: numbers in columns, lines of CSV, score snapshots, or norms."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from math import inf, nan

import msgspec

from scoring.explain.snapshot import content_of, position_of, snapshot_of
from scoring.plan.components.base import CohortNorm
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation
from scoring.state.account import Account
from streams.replay.by_account.shown import Shown, TierBefore


class AccountRows(msgspec.Struct, kw_only=True):
    """The rows of one plan and partition, account by account, each from its first instant to the last.

    `accounts` are ids, sorted; `begins` are the indexes of their first instants. `tier_before` is the number of
    the tier at the instants before, where the tier has changed since, else -1. The other columns are those of
    `streams.replay.columns.Columns`.
    """

    accounts: list[str]
    first_event_ms: array[int]
    begins: array[int]
    score: array[float]
    tier: array[int]
    tier_before: array[int]
    coverage: array[float]
    provisional: array[int]
    standing: array[int]
    flags: array[int]
    judgements: list[array[float]]
    evidence: list[array[float]]
    facts: list[array[float]]
    texts: list[list[str | None]]


class RowSink:
    """Collects rows. `facts` and `texts` are names of signals that the plan has."""

    def __init__(self, plan: Plan, facts: Sequence[str], texts: Sequence[str], *, judgements: bool) -> None:
        self.signals = (*facts, *texts)
        self._numeric = len(facts)
        components = len(plan.primary.components) if judgements else 0
        self.rows = AccountRows(
            accounts=[],
            first_event_ms=array("q"),
            begins=array("i"),
            score=array("d"),
            tier=array("b"),
            tier_before=array("b"),
            coverage=array("d"),
            provisional=array("b"),
            standing=array("b"),
            flags=array("Q"),
            judgements=[array("d") for _ in range(components)],
            evidence=[array("d") for _ in range(components)],
            facts=[array("d") for _ in facts],
            texts=[[] for _ in texts],
        )
        self._tier = TierBefore()
        self._name = ""

    def begin(self, account_id: str) -> None:
        self._name = account_id
        self._tier.tier = -1

    def add(self, instant: int, shown: Shown) -> None:
        rows, scored = self.rows, shown.scored
        rows.tier_before.append(self._tier.change(shown))
        if not rows.accounts or rows.accounts[-1] != self._name:
            rows.accounts.append(self._name)
            rows.begins.append(instant)
            rows.first_event_ms.append(shown.first_ms)
        rows.first_event_ms[-1] = shown.first_ms
        rows.score.append(nan if scored is None else scored.value)
        rows.tier.append(-1 if scored is None else scored.tier)
        rows.coverage.append(0.0 if scored is None else scored.coverage)
        rows.provisional.append(scored is not None and scored.provisional)
        rows.standing.append(shown.standing)
        rows.flags.append(shown.rules)
        for number, column in enumerate(rows.judgements):
            judgement = None if scored is None else scored.judgements[number]
            column.append(nan if judgement is None else judgement)
            rows.evidence[number].append(nan if scored is None else scored.evidence[number])
        for fact, column in zip(shown.facts, rows.facts, strict=False):
            column.append(nan if fact is None or isinstance(fact, str) else fact)
        for fact, words in zip(shown.facts[self._numeric :], rows.texts, strict=True):
            words.append(fact if isinstance(fact, str) else None)


class NormSink:
    """Finds the norm's part of these accounts at each instant: the greatest of each signal."""

    def __init__(self, instants: int) -> None:
        self.norms: list[dict[str, float]] = [{} for _ in range(instants)]

    def add(self, instant: int, part: Mapping[str, float]) -> None:
        greatest = self.norms[instant]
        for name, value in part.items():
            if value > greatest.get(name, -inf):
                greatest[name] = value


class SnapshotSink:
    """Collects score snapshots, encoded, by instant and account."""

    def __init__(self, plan: Plan, norms: Sequence[CohortNorm]) -> None:
        self._plan = plan
        self._norms = norms
        self.snapshots: list[tuple[int, str, bytes]] = []

    def add(self, account_id: str, instant: int, account: Account, judged: Evaluation | None) -> None:
        content = content_of(self._plan, account_id, account, judged, self._norms[instant])
        snapshot = snapshot_of(content, position_of(self._plan, account.as_of_ms, 0, 0))
        self.snapshots.append((instant, account_id, msgspec.msgpack.encode(snapshot)))
