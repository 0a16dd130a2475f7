"""Values for tests: a builder has a sensible default for everything, so only what matters shows in a test."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from alerts.notification import Cause, Delta, Notification
from alerts.step import AlertStep
from scoring.model.loader import load_model
from scoring.model.model import Model
from scoring.model.model_json import encode_model, model_key
from scoring.result import ComponentScore, Driver, ScoreSnapshot


def a_notification(**overrides: Any) -> Notification:
    """acme's fall from green to yellow; its id is a hash of account and sequence, as the real one is."""
    notification = Notification(
        id="",
        account_id="acme",
        sequence=1,
        from_tier="green",
        to_tier="yellow",
        worse=True,
        before=78.4,
        after=61.2,
        change=-17.2,
        deltas=(
            Delta(component="usage", label="Usage", points=-12.0),
            Delta(component="tickets", label="Tickets", points=-5.2),
        ),
        cause=Cause(kind="expiry", words="412 events of 22 October left the 30-day window"),
        drivers=(Driver(component="usage", label="Usage", lost=20.5, words="no login in 15 days"),),
        mrr=5_000.0,
        plan="scale",
        as_of="2026-11-21T10:00:00Z",
        as_of_ms=1_795_255_200_000,
        model="default",
        model_version=1,
    )
    notification = msgspec.structs.replace(notification, **overrides)
    if notification.id:
        return notification
    seed = f"{notification.account_id}|{notification.sequence}"
    return msgspec.structs.replace(notification, id=hashlib.sha256(seed.encode()).hexdigest())


def an_alert_step(**overrides: Any) -> AlertStep:
    """acme's case opens, as it falls from green to red; its id is a hash of account and sequence."""
    step = AlertStep(
        id="",
        account_id="acme",
        sequence=1,
        rule="tier",
        rule_kind="tier",
        severity="critical",
        step="opened",
        outcome="sent",
        reason="first",
        words="acme fell from green to red",
        as_of="2026-11-21T10:00:00Z",
        as_of_ms=1_795_255_200_000,
        model="default",
        model_version=1,
        case_id="c0ffee",
        status="open",
        step_number=1,
        opened_at="2026-11-21T10:00:00Z",
        tier="red",
        from_tier="green",
        score=41.2,
        before=78.4,
        change=-37.2,
        deltas=(
            Delta(component="usage", label="Usage", points=-32.0),
            Delta(component="tickets", label="Tickets", points=-5.2),
        ),
        cause=Cause(kind="expiry", words="412 events of 22 October left the 30-day window"),
        drivers=(
            Driver(component="usage", label="Usage", lost=30.5, words="no login in 15 days"),
            Driver(component="tickets", label="Tickets", lost=8.0, words="4 open, the oldest for 9 days"),
        ),
        mrr=5_000.0,
        plan="scale",
        traits={"owner": "bo@example.com"},
        until="2026-11-23T10:00:00Z",
        action="Call the champion this week",
        playbook="https://wiki.example/playbooks/red",
        page="https://vitals.example/accounts/acme",
    )
    step = msgspec.structs.replace(step, **overrides)
    if step.id:
        return step
    seed = f"{step.account_id}|alerts|{step.sequence}"
    return msgspec.structs.replace(step, id=hashlib.sha256(seed.encode()).hexdigest()[:32])


def a_snapshot(account_id: str = "acme", **overrides: Any) -> ScoreSnapshot:
    """An account at 61.2, yellow, in its first version; `snapshot_models` explain it."""
    answer = ScoreSnapshot(
        account_id=account_id,
        score=61.2,
        tier="yellow",
        as_of="2026-11-21T10:00:00Z",
        as_of_ms=1_795_255_200_000,
        model="default",
        model_version=1,
        generation=1,
        version=1,
        coverage=0.9,
        components={"usage": ComponentScore(48.75, 19.5, 40.0), "nps": ComponentScore(None, 0.0, 0.0)},
        facts={"usage_30d": 412, "last_usage_at": "2026-11-06T08:00:00Z", "silence": 15, "nps": None},
        mrr=5_000.0,
        plan="scale",
    )
    return msgspec.structs.replace(answer, **overrides)


def snapshot_models() -> dict[str, bytes]:
    """The model of `a_snapshot`, as the topic `models` has it: it loses most by «no login in 15 days»."""
    line = {"shape": "linear", "points": [[0, 100], [30, 0]]}
    model = a_model(
        {
            "usage_30d": {"kind": "count", "window": "30d", "label": "product events"},
            "last_usage_at": {"kind": "last_at", "label": "login"},
            "silence": {"kind": "since_last", "label": "login"},
            "nps": {"kind": "last", "property": "nps", "label": "NPS answer"},
        },
        {
            "usage": line | {"signal": "silence", "weight": 40, "label": "Usage"},
            "nps": line | {"signal": "nps", "weight": 10, "label": "Sentiment"},
        },
        signs={"alike": {"signal": "usage_30d", "at_least": 2, "days": 1}},
        name="default",
        version=1,
    )
    return {model_key(model.name, model.version): encode_model(model)}


class Sent(NamedTuple):
    """One event as a producer sends it: its topic and its JSON, still a dictionary."""

    topic: str
    body: dict[str, Any]

    @property
    def value(self) -> bytes:
        """The message's bytes."""
        return msgspec.json.encode(self.body)


class Message(NamedTuple):
    """A message as a Kafka client hands it over; `timestamp` in milliseconds since 1970."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()
    timestamp_type: int = 0


def at_ms(text: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 instant, worked out without our own code."""
    return round(datetime.fromisoformat(text).timestamp() * 1_000)


def an_event(topic: str, account: str, name: str | None, at: str | int | None, **fields: Any) -> Sent:
    """Any event; `at` may leave the seconds out. `id` and `user_id` are the event's own, other fields properties."""
    body: dict[str, Any] = {"account_id": account}
    if isinstance(at, str):
        at = datetime.fromisoformat(at).isoformat().replace("+00:00", "Z")
    named = {"event": name, "timestamp": at, "id": fields.pop("id", None), "user_id": fields.pop("user_id", None)}
    body.update({field: value for field, value in named.items() if value is not None})
    if fields:
        body["properties"] = fields
    return Sent(topic, body)


def usage(account: str = "acme", at: str | int = "2026-01-03T10:00Z", *, event: str = "login", **fields: Any) -> Sent:
    """A product event."""
    return an_event("analytics", account, event, at, **fields)


def an_exception(account: str = "acme", at: str | int = "2026-01-03T10:00Z", **fields: Any) -> Sent:
    """An error, without a name, as seed 000 sends it."""
    return an_event("exceptions", account, None, at, **fields)


def ticket(
    account: str = "acme", at: str | int = "2026-01-03T10:00Z", *, event: str = "ticket_opened", **fields: Any
) -> Sent:
    """A support ticket, opened."""
    return an_event("tickets", account, event, at, **fields)


def subscription(
    account: str = "acme", at: str | int = "2026-01-03T10:00Z", *, event: str = "plan_changed", **fields: Any
) -> Sent:
    """A billing event; `mrr`, `plan` and `seats` are properties."""
    return an_event("billing", account, event, at, **fields)


Table = Mapping[str, Any]
Tables = Mapping[str, Table]


def a_model(
    signals: Tables,
    components: Tables | None = None,
    *,
    tiers: Table | None = None,
    sources: Tables | None = None,
    standings: Tables | None = None,
    profiles: Tables | None = None,
    floors: Tables | None = None,
    flags: Tables | None = None,
    events: Table | None = None,
    properties: Table | None = None,
    signs: Tables | None = None,
    **header: Any,
) -> Model:
    """A model of these signals, read from its TOML; without components, one that is 10 points for each of the first.

    Of a signal that names no topic, the topic is `analytics`.
    """
    unsourced = ("age", "difference", "expected", "known", "milestones")
    sourced = {
        name: table if table["kind"] in unsourced else {"topics": ["analytics"], **table}
        for name, table in signals.items()
    }
    level = {"shape": "ratio", "signal": next(iter(signals)), "of": 10, "weight": 1}
    return load_model(
        model_text(
            {"name": "small", **header},
            sourced,
            components or {"level": level},
            tiers,
            {
                "sources": sources or {},
                "standings": standings or {},
                "profiles": profiles or {},
                "floors": floors or {},
                "flags": flags or {},
                "signs": signs or {},
            },
            events,
            properties,
        )
    )


def model_text(
    header: Table,
    signals: Tables,
    components: Tables,
    tiers: Table | None = None,
    others: Mapping[str, Tables] | None = None,
    events: Table | None = None,
    properties: Table | None = None,
) -> str:
    """A model file; `others` are its named tables beside signals and components, `events` and `properties` its sets and
    synonyms."""
    tables: dict[str, Table] = {"model": header} | ({"tiers": tiers} if tiers else {})
    tables |= {"events": events} if events else {}
    tables |= {"properties": properties} if properties else {}
    for section, named in {"signals": signals, "components": components, **(others or {})}.items():
        tables |= {f"{section}.{name}": table for name, table in named.items()}
    lines = []
    for name, table in tables.items():
        lines.append(f"[{name}]")
        lines.extend(f"{key} = {_toml_value(value)}" for key, value in table.items())
    return "\n".join(lines)


def _toml_value(value: object) -> str:
    """JSON's texts, numbers and lists are TOML's too; only its objects are written another way."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    return json.dumps(value)
