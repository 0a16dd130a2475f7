"""Which sources of a model are connected: from score snapshots, or from a file of events."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from scoring.event.event import Event, Rejected
from scoring.instants import plain_instant
from scoring.model import schema
from scoring.model.model import Model
from scoring.model.references import sources_of
from scoring.plan.plan import Plan
from scoring.result import ScoreSnapshot
from streams.replay.event_file import EventFile
from streams.replay.event_line import read_event


class SourceState(msgspec.Struct, frozen=True, kw_only=True):
    """One source: how many accounts ever sent it, the latest such event (UTC; "" for none), and the components that
    have no evidence without it."""

    name: str
    label: str
    is_connected: bool
    accounts: int
    latest: str
    components: tuple[str, ...]


def sources_in(model: Model, answers: Iterable[ScoreSnapshot]) -> list[SourceState]:
    """The sources of a model by the snapshots that it made; other snapshots are ignored."""
    accounts = dict.fromkeys(model.sources, 0)
    latest = dict.fromkeys(model.sources, "")
    connected: set[str] = set()
    for answer in answers:
        if (answer.model, answer.model_version) != (model.name, model.version):
            continue
        for name in model.sources:
            if at := answer.sources.get(name):
                accounts[name] += 1
                latest[name] = max(latest[name], at)
            elif answer.norm.get(f"{schema.SOURCE}{name}"):
                connected.add(name)
    return [_state(model, name, accounts[name], latest[name], is_known=name in connected) for name in model.sources]


def sources_in_file(
    plan: Plan, file: EventFile, now_ms: int, progress: Callable[[int], None] = lambda done: None
) -> list[SourceState]:
    """The sources of a plan's model by all events of a file. Reads it once and holds account ids only.

    Raises:
        UserError: when the file cannot be read.
    """
    model = plan.model
    tests = {name: plan.extractors.test(source.wheres()) for name, source in model.sources.items()}
    senders: dict[str, set[str]] = {name: set() for name in model.sources}
    latest = dict.fromkeys(model.sources, -1)
    fed: dict[tuple[str, str], list[str]] = {}

    def note(event: Event) -> None:
        key = (event.topic, event.name)
        if key not in fed:
            fed[key] = [name for name, source in model.sources.items() if source.takes(*key)]
        for name in fed[key]:
            test = tests[name]
            if test is None or test(event):
                senders[name].add(event.account_id)
                latest[name] = max(latest[name], event.occurred_at_ms)

    while (lines := file.read()) is not None:
        for _, line in lines:
            try:
                event, _ = read_event(plan.decoder, line, 0, now_ms)
            except Rejected:
                continue
            note(event)
        progress(file.position)
    at = {name: "" if each < 0 else plain_instant(each) for name, each in latest.items()}
    return [_state(model, name, len(senders[name]), at[name], is_known=False) for name in model.sources]


def _state(model: Model, name: str, accounts: int, latest: str, *, is_known: bool) -> SourceState:
    return SourceState(
        name=name,
        label=model.sources[name].label or name,
        is_connected=accounts > 0 or is_known,
        accounts=accounts,
        latest=latest,
        components=tuple(each for each in model.components if name in sources_of(model, each)),
    )
