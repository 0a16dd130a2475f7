"""The page of sources."""

from __future__ import annotations

import numpy as np

from dashboard.queries.ground import Ground
from dashboard.queries.models.live_book import live_book
from dashboard.queries.phrases import span
from dashboard.queries.sources.seen import Seen, TopicSeen
from dashboard.values.sources import SourceLine, SourcesView
from scoring.instants import DAY_MS, parse_instant
from scoring.plurals import counted

LOOKED_AT = 300
"""Accounts whose answers say when a source was last heard of: those that pay most."""
LATE = 3.0
"""A topic is late after this many of its usual gaps,"""
LATE_LEAST_MS = 3_600_000
"""and not before an hour."""


async def sources(ground: Ground) -> SourcesView:
    """See `Queries.sources`."""
    seen = await ground.watch.seen()
    now_ms = ground.now_ms()
    lines = (*(_topic_line(each, now_ms, len(ground.book)) for each in seen.topics), *await _of_model(ground, now_ms))
    return SourcesView(
        words=_words(seen, lines),
        as_of_ms=seen.at_ms or ground.book.as_of_ms,
        sources=lines,
        lag=seen.lag,
        dead_letters=seen.dead_letters,
        dead_letters_total=seen.dead_letters_total,
        unattributed=seen.unattributed,
        unattributed_total=seen.unattributed_total,
        trouble=seen.trouble,
    )


def _topic_line(seen: TopicSeen, now_ms: int, accounts: int) -> SourceLine:
    state, words = _state(seen.last_ms, seen.usual_a_day, now_ms)
    return SourceLine(
        name=seen.name,
        label=seen.name,
        last_event_ms=seen.last_ms,
        a_day=seen.a_day,
        usual_a_day=seen.usual_a_day,
        state=state,
        accounts=accounts,
        words=words,
    )


def _state(last_ms: int | None, usual_a_day: float | None, now_ms: int) -> tuple[str, str]:
    """Whether a feed is fresh, late, stopped, or never came, and that in words."""
    if last_ms is None:
        return "never", "nothing was ever received"
    age_ms = now_ms - last_ms
    usual_gap_ms = DAY_MS / usual_a_day if usual_a_day else DAY_MS
    if age_ms > 2 * DAY_MS and age_ms > LATE * usual_gap_ms:
        return "stopped", f"silent for {span(age_ms)}"
    if age_ms > max(LATE_LEAST_MS, LATE * usual_gap_ms):
        return "late", f"silent for {span(age_ms)}, usually one in {span(round(usual_gap_ms))}"
    return "fresh", ""


async def _of_model(ground: Ground, now_ms: int) -> list[SourceLine]:
    """The sources that the live model knows, by the answers of the accounts that pay most."""
    live = await live_book(ground)
    if live is None or not live.plan.model.sources:
        return []
    table = ground.book.table
    rows = np.flatnonzero(table.alive)
    most = rows[np.lexsort((rows, -np.nan_to_num(table.numbers("mrr")[rows])))][:LOOKED_AT]
    answers = await ground.read_model.get_many([table.ids[row] for row in most])
    lines = []
    for name, source in live.plan.model.sources.items():
        instants = [parse_instant(each.sources[name]) for each in answers.values() if name in each.sources]
        last_ms = max(instants, default=None)
        state, words = _state(last_ms, None, now_ms)
        frozen = sorted({each.stale[name] for each in answers.values() if name in each.stale})
        if frozen:
            state, words = "stopped", f"a fleet alarm freezes what depends on it since {frozen[0]}"
        of = f"of the {len(answers):,} accounts that pay most" if len(answers) < len(ground.book) else ""
        lines.append(
            SourceLine(
                name=name,
                label=source.label or name,
                last_event_ms=last_ms,
                a_day=None,
                usual_a_day=None,
                state=state,
                accounts=len(instants),
                words="; ".join(each for each in (words, of) if each),
            )
        )
    return lines


def _words(seen: Seen, lines: tuple[SourceLine, ...]) -> str:
    odd = [line for line in lines if line.state in ("late", "stopped")]
    heard = [line for line in lines if line.state != "never"]
    said = [f"{counted(len(heard), 'sources')} of {len(lines)} {'sends' if len(heard) == 1 else 'send'} events"]
    if odd:
        said.append(f"{', '.join(line.label for line in odd)} {'is' if len(odd) == 1 else 'are'} behind")
    if seen.dead_letters:
        said.append(f"{counted(len(seen.dead_letters), 'dead letters')} of the latest can be looked at")
    if seen.unattributed_total:
        said.append(f"{counted(seen.unattributed_total, 'ids')} belong to nobody yet")
    return "; ".join(said) + "."
