"""The cases of one account: those that its answer has, with the steps that the read model keeps. Pure."""

from __future__ import annotations

from dataclasses import replace

from alerts.step import AlertStep
from dashboard.book.row_values import severity_rank
from dashboard.book.rows import brief_of
from dashboard.queries.account.kept import Kept
from dashboard.values.account import CaseStep, CaseView
from dashboard.values.alerts import Decision
from dashboard.values.listing import CaseBrief, Row
from scoring.instants import parse_instant
from streams.alerting.reasons import because


def rank(brief: CaseBrief) -> tuple[int, int]:
    """The order of cases: the gravest first, then the oldest."""
    return (severity_rank(brief.severity), brief.opened_at_ms)


def case_views(row: Row, kept: Kept) -> tuple[CaseView, ...]:
    """The open cases of an account, the gravest first, each with its steps."""
    views = [
        CaseView(
            account_id=row.account_id,
            account=row.name,
            brief=_labelled(brief_of(case), kept),
            mrr=row.mrr,
            steps=tuple(case_step(step) for step in kept.steps if step.case_id == case.id),
        )
        for case in kept.answer.cases
    ]
    return tuple(sorted(views, key=lambda view: rank(view.brief)))


def _labelled(brief: CaseBrief, kept: Kept) -> CaseBrief:
    """With what its rule was called when it last said something."""
    labels = [step.label for step in kept.steps if step.rule == brief.rule and step.label]
    return replace(brief, label=labels[-1]) if labels else brief


def case_step(step: AlertStep) -> CaseStep:
    """One record of `alerts` as a step of its case."""
    return CaseStep(
        at_ms=step.as_of_ms,
        step=step.step,
        status=step.status or "",
        outcome=step.outcome,
        reason=step.reason,
        words=step.words,
        by=step.by,
        note=step.note,
        until_ms=_instant(step.until),
    )


def decision(step: AlertStep, account: str) -> Decision:
    """One record of `alerts` as a decision: whether a message was sent, and why or why not."""
    return Decision(
        id=step.id,
        at_ms=step.as_of_ms,
        account_id=step.account_id,
        account=account,
        rule=step.rule,
        label=step.label or step.rule,
        severity=step.severity,
        step=step.step,
        outcome=step.outcome,
        reason=step.reason,
        words=f"{step.words}: {because(step)}" if step.words else because(step),
        case_id=step.case_id,
    )


def _instant(text: str) -> int:
    return parse_instant(text) if text else 0
