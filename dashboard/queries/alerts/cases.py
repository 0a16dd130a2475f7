"""Cases as people see them, from the records of `alerts`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alerts.step import AlertStep
from dashboard.book.book import Book
from dashboard.queries.account.cases import case_step, decision
from dashboard.values.account import CaseView
from dashboard.values.alerts import Decision
from dashboard.values.listing import CaseBrief
from scoring.instants import parse_instant


def brief_of_step(step: AlertStep) -> CaseBrief:
    """A case as its latest step leaves it."""
    return CaseBrief(
        id=step.case_id,
        rule=step.rule,
        label=step.label or step.rule.replace("_", " "),
        severity=step.severity,
        status=step.status or "",
        words=step.words,
        opened_at_ms=_instant(step.opened_at) or step.as_of_ms,
        since_ms=step.as_of_ms,
        until_ms=_instant(step.hand.until),
        assignee=step.assignee,
        by=step.hand.by,
        action=step.action,
        playbook=step.playbook,
    )


def case_view(book: Book, steps: Sequence[AlertStep]) -> CaseView:
    """A case of these records, the oldest first; the last one that changed it says how it stands."""
    last = next((step for step in reversed(steps) if step.status is not None), steps[-1])
    row = book.row(last.account_id)
    return CaseView(
        account_id=last.account_id,
        account=name_of(book, last.account_id),
        brief=brief_of_step(last),
        mrr=last.mrr if row is None else book.table.number("mrr", row),
        steps=tuple(map(case_step, steps)),
    )


def decisions_of(book: Book, steps: Iterable[AlertStep]) -> tuple[Decision, ...]:
    """The records as decisions, in the same order."""
    return tuple(decision(step, name_of(book, step.account_id)) for step in steps)


def name_of(book: Book, account_id: str) -> str:
    """The account's name; its id where it is not in the book."""
    row = book.row(account_id)
    return account_id if row is None else book.table.label("name", row)


def money_of(book: Book, account_id: str) -> tuple[float, float]:
    """(MRR at risk, MRR), 0 for what is not known."""
    row = book.row(account_id)
    if row is None:
        return 0.0, 0.0
    return book.table.number("at_risk", row) or 0.0, book.table.number("mrr", row) or 0.0


def _instant(text: str) -> int:
    return parse_instant(text) if text else 0
