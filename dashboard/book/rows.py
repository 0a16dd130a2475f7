"""A row of the list from the book's columns, with words and marks from its answer where that is at hand. Pure."""

from __future__ import annotations

from dashboard.book import derived
from dashboard.book.book import Book
from dashboard.book.marks import LITTLE, marks_of
from dashboard.book.row_values import date_text, gravest
from dashboard.book.store.facts import numbers_of, shown
from dashboard.book.store.traits import PREFIX
from dashboard.book.words import shortened, top_risk
from dashboard.values.listing import SPARK_DAYS, CaseBrief, Mark, Row
from scoring.instants import parse_instant
from scoring.result import OpenCase, ScoreSnapshot
from scoring.texts import Explanation


def row_of(book: Book, row: int, explained: tuple[ScoreSnapshot, Explanation] | None, now_ms: int) -> Row:
    """The row of the list. `explained` is its answer in words, None where it is not at hand."""
    table = book.table
    renewal = table.number("renewal", row)
    whole, marks, case = "", plain_marks(book, row), None
    facts = None
    if explained is not None:
        answer, explanation = explained
        whole = top_risk(explanation)
        marks = marks_of(answer, explanation, book.scale.tiers, now_ms)
        case = case_of(answer)
        if (answer.generation, answer.version) == book.position(row):
            facts = shown(numbers_of(answer.facts))
    return Row(
        account_id=table.ids[row],
        name=table.label("name", row),
        score=table.number("score", row),
        tier=table.label("tier", row),
        as_of_ms=int(table.instants("as_of_ms")[row]),
        version="{}.{}".format(*book.position(row)),
        standing=table.label("standing", row),
        unscored=table.label("unscored", row),
        is_provisional=bool(table.provisional[row]),
        coverage=table.number("coverage", row) or 0.0,
        change_1d=derived.change_of(book, "change_1d", row),
        change_7d=derived.change_of(book, "change_7d", row),
        change_28d=derived.change_of(book, "change_28d", row),
        sparkline=sparkline(book, row),
        top_risk=shortened(whole),
        top_risk_whole=whole,
        mrr=table.number("mrr", row),
        at_risk=table.number("at_risk", row),
        urgency=derived.urgency_of(book, row),
        is_starred=row in derived.starred(book),
        owner=table.label("owner", row),
        segment=table.label("segment", row),
        industry=table.label("industry", row),
        plan=table.label("plan", row),
        renewal="" if renewal is None else date_text(int(renewal)),
        renewal_days=None if renewal is None else int(renewal) - book.today,
        last_login_ms=_whole(table.number("last_login_ms", row)),
        nps=table.number("nps", row),
        csat=table.number("csat", row),
        csat_trend=table.number("csat_trend", row),
        first_event_ms=_whole(table.number("first_event_ms", row)),
        next_tier=table.label("next_tier", row),
        next_tier_ms=_whole(table.number("next_tier_ms", row)),
        marks=marks,
        case=case,
        custom={f"{PREFIX}{column.name}": column.value(row) for column in book.traits.shown()}
        | (book.facts.of_row(row) if facts is None else facts),
    )


def sparkline(book: Book, row: int) -> tuple[float | None, ...]:
    """The closes of the last 84 days, the oldest first, and the score of now."""
    score = float(book.table.numbers("score")[row])
    days = range(book.today - SPARK_DAYS + 1, book.today)
    return (*book.closes.of_row(row, days, score), None if score != score else score)


def plain_marks(book: Book, row: int) -> tuple[Mark, ...]:
    """What the columns alone say."""
    coverage = book.table.number("coverage", row)
    marks: list[Mark] = []
    if book.table.provisional[row]:
        marks.append(Mark(kind="provisional", words="provisional", is_dashed=True))
    if coverage is not None and coverage < LITTLE and book.table.number("score", row) is not None:
        marks.append(Mark(kind="coverage", words=f"{100 * coverage:.0f} % coverage", is_dashed=True))
    return tuple(marks)


def case_of(answer: ScoreSnapshot) -> CaseBrief | None:
    """The case that matters most; None without cases."""
    case = gravest(answer.cases)
    return None if case is None else brief_of(case)


def brief_of(case: OpenCase) -> CaseBrief:
    """A case for the list. Its label is its rule's name, in words."""
    return CaseBrief(
        id=case.id,
        rule=case.rule,
        label=case.rule.replace("_", " "),
        severity=case.severity,
        status=case.status,
        words=case.words,
        opened_at_ms=_instant(case.opened_at),
        since_ms=_instant(case.since),
        until_ms=_instant(case.until),
        assignee=case.assignee,
        by=case.by,
        action=case.action,
        playbook=case.playbook,
    )


def _instant(text: str) -> int:
    return parse_instant(text) if text else 0


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
