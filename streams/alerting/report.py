"""What alerts were worth: those of each rule and severity beside the cancellations that followed, or did not. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import quantiles

import msgspec

from alerts.step import Severity
from scoring.instants import DAY_MS, FAR
from streams.accuracy.cohorts import Rate, rate
from streams.alerting.actions import ActionOutcome, actions
from streams.alerting.noted import Step
from streams.alerting.routed import QUIET_REASON
from streams.backtest.outcomes import Outcomes

HORIZON_MS = 60 * DAY_MS
MONTH_MS = 30 * DAY_MS
FEW = 20
"""A figure of fewer alerts, or churned accounts, is too small to judge by."""
ALL = ""
"""In place of a rule or a severity: all of them together."""
_ALERTS = ("first", "worse", "after_outage")
"""The reasons of a told step that is an alert; others follow one up."""


class Lead(msgspec.Struct, frozen=True):
    """How long before the cancellation the first alert came, in days: the quartiles."""

    p25: float
    p50: float
    p75: float


class RuleReport(msgspec.Struct, frozen=True, kw_only=True):
    """One rule and severity; both are "" for all together, without good news. Of good news only messages are counted.

    `alerts` are the told steps that opened a case or made it worse, `judged` those of which it is known whether a
    cancellation followed within the horizon, `followed` those that one did follow: `precision` is their share. `early`
    alerts are too young to judge. `recall` is the share of the `churned` accounts that had an alert in the horizon
    before; beside it `share_flagged`, the share of all accounts' time that lies within the horizon after an alert: what
    an alert at random would reach. `false_alarm_rate` is the share of the accounts that stayed which were ever alerted.
    `messages` are all told steps but those that only bring a message up to date (reason "action").
    """

    rule: str
    severity: Severity | None
    alerts: int
    judged: int
    followed: int
    early: int
    precision: Rate | None
    churned: int
    caught: int
    recall: Rate | None
    share_flagged: float
    stayed: int
    false_alarm_rate: Rate | None
    lead_days: Lead | None
    messages: int
    messages_an_account_and_month: float
    too_few: bool


class AlertReport(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report, from `since` to `until` (milliseconds). `account_months` are of 30 days, from an account's
    first event to its cancellation. `suppressed` counts decisions to tell nobody, by reason."""

    since_ms: int
    until_ms: int
    horizon_days: float
    definition: str
    accounts: int
    account_months: float
    rules: tuple[RuleReport, ...]
    suppressed: dict[str, int]
    actions: tuple[ActionOutcome, ...]


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts with their first events, what became of them, and from when to when alerts were recorded, in
    milliseconds. An outcome counts when it lies in that time and is observed."""

    first_ms: Mapping[str, int]
    outcomes: Outcomes
    since_ms: int
    until_ms: int

    def present(self, account_id: str) -> tuple[int, int]:
        """From when to when an account was there and alerts were recorded; the end is never before the begin."""
        begin = max(self.first_ms.get(account_id, self.since_ms), self.since_ms)
        left = self.outcomes.left_ms.get(account_id, self.outcomes.at_ms.get(account_id, FAR))
        return begin, max(begin, min(left, self.until_ms))

    def churned(self) -> dict[str, int]:
        """The accounts with an outcome in the time of the alerts, and when."""
        last_ms = min(self.until_ms, self.outcomes.observed_until_ms)
        return {
            name: at_ms
            for name, at_ms in self.outcomes.at_ms.items()
            if name in self.first_ms and self.since_ms < at_ms <= last_ms
        }


def measured(
    steps: Iterable[Step], book: Book, horizon_ms: int = HORIZON_MS, suppressed: Mapping[str, int] | None = None
) -> AlertReport:
    """The report. `steps` come in any order; those outside the book's time or of unknown accounts do not count.
    `suppressed` counts decisions to tell nobody that are not among them, by reason."""
    kept = sorted(
        (
            each
            for each in steps
            if book.since_ms <= each.as_of_ms <= book.until_ms and each.account_id in book.first_ms
        ),
        key=lambda step: (step.as_of_ms, step.account_id, step.sequence),
    )
    told = [each for each in kept if each.is_told]
    silent = Counter[str](each.reason for each in kept if not each.is_told)
    silent.update(suppressed or {})
    groups: dict[tuple[str, Severity | None], list[Step]] = defaultdict(list)
    groups[ALL, None] = [each for each in told if each.severity != "good"]
    for step in told:
        groups[step.rule, step.severity].append(step)
    spans = {name: book.present(name) for name in book.first_ms}
    months = sum(end - begin for begin, end in spans.values()) / MONTH_MS
    return AlertReport(
        since_ms=book.since_ms,
        until_ms=book.until_ms,
        horizon_days=horizon_ms / DAY_MS,
        definition=book.outcomes.definition,
        accounts=len(book.first_ms),
        account_months=months,
        rules=tuple(_rule(*key, of, book, spans, months, horizon_ms) for key, of in sorted(groups.items(), key=_order)),
        suppressed=dict(silent.most_common()),
        actions=tuple(actions(kept, book.outcomes, book.until_ms)),
    )


def _order(group: tuple[tuple[str, Severity | None], list[Step]]) -> tuple[bool, int, str, str]:
    """All together first, then the rules with the most messages."""
    (rule, severity), steps = group
    return rule != ALL, -len(steps), rule, severity or ""


def _rule(
    rule: str,
    severity: Severity | None,
    told: Sequence[Step],
    book: Book,
    spans: Mapping[str, tuple[int, int]],
    months: float,
    horizon_ms: int,
) -> RuleReport:
    alerts: dict[str, list[int]] = defaultdict(list)
    for step in told:
        if severity != "good" and step.reason in _ALERTS and step.as_of_ms <= spans[step.account_id][1]:
            alerts[step.account_id].append(step.as_of_ms)
    churned = book.churned() if severity != "good" else {}
    followed = judged = early = 0
    for name, at_ms in ((name, at_ms) for name, all_ in alerts.items() for at_ms in all_):
        out_ms = churned.get(name, FAR)
        if out_ms <= at_ms + horizon_ms:
            followed += 1
            judged += 1
        elif at_ms + horizon_ms <= min(book.until_ms, book.outcomes.observed_until_ms):
            judged += 1
        else:
            early += 1
    leads = list(_leads(alerts, churned, horizon_ms))
    messages = sum(step.reason != QUIET_REASON for step in told)
    stayed = [name for name in spans if name not in churned and name not in book.outcomes.unknown]
    if severity == "good":
        stayed = []
    return RuleReport(
        rule=rule,
        severity=severity,
        alerts=sum(map(len, alerts.values())),
        judged=judged,
        followed=followed,
        early=early,
        precision=rate(followed, judged),
        churned=len(churned),
        caught=len(leads),
        recall=rate(len(leads), len(churned)),
        share_flagged=_share_flagged(alerts, spans, horizon_ms),
        stayed=len(stayed),
        false_alarm_rate=rate(sum(name in alerts for name in stayed), len(stayed)),
        lead_days=_quartiles(leads),
        messages=messages,
        messages_an_account_and_month=messages / months if months else 0.0,
        too_few=severity != "good" and (judged < FEW or len(churned) < FEW),
    )


def _leads(alerts: Mapping[str, Sequence[int]], churned: Mapping[str, int], horizon_ms: int) -> Iterator[float]:
    """In days, from the first alert within the horizon to the cancellation, of each account that was caught."""
    for name, out_ms in churned.items():
        before = [at_ms for at_ms in alerts.get(name, ()) if out_ms - horizon_ms <= at_ms <= out_ms]
        if before:
            yield (out_ms - min(before)) / DAY_MS


def _share_flagged(alerts: Mapping[str, Sequence[int]], spans: Mapping[str, tuple[int, int]], horizon_ms: int) -> float:
    """The share of all accounts' time that lies within the horizon after an alert."""
    whole = sum(end - begin for begin, end in spans.values())
    flagged = 0
    for name, instants in alerts.items():
        free, end = spans[name]
        for at_ms in sorted(instants):
            begin, until = max(at_ms, free), min(at_ms + horizon_ms, end)
            flagged += max(0, until - begin)
            free = max(free, until)
    return flagged / whole if whole else 0.0


def _quartiles(days: Sequence[float]) -> Lead | None:
    """The quartiles, by linear interpolation; None of nothing.

    >>> _quartiles([1.0, 2.0, 3.0]), _quartiles([4.0])
    (Lead(p25=1.5, p50=2.0, p75=2.5), Lead(p25=4.0, p50=4.0, p75=4.0))
    """
    if not days:
        return None
    return Lead(*(quantiles(days, n=4, method="inclusive") if len(days) > 1 else (days[0],) * 3))
