"""What became of accounts after each action that people took: recovered, churned, or nothing in time. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from scoring.instants import DAY_MS, FAR
from streams.accuracy.cohorts import Rate, rate
from streams.alerting.noted import Step
from streams.backtest.outcomes import Outcomes

WITHIN_MS = 60 * DAY_MS
"""How long after an action a recovery or a cancellation counts."""
FEW = 20
"""Fewer cases of an action are too few to judge it by."""
NO_ACTION = ""
"""The cases in which nobody took any action: what the others are compared with."""


class ActionOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The cases in which `action` was taken, "" for those without any.

    `recovered` cases were resolved by the account itself, `churned` ones were followed by a cancellation first,
    `nothing` happened within `within_days` to others, and `open` ones are too young. `recovered_rate` and
    `churned_rate` are shares of those that are over.
    """

    action: str
    within_days: float
    cases: int
    recovered: int
    churned: int
    nothing: int
    open: int
    recovered_rate: Rate | None
    churned_rate: Rate | None
    too_few: bool


def actions(
    steps: Iterable[Step], outcomes: Outcomes, until_ms: int, within_ms: int = WITHIN_MS
) -> Iterator[ActionOutcome]:
    """Each action, the most frequent first. `steps` are ordered by time; `until_ms` is the end of the data.

    A case counts once for each action taken in it, from its first time; one without any from when it opened. Good news
    need no action.
    """
    cases: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for step in steps:
        if step.case_id and step.severity != "good":
            cases[step.account_id, step.case_id].append(step)
    found: dict[str, list[str]] = defaultdict(list)
    for (account_id, _), of_case in cases.items():
        out_ms = outcomes.at_ms.get(account_id, FAR)
        for action, at_ms in _taken(of_case).items():
            found[action].append(_became(of_case, at_ms, out_ms, until_ms, within_ms))
    for action, became in sorted(found.items(), key=lambda each: (-len(each[1]), each[0])):
        over = len(became) - became.count("open")
        yield ActionOutcome(
            action=action,
            within_days=within_ms / DAY_MS,
            cases=len(became),
            recovered=became.count("recovered"),
            churned=became.count("churned"),
            nothing=became.count("nothing"),
            open=became.count("open"),
            recovered_rate=rate(became.count("recovered"), over),
            churned_rate=rate(became.count("churned"), over),
            too_few=over < FEW,
        )


def _taken(of_case: Sequence[Step]) -> dict[str, int]:
    """The actions of a case, each with its first instant; `NO_ACTION` from its opening when there is none."""
    taken: dict[str, int] = {}
    for step in of_case:
        if step.by and step.taken:
            taken.setdefault(step.taken, step.as_of_ms)
    return taken or {NO_ACTION: of_case[0].as_of_ms}


def _became(of_case: Sequence[Step], at_ms: int, out_ms: int, until_ms: int, within_ms: int) -> str:
    recovered_ms = min(
        (step.as_of_ms for step in of_case if step.step == "resolved" and not step.by and step.as_of_ms >= at_ms),
        default=FAR,
    )
    end_ms = at_ms + within_ms
    if at_ms <= out_ms <= end_ms and out_ms <= recovered_ms:
        return "churned"
    if recovered_ms <= end_ms:
        return "recovered"
    return "nothing" if end_ms <= until_ms else "open"
