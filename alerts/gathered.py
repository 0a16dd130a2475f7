"""One message about many steps: what it counts, and the few steps that it shows. Pure.

`Gathering` takes steps one at a time and keeps little of each, so that 100,000 cost some megabytes. `Gathered` is the
value that sinks deliver.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Literal

import msgspec

from alerts.step import AlertStep
from scoring.instants import rfc3339

Why = Literal["digest", "quiet", "storm", "rate", "outage", "snooze"]
"""What gathered the steps: a digest's hour, quiet hours, too many steps, too many messages, the end of a fleet alarm,
the end of snoozes."""

TOP = 10
IDS_LIMIT = 1_000
"""A message names at most this many ids: 100,000 would take 3.5 MB. The topic `deliveries` names all."""
KEPT, KEPT_AT_MOST = 1_000, 2_000
"""The number of accounts, those with the most MRR at risk, whose latest step is kept; and the most between prunings."""


class Gathered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"from_": "from"}):
    """One message about `count` steps of `accounts` accounts, at least 1 each.

    `id` is a hash of the route, the sink, `why` and all ids: other steps, another id. `from_` and `to` are the instants
    (RFC 3339) of the first and the last judgement, `from_ms` and `to_ms` the same in milliseconds. `by_…` count steps,
    but `by_tier` accounts, each by the tier of its latest step.
    `mrr` is the sum of each account's latest known MRR, `mrr_at_risk` the same without accounts whose latest step is
    good news or an end. `top` is the latest step of each of the ten accounts that matter most: by MRR at risk, then by
    severity, then by the instant; `left_out` is the number of the other accounts. `ids` are those of the steps, in
    their order, at most 1,000. `outage` is the fleet alarm's id with `why` "outage".
    """

    id: str
    why: Why
    from_: str
    from_ms: int
    to: str
    to_ms: int
    count: int
    accounts: int
    by_severity: dict[str, int]
    by_rule: dict[str, int]
    by_tier: dict[str, int]
    by_step: dict[str, int]
    mrr: float
    mrr_at_risk: float
    top: tuple[AlertStep, ...]
    left_out: int
    ids: tuple[str, ...]
    outage: str = ""


class Gathering:
    """Steps that become one message. Mutable; `add` takes them in their order, `gathered` may be called at any time.

    The accounts shown are exact as long as fewer than 990 of the 1,000 that mattered most stop mattering meanwhile.
    """

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.about: list[tuple[str, str]] = []
        """The ids of all steps, in their order; and (account, rule) of each."""
        self._known: dict[tuple[str, str], tuple[str, str]] = {}
        self._severities: Counter[str] = Counter()
        self._rules: Counter[str] = Counter()
        self._tiers: dict[str, str] = {}
        self._tier_names: dict[str, str] = {}
        self._steps: Counter[str] = Counter()
        self._mrr: dict[str, float] = {}
        self._at_risk: dict[str, float] = {}
        self._latest: dict[str, AlertStep] = {}
        self._from_ms = self._to_ms = 0

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, step: AlertStep) -> None:
        """Count `step`. One that was added before must not be added again."""
        at_ms = step.as_of_ms
        self._from_ms = min(self._from_ms, at_ms) if self.ids else at_ms
        self._to_ms = max(self._to_ms, at_ms) if self.ids else at_ms
        self.ids.append(step.id)
        about = (step.account_id, step.rule)
        self.about.append(self._known.setdefault(about, about))
        self._severities[step.severity] += 1
        self._rules[step.rule] += 1
        self._steps[step.step] += 1
        account = step.account_id
        tier = step.tier or "none"
        self._tiers[account] = self._tier_names.setdefault(tier, tier)
        if step.mrr is not None:
            self._mrr[account] = step.mrr
        self._mrr.setdefault(account, 0.0)
        self._at_risk[account] = self._mrr[account] if is_at_risk(step) else 0.0
        self._latest[account] = step
        if len(self._latest) > KEPT_AT_MOST:
            self._latest = {step.account_id: step for step in self._most(KEPT)}

    def only(self) -> AlertStep | None:
        """The step, if there is exactly one."""
        return next(iter(self._latest.values())) if len(self.ids) == 1 else None

    def gathered(self, lane: str, why: Why, outage: str = "") -> Gathered:
        """The message; there must be a step. `lane` identifies the route and the sink."""
        assert self.ids
        top = tuple(self._most(TOP))
        return Gathered(
            id=gathered_id(lane, why, self.ids),
            why=why,
            from_=rfc3339(self._from_ms),
            from_ms=self._from_ms,
            to=rfc3339(self._to_ms),
            to_ms=self._to_ms,
            count=len(self.ids),
            accounts=len(self._mrr),
            by_severity=_most_first(self._severities),
            by_rule=_most_first(self._rules),
            by_tier=_most_first(Counter(self._tiers.values())),
            by_step=_most_first(self._steps),
            mrr=round(sum(self._mrr.values()), 2),
            mrr_at_risk=round(sum(self._at_risk.values()), 2),
            top=top,
            left_out=len(self._mrr) - len(top),
            ids=tuple(self.ids[:IDS_LIMIT]),
            outage=outage,
        )

    def _most(self, count: int) -> list[AlertStep]:
        return heapq.nsmallest(count, self._latest.values(), key=self._rank)

    def _rank(self, step: AlertStep) -> tuple[float, int, int, str]:
        """The smaller, the more it matters. Without ties, so that the same steps give the same message."""
        return -self._at_risk[step.account_id], _RANKS[step.severity], -step.as_of_ms, step.id


_RANKS = {"critical": 0, "warning": 1, "info": 2, "good": 3}


def is_at_risk(step: AlertStep) -> bool:
    """Whether the account's revenue is at risk after `step`: it is no good news, and the case is not over."""
    return step.severity != "good" and step.status not in ("resolved", "retracted")


def gathered_id(lane: str, why: str, ids: Iterable[str]) -> str:
    """The id of a message about these steps, whatever their order.

    >>> gathered_id("day/slack", "digest", ["b", "a"]) == gathered_id("day/slack", "digest", ["a", "b"])
    True
    """
    return sha256("\0".join((lane, why, *sorted(ids))).encode()).hexdigest()[:32]


def gathered_of(steps: Iterable[AlertStep], lane: str, why: Why, outage: str = "") -> Gathered:
    """One message about `steps`, at least one."""
    gathering = Gathering()
    for step in steps:
        gathering.add(step)
    return gathering.gathered(lane, why, outage)


def _most_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
