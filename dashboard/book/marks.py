"""Facts with an end beside an account: «provisional to 12 Jan», «red in 2 d», «by hand to 9 Dec». Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from dashboard.values.listing import Mark
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS, parse_instant
from scoring.result import ScoreSnapshot
from scoring.texts import Explanation

SOON_DAYS = 30
"""A change of tier is marked when it comes within this many days."""
RECOVERED_DAYS = 7
LITTLE = 0.5
"""Evidence for less of the weight than this is a mark; most accounts lack some."""


def marks_of(answer: ScoreSnapshot, explanation: Explanation, tiers: tuple[str, ...], now_ms: int) -> tuple[Mark, ...]:
    """All marks, the most urgent first: pages show two. `tiers` are the worst first, `now_ms` is the reader's now."""
    return (
        *_override(answer, now_ms),
        *_floors(explanation),
        *_forecast(answer, tiers, now_ms),
        *_stale(answer, now_ms),
        *_provisional(answer, now_ms),
        *_coverage(answer),
        *_flags(explanation),
        *_bounds(answer),
        *_recovered(answer, tiers, now_ms),
    )


def span_words(span_ms: int) -> str:
    """A span for people.

    >>> span_words(4 * DAY_MS), span_words(3 * HOUR_MS + 2 * MINUTE_MS), span_words(90_000)
    ('4 d', '3 h 02 min', '1 min')
    """
    if span_ms >= 2 * DAY_MS:
        return f"{span_ms // DAY_MS} d"
    if span_ms >= HOUR_MS:
        hours, minutes = divmod(span_ms // MINUTE_MS, 60)
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    return f"{max(0, span_ms) // MINUTE_MS} min"


def date_words(at_ms: int, now_ms: int) -> str:
    """A day for people, the year only when it is not this one.

    >>> date_words(0, 0), date_words(0, 400 * DAY_MS)
    ('1 Jan', '1 Jan 1970')
    """
    moment, now = (datetime.fromtimestamp(each / 1_000, UTC) for each in (at_ms, now_ms))
    year = "" if moment.year == now.year else f" {moment.year}"
    return f"{moment.day} {moment:%b}{year}"


def _override(answer: ScoreSnapshot, now_ms: int) -> Iterator[Mark]:
    if answer.override is not None:
        until = answer.override.until_ms
        yield Mark(kind="override", words=f"by hand to {date_words(until, now_ms)}", until_ms=until)


def _floors(explanation: Explanation) -> Iterator[Mark]:
    for flag in explanation.flags:
        if flag.floor is not None:
            yield Mark(kind="flag", words=f"at most {flag.floor:g}: {flag.label}")


def _forecast(answer: ScoreSnapshot, tiers: tuple[str, ...], now_ms: int) -> Iterator[Mark]:
    ahead = None if answer.forecast is None else answer.forecast.next_tier
    if ahead is None or not now_ms < ahead.at_ms <= now_ms + SOON_DAYS * DAY_MS:
        return
    if answer.tier in tiers and ahead.tier in tiers and tiers.index(ahead.tier) > tiers.index(answer.tier):
        return
    words = f"{ahead.tier} in {span_words(ahead.at_ms - now_ms)}"
    yield Mark(kind="forecast", words=words, until_ms=ahead.at_ms, is_dashed=True)


def _stale(answer: ScoreSnapshot, now_ms: int) -> Iterator[Mark]:
    for source, since in answer.stale.items():
        words = f"stale: {source} {span_words(now_ms - parse_instant(since))}"
        yield Mark(kind="stale", words=words, is_dashed=True)


def _provisional(answer: ScoreSnapshot, now_ms: int) -> Iterator[Mark]:
    ends = [parse_instant(each.until) for each in answer.warming if each.until]
    until = max(ends, default=0)
    to = f" to {date_words(until, now_ms)}" if until else ""
    if answer.provisional and not answer.warming:
        yield Mark(kind="provisional", words="provisional", is_dashed=True)
    elif answer.provisional:
        yield Mark(kind="provisional", words=f"provisional{to}", until_ms=until, is_dashed=True)
    elif answer.warming:
        yield Mark(kind="warm_up", words=f"warming up{to}", until_ms=until, is_dashed=True)


def _coverage(answer: ScoreSnapshot) -> Iterator[Mark]:
    if answer.score is not None and answer.coverage < LITTLE and answer.override is None:
        yield Mark(kind="coverage", words=f"{100 * answer.coverage:.0f} % coverage", is_dashed=True)


def _flags(explanation: Explanation) -> Iterator[Mark]:
    for flag in explanation.flags:
        if flag.floor is None:
            yield Mark(kind="flag", words=f"flag: {flag.label}")


def _bounds(answer: ScoreSnapshot) -> Iterator[Mark]:
    if answer.past_bounds:
        yield Mark(kind="bound", words=f"incomplete: {', '.join(answer.past_bounds)}", is_dashed=True)


def _recovered(answer: ScoreSnapshot, tiers: tuple[str, ...], now_ms: int) -> Iterator[Mark]:
    last = answer.last_transition
    if last is None or answer.tier != tiers[-1] or last.to_tier != answer.tier or last.from_tier != tiers[0]:
        return
    at_ms = parse_instant(last.at)
    if at_ms > now_ms - RECOVERED_DAYS * DAY_MS:
        yield Mark(kind="recovered", words=f"recovered {date_words(at_ms, now_ms)}")
