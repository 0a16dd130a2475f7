"""Says how well events fit a model: a few lines after a replay, and the same after `vitals model check --data`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import IO

from alerts.text import plain
from scoring.plurals import counted
from streams.replay.fit_report import FitReport, Unread
from vitals.commands.file_notes import LINE_LIMIT

UNFED_NAMED = 10


def print_fit(report: FitReport, output: IO[str] | None = None) -> None:
    """Print the report, on standard error unless another stream is given."""
    for line in fit_lines(report):
        print(plain(line, LINE_LIMIT), file=output or sys.stderr)


def fit_lines(report: FitReport) -> Iterator[str]:
    """The report as lines, each a sentence or a list. What fits is not mentioned."""
    if report.empty_topics:
        yield f"No event on {', '.join(report.empty_topics)}."
    if report.empty_sources:
        yield f"Sources that nobody ever sent: {', '.join(report.empty_sources)}. What needs them has no evidence."
    if report.unfed:
        by_words: dict[str, list[str]] = {}
        for each in report.unfed:
            by_words.setdefault(each.words, []).append(each.signal)
        yield "Signals without what they read:"
        for words, signals in [*by_words.items()][:UNFED_NAMED]:
            yield f"- {', '.join(dict.fromkeys(signals))}: {words}"
        if len(by_words) > UNFED_NAMED:
            yield f"- (and {len(by_words) - UNFED_NAMED} more)"
    if report.unread_events:
        yield f"Events that no signal reads: {_unread(report.unread_events)}{_more(report.more_unread_events)}."
    if report.odd_use:
        yield f"Events that count as use, though hardly any person's: {_unread(report.odd_use)}. Exclude those sets."
    if report.unread_properties:
        said = _unread(report.unread_properties)
        yield f"Properties that no signal reads: {said}{_more(report.more_unread_properties)}."
    if report.machine_events:
        yield f"{counted(report.machine_events, 'events')} from machines, which no signal counts."
    if report.repeated:
        yield f"{counted(report.repeated, 'events')} repeated, by their id: each counts once."
    if report.without_id:
        yield f"{counted(report.without_id, 'events')} without an id: if one is sent twice, it counts twice."
    if report.accounts:
        yield from _accounts(report)
    for standing, accounts in report.standings.items():
        yield f"{counted(accounts, 'accounts')} in the standing {standing}, so not judged."


def numbers_as_text(report: FitReport) -> str:
    """«mrr was a text in 1 event, seats in 1»; "" when no number was sent as a text."""
    if not report.numbers_as_text:
        return ""
    (name, count), *others = report.numbers_as_text.items()
    first = f"{name} was a text in {counted(count, 'events')}"
    return ", ".join((first, *(f"{other} in {times:,}" for other, times in others)))


def _accounts(report: FitReport) -> Iterator[str]:
    counting = [each for each in report.components if each.counts]
    shares = ", ".join(f"{each.name} {_share(each.accounts, report.accounts)}" for each in counting)
    yield f"Evidence by component, of {counted(report.accounts, 'accounts')} at {report.as_of}: {shares}."
    if report.unjudged:
        yield f"{counted(report.unjudged, 'accounts')} without any evidence."


def _share(part: int, whole: int) -> str:
    """A share in whole percent, «<1 %» and «>99 %» where rounding would hide the rest."""
    if part in (0, whole):
        return f"{100 * part // whole} %"
    rounded = round(100 * part / whole)
    return "<1 %" if rounded == 0 else ">99 %" if rounded == 100 else f"{rounded} %"


def _unread(found: Sequence[Unread]) -> str:
    return "; ".join(
        f"{each.name}{f' on {each.topic}' if each.topic else ''} {each.events:,}"
        + (f" ({each.advice})" if each.advice else "")
        for each in found
    )


def _more(rest: int) -> str:
    return f" (and {rest:,} more)" if rest > 0 else ""
