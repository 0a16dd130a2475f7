"""The age of an account, and the milestones that it reached."""

from __future__ import annotations

from collections.abc import Iterable

from scoring.instants import DAY_MS, parse_duration
from scoring.model import schema
from scoring.model.model import Model
from scoring.oracle.events import OracleEvent, fulfils, is_named

Fact = int | float | str | None
"""The value of a signal: a number, a text, an instant as text, or None when unknown."""


def age_ms(model: Model, events: Iterable[OracleEvent], as_of_ms: int) -> int:
    """Milliseconds since the account began, by any event; from bucket to bucket."""
    return elapsed_ms(model, began_ms(model, events), as_of_ms)


def began_ms(model: Model, events: Iterable[OracleEvent]) -> int:
    """The first event of the first borne-out stretch, else of the last stretch. Stretches are separated by pauses that
    are too long; borne out means events on three days, and a week from the first to the last."""
    stretches: list[list[int]] = []
    for at_ms in sorted(event.at_ms for event in events):
        if not stretches or at_ms - stretches[-1][-1] > parse_duration(model.header.pause_max):
            stretches.append([])
        stretches[-1].append(at_ms)
    for each in stretches:
        if len({at_ms // DAY_MS for at_ms in each}) > 2 and each[-1] - each[0] >= 7 * DAY_MS:
            return each[0]
    return stretches[-1][0]


def reached(signal: schema.Reached, events: Iterable[OracleEvent]) -> list[schema.Step]:
    """The steps with a matching event, however long ago."""
    given = list(events)
    return [step for step in signal.steps if any(_fits(step, event) for event in given)]


def _fits(step: schema.Step, event: OracleEvent) -> bool:
    return event.topic in step.topics and is_named(step.events, event.name) and fulfils(step.where, event)


def elapsed_ms(model: Model, from_ms: int, to_ms: int) -> int:
    """Milliseconds from bucket to bucket."""
    return (to_ms // model.resolution_ms - from_ms // model.resolution_ms) * model.resolution_ms
