"""What a rule file would have sent over a history, beside what the live one would have. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from alerts.lifecycle.schema import AlertRules
from alerts.step import AlertStep
from alerts.step_words import headline
from scoring.fold.tier_changes import MOVED_WITHIN_MS
from scoring.instants import DAY_MS, rfc3339
from streams.alerting.report import MONTH_MS
from streams.alerting.routed import LaneCount, routed
from streams.replay.by_account.account_steps import AlertSteps

EXAMPLES = 10
"""The most examples of each difference; those with the most MRR."""


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """The told steps of a rule and severity."""

    rule: str
    severity: str
    told: int


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule file would have done: `told` steps became `messages`; `a_month` of them an account and 30 days, on
    average. `suppressed` counts decisions to tell nobody, by reason."""

    name: str
    version: int
    told: int
    messages: int
    a_month: float
    routes: tuple[LaneCount, ...]
    rules: tuple[RuleCount, ...]
    suppressed: dict[str, int]


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A case that only one side would have told of."""

    account_id: str
    rule: str
    severity: str
    at: str
    mrr: float | None
    words: str


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides over [`since`, `until`] (RFC 3339). `added` cases are of the file alone, `removed` ones by the
    live rules alone, with `added_examples` and `removed_examples`; those that both tell within a week of each other are
    the same."""

    since: str
    until: str
    days: float
    accounts: int
    live: Side
    file: Side
    added: int
    removed: int
    added_examples: tuple[Example, ...]
    removed_examples: tuple[Example, ...]


def preview(
    live: AlertSteps, live_rules: AlertRules, file: AlertSteps, rules: AlertRules, since_ms: int, until_ms: int
) -> Preview:
    """Compare both sides. Their steps are ordered by time."""
    months = sum(until_ms - max(first_ms, since_ms) for first_ms in file.first_ms.values()) / MONTH_MS
    added = _only(file.told, live.told)
    removed = _only(live.told, file.told)
    return Preview(
        since=rfc3339(since_ms),
        until=rfc3339(until_ms),
        days=round((until_ms - since_ms) / DAY_MS, 1),
        accounts=len(file.first_ms),
        live=_side(live, live_rules, months),
        file=_side(file, rules, months),
        added=len(added),
        removed=len(removed),
        added_examples=_examples(added),
        removed_examples=_examples(removed),
    )


def _side(steps: AlertSteps, rules: AlertRules, months: float) -> Side:
    lanes = routed(steps.told, rules)
    messages = sum(lane.messages for lane in lanes)
    counts = Counter((step.rule, step.severity) for step in steps.told)
    return Side(
        name=rules.header.name,
        version=rules.header.version,
        told=len(steps.told),
        messages=messages,
        a_month=messages / months if months else 0.0,
        routes=tuple(lanes),
        rules=tuple(RuleCount(rule=rule, severity=level, told=n) for (rule, level), n in counts.most_common()),
        suppressed=dict(steps.by_reason().most_common()),
    )


def _only(of: Iterable[AlertStep], beside: Iterable[AlertStep]) -> list[AlertStep]:
    """The alerts that the other side lacks: it has none of the account, rule and severity within a week."""
    others: dict[tuple[str, str, str], list[int]] = {}
    for step in beside:
        if step.reason in ("first", "worse"):
            others.setdefault((step.account_id, step.rule, step.severity), []).append(step.as_of_ms)
    found = []
    for step in of:
        if step.reason in ("first", "worse"):
            there = others.get((step.account_id, step.rule, step.severity), [])
            near = min(there, key=lambda at_ms: abs(at_ms - step.as_of_ms), default=None)
            if near is not None and abs(near - step.as_of_ms) <= MOVED_WITHIN_MS:
                there.remove(near)
            else:
                found.append(step)
    return found


def _examples(steps: Sequence[AlertStep]) -> tuple[Example, ...]:
    most = sorted(steps, key=lambda step: (-(step.mrr or 0.0), step.as_of_ms, step.account_id))[:EXAMPLES]
    return tuple(
        Example(
            account_id=step.account_id,
            rule=step.rule,
            severity=step.severity,
            at=step.as_of,
            mrr=step.mrr,
            words=headline(step),
        )
        for step in most
    )
