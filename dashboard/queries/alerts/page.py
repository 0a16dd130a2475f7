"""The page of alerts: open cases, the latest decisions, the rules; one case; the decisions about one account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from alerts.lifecycle.rules_text import condition_words
from alerts.lifecycle.schema import AlertRules, TierRule
from alerts.step import AlertStep
from dashboard.book.row_values import severity_rank
from dashboard.queries.account.answered import answer_of
from dashboard.queries.alerts.cases import case_view, decisions_of, money_of
from dashboard.queries.alerts.queue import OVER
from dashboard.queries.ground import Ground
from dashboard.queries.models.live_book import live_book
from dashboard.values.account import CaseView
from dashboard.values.alerts import AlertsView, Decision, RuleLine
from scoring.instants import DAY_MS
from scoring.plurals import counted

DECISIONS_SHOWN = 100
DECISIONS_COUNTED = 2_000
COUNTED_DAYS = 30
CASES_SHOWN = 500


async def alerts(ground: Ground) -> AlertsView:
    """See `Queries.alerts`."""
    cases = [step for step in await ground.cases.open_cases() if step.status not in OVER]
    decided = await ground.cases.latest_decisions(DECISIONS_COUNTED)
    cases.sort(
        key=lambda step: (severity_rank(step.severity), -money_of(ground.book, step.account_id)[0], step.case_id)
    )
    live = await live_book(ground)
    rules = None if live is None else ground.rules.of(live.plan.model)
    return AlertsView(
        words=_words(cases, decided),
        as_of_ms=ground.book.as_of_ms,
        cases=tuple(case_view(ground.book, [step]) for step in cases[:CASES_SHOWN]),
        decisions=decisions_of(ground.book, decided[:DECISIONS_SHOWN]),
        rules=tuple(_rules(rules, cases, decided, ground.now_ms())),
        rules_name="" if rules is None else rules.header.name,
        rules_version=0 if rules is None else rules.header.version,
    )


async def case(ground: Ground, case_id: str) -> CaseView | None:
    """See `Queries.case`."""
    steps = await ground.cases.case(case_id)
    return case_view(ground.book, steps) if steps else None


async def decisions(ground: Ground, account_id: str) -> tuple[Decision, ...]:
    """See `Queries.decisions`."""
    steps = await ground.cases.steps(account_id)
    if not steps:
        await answer_of(ground, account_id)
    return decisions_of(ground.book, reversed(steps))


def _words(cases: Sequence[AlertStep], decided: Sequence[AlertStep]) -> str:
    if not cases:
        opened = "No case is open."
    else:
        critical = sum(step.severity == "critical" for step in cases)
        of_them = f", {critical} of them critical" if critical else ""
        opened = f"{counted(len(cases), 'cases')} {'is' if len(cases) == 1 else 'are'} open{of_them}."
    if not decided:
        return f"{opened} Nothing was decided yet."
    sent = sum(step.is_told for step in decided)
    return f"{opened} Of the latest {counted(len(decided), 'decisions')}, {sent:,} told somebody."


def _rules(
    rules: AlertRules | None, cases: Sequence[AlertStep], decided: Sequence[AlertStep], now_ms: int
) -> list[RuleLine]:
    """The rules of the file, then those that only records name."""
    since_ms = now_ms - COUNTED_DAYS * DAY_MS
    recent = [step for step in decided if step.as_of_ms >= since_ms]
    opened = Counter(step.rule for step in cases)
    sent = Counter(step.rule for step in recent if step.is_told)
    held = Counter(step.rule for step in recent if not step.is_told)
    named: Mapping[str, AlertStep] = {step.rule: step for step in (*decided, *cases)}
    lines = []
    for name in dict.fromkeys((*(rules.rules if rules is not None else ()), *named)):
        step = named.get(name)
        label, kind, severity = _told_by(rules, name, step)
        lines.append(
            RuleLine(
                name=name,
                label=label,
                kind=kind,
                severity=severity,
                open=opened[name],
                sent=sent[name],
                suppressed=held[name],
            )
        )
    return lines


def _told_by(rules: AlertRules | None, name: str, step: AlertStep | None) -> tuple[str, str, str]:
    """Label, what opens it, and severity: by the file, else by a record."""
    rule = None if rules is None else rules.rules.get(name)
    if rule is not None:
        severity = "by tier" if isinstance(rule, TierRule) else rule.severity
        return rule.label or name.replace("_", " "), condition_words(rule), severity
    if step is None:
        return name, "", ""
    return step.label or name.replace("_", " "), step.rule_kind, step.severity
