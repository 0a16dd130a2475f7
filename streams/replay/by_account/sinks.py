"""What is kept of each account and instant: numbers in columns, lines of CSV, score snapshots, or norms."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import nan

import msgspec

from scoring.explain.snapshot import content_of, position_of, snapshot_of
from scoring.plan.components.base import CohortNorm
from scoring.plan.evaluation import TriggeredRule
from scoring.plan.plan import Plan
from scoring.plan.score_plan import Evaluation
from scoring.plan.standings import number_of
from scoring.state.account import Account

NO_STANDING = -1


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


class TierBefore:
    """The tier of an account at the instants so far. Mutable.

    Without a score an account keeps its tier; the first one after a standing is no change.
    """

    def __init__(self) -> None:
        self.tier = -1

    def change(self, plan: Plan, account: Account, judged: Evaluation | None) -> int:
        """The tier before, if it is another one now, else -1."""
        before = self.tier
        if judged is None:
            if plan.primary.standing_of(account):
                self.tier = -1
            return -1
        self.tier = judged.tier
        return -1 if before == judged.tier else before


class RowSink:
    """Collects rows. `facts` and `texts` are names of signals that the plan has."""

    is_judge, needs_tiles = True, False

    def __init__(self, plan: Plan, facts: Sequence[str], texts: Sequence[str], *, judgements: bool) -> None:
        self._plan = plan
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
        self._facts = [plan.primary.signals[name] for name in facts]
        self._texts = [plan.primary.signals[name] for name in texts]
        self._tier = TierBefore()
        self._bits = {rule.name: 1 << number for number, rule in enumerate(plan.primary.rules)}
        self._name = ""

    def begin(self, account_id: str) -> None:
        self._name = account_id
        self._tier.tier = -1

    def add(self, instant: int, account: Account, judged: Evaluation | None) -> None:
        rows = self.rows
        rows.tier_before.append(self._tier.change(self._plan, account, judged))
        if not rows.accounts or rows.accounts[-1] != self._name:
            rows.accounts.append(self._name)
            rows.begins.append(instant)
            rows.first_event_ms.append(account.first_ms)
        rows.first_event_ms[-1] = account.first_ms
        if judged is None:
            rows.score.append(nan)
            rows.tier.append(-1)
            rows.coverage.append(0.0)
            rows.provisional.append(0)
            rows.standing.append(number_of(self._plan.primary.standings, account))
            rows.flags.append(self._bits_of(self._plan.primary.holding(account)))
        else:
            rows.score.append(judged.value)
            rows.tier.append(judged.tier)
            rows.coverage.append(judged.coverage)
            rows.provisional.append(1 if judged.provisional else 0)
            rows.standing.append(NO_STANDING)
            rows.flags.append(self._bits_of(judged.triggered))
        for number, column in enumerate(rows.judgements):
            judgement = None if judged is None else judged.judgements[number]
            column.append(nan if judgement is None else judgement)
            rows.evidence[number].append(nan if judged is None else judged.evidence[number])
        for signal, column in zip(self._facts, rows.facts, strict=True):
            value = signal.number(account)
            column.append(nan if value is None else value)
        for signal, words in zip(self._texts, rows.texts, strict=True):
            fact = signal.fact(account)
            words.append(fact if isinstance(fact, str) else None)

    def _bits_of(self, rules: Sequence[TriggeredRule]) -> int:
        return sum([self._bits[rule.name] for rule in rules])


class NormSink:
    """Finds the norm's part of these accounts at each instant: the greatest of each signal."""

    is_judge, needs_tiles = False, False

    def __init__(self, plan: Plan, instants: int) -> None:
        self._plan = plan
        self.norms: list[dict[str, float]] = [{} for _ in range(instants)]

    def begin(self, account_id: str) -> None:
        pass

    def add(self, instant: int, account: Account, judged: Evaluation | None) -> None:
        greatest = self.norms[instant]
        for name, value in self._plan.norm_part(account).items():
            if value > greatest.get(name, -1e400):
                greatest[name] = value


class SnapshotSink:
    """Collects score snapshots, encoded, by instant and account."""

    is_judge, needs_tiles = True, True

    def __init__(self, plan: Plan, norms: Sequence[CohortNorm]) -> None:
        self._plan = plan
        self._norms = norms
        self._name = ""
        self.snapshots: list[tuple[int, str, bytes]] = []

    def begin(self, account_id: str) -> None:
        self._name = account_id

    def add(self, instant: int, account: Account, judged: Evaluation | None) -> None:
        content = content_of(self._plan, self._name, account, judged, self._norms[instant])
        snapshot = snapshot_of(content, position_of(self._plan, account.as_of_ms, 0, 0))
        self.snapshots.append((instant, self._name, msgspec.msgpack.encode(snapshot)))
