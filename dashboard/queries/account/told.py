"""Alerts and acts of people in the timeline of an account; cases of one rule that come and go are one line. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from alerts.step import AlertStep
from dashboard.queries.phrases import day
from dashboard.values.account import TimelineEntry

FOLDS = 2
"""This many cases of one rule that opened and were over, with nobody acting, make one line."""
_OVER = ("resolved", "retracted")


def told(steps: Iterable[AlertStep], since_ms: int, now_ms: int) -> list[TimelineEntry]:
    """Steps from `since_ms` on that told somebody, and acts of people. Decisions to tell nobody are on the page of
    alerts."""
    shown = [
        each for each in steps if each.as_of_ms >= since_ms and (each.is_told or (each.by and each.step != "none"))
    ]
    brief = _brief(shown)
    folded = {each.id for of_rule in brief.values() for each in of_rule}
    entries = [_folded(of_rule, now_ms) for of_rule in brief.values()]
    return entries + [_entry(each) for each in shown if each.id not in folded]


def _brief(steps: Sequence[AlertStep]) -> dict[str, list[AlertStep]]:
    """By rule: the steps of cases that opened and were over, and no more, where there are several such cases."""
    cases: dict[str, list[AlertStep]] = defaultdict(list)
    for each in steps:
        if each.case_id:
            cases[each.case_id].append(each)
    rules: dict[str, list[AlertStep]] = defaultdict(list)
    for case in cases.values():
        kinds = sorted(each.step for each in case)
        if not any(each.by for each in case) and len(kinds) == 2 and kinds[0] == "opened" and kinds[1] in _OVER:
            rules[case[0].rule] += case
    return {rule: of_rule for rule, of_rule in rules.items() if len(of_rule) >= 2 * FOLDS}


def _folded(steps: Sequence[AlertStep], now_ms: int) -> TimelineEntry:
    first, last = min(each.as_of_ms for each in steps), max(each.as_of_ms for each in steps)
    label = steps[-1].label or steps[-1].rule.replace("_", " ")
    return TimelineEntry(
        at_ms=last,
        kind="alert",
        words=f"{label}: opened {len(steps) // 2} times, and was over each time",
        detail=f"since {day(first, now_ms)}",
        folded=len(steps),
    )


def _entry(step: AlertStep) -> TimelineEntry:
    words = without_account(step.words, step.account_id)
    return TimelineEntry(
        at_ms=step.as_of_ms,
        kind="person" if step.by else "alert",
        words=f"{step.by} {step.step}: {words}" if step.by else words,
        detail=step.note or step.label or step.rule,
    )


def without_account(words: str, account_id: str) -> str:
    """A sentence without the account that it begins with.

    >>> without_account("acme: red on Saturday", "acme"), without_account("acme fell", "acme")
    ('red on Saturday', 'fell')
    """
    for start in (f"{account_id}: ", f"{account_id} "):
        if account_id and words.startswith(start) and len(words) > len(start):
            return words[len(start) :]
    return words
