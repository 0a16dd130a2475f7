"""What the properties are tried on: models of every kind, and histories that crowd around the windows' edges.

Everything is drawn from tables made beforehand: a draw is then one number, which is quick to make and to shrink.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st

from scoring.model.loader import PRESETS, load_preset, with_resolution
from scoring.model.model import Model
from tests.builders import Sent, at_ms
from tests.oracle import DAY_MS, UNITS_MS
from tests.properties.small_models import DEDUPE, WINDOWS, small_models

Table = dict[str, Any]
NOW_MS = at_ms("2026-05-10T10:20:30.400Z")


class History(NamedTuple):
    """Events in their order of arrival."""

    model: Model
    arrivals: list[Sent]

    @property
    def end_ms(self) -> int:
        """The time of the latest event."""
        return max(int(sent.body["timestamp"]) for sent in self.arrivals)


def _preset(name: str, resolution: str) -> Model:
    model = with_resolution(load_preset(name), resolution)
    return msgspec.structs.replace(model, header=msgspec.structs.replace(model.header, dedupe=DEDUPE))


PRESET_MODELS = st.sampled_from(
    [_preset(name, resolution) for name, resolution in itertools.product(PRESETS, ("1s", "1h", "1d"))]
)
"""The models that ship, at any resolution."""
ANY_MODEL = st.one_of(small_models(), small_models(), PRESET_MODELS)


# --- histories

NAMES = {
    "analytics": ("login", "export", "$exception", "Feature Flag-called", "$set"),
    "exceptions": ("$exception", "crash"),
    "billing": ("plan_changed", "subscription_started", "subscription_canceled", "payment_failed"),
    "tickets": ("ticket_opened", "support_ticket_opened", "ticket_closed"),
}
ACCOUNTS = ("acme", "acme", "globex", "tiny")
PROPERTIES: dict[str, tuple[Table, ...]] = {
    "analytics": (
        {},
        {"feature": "map", "nps": 9, "amount": 0.1},
        {"feature": 1, "seats": 3, "amount": 12.34567},
        {"feature": True, "amount": -7.5, "features": ["map", "export"]},
        {"feature": 2.5, "nps": 3, "plan": "pro", "amount": 1e9},
        {"feature": False, "amount": 2e9, "features": [], "renews": "2026-05-11"},
        {"feature": "", "nps": True, "mrr": "12", "amount": "12", "features": "map", "plan": ["pro"]},
        {"feature": None, "amount": True, "features": {"map": 1}, "ticket_id": "t1", "severity": "high"},
    ),
    "exceptions": ({}, {"seats": 0}, {"amount": 0.00005, "severity": "low"}),
    "billing": (
        {"mrr": 100, "plan": "pro", "seats": 1, "amount": 100},
        {"mrr": 99.5, "plan": "scale", "amount": 20, "renews": 1_767_398_399, "renews_at": "2026-02-28T23:30:00-02:00"},
        {"mrr": 99.5, "plan_name": "pro", "csat": "PRO"},
        {"mrr": 0, "plan": 7, "seats": 3.5, "renews": 1_768_000_000_500, "renewal_date": "2027-01-01"},
        {"mrr": None, "plan": "", "renews": 0, "renewal_date": "soon", "renews_at": 30},
    ),
    "tickets": (
        {},
        {"nps": 6.5, "csat": 4, "ticket_id": "t1", "severity": "high"},
        {"nps": 0, "csat": 1.5, "ticket_id": "t1", "severity": "low"},
        {"ticket_id": "t2", "severity": "none", "amount": 3},
        {"ticket_id": "t2", "severity": 3},
        {"ticket_id": "t1"},
        {"ticket_id": 7, "severity": "urgent"},
        {"ticketId": "t1", "priority": "Urgent", "satisfaction_rating": "good", "csat": None},
        {"ticket_id": "", "case_id": "t2", "severity": "", "priority": "P2 ", "csat": "offered", "satisfaction": 3},
        {"ticket_id": "7", "csat": "good"},
        {"ticket_id": 2.5, "severity": ["high"]},
        {"ticket_id": True, "severity": "high"},
        {"ticket_id": ""},
    ),
}

ODD_PROPERTIES: dict[str, tuple[Table, ...]] = {
    "analytics": ({"feature": "map ", "amount": "1"}, {"feature": 1.0, "nps": -3}, {"feature": "NULL"}),
    "exceptions": ({"seats": -1},),
    "billing": ({"mrr": -5, "plan": "scale"}, {"mrr": 1e16, "seats": -1}),
    "tickets": (
        {"ticket_id": " t1\u200b", "severity": "high"},
        {"ticket_id": 7.0, "severity": "low"},
        {"ticket_id": "null", "severity": "high"},
    ),
}
"""Other spellings of the same, and values that no signal can use."""


def _bodies() -> list[list[Sent]]:
    """Every event but for its time and id, by topic."""
    return [
        [
            Sent(topic, {"account_id": account, "event": name, "properties": given} | user)
            for account, name, given in itertools.product(
                ACCOUNTS, NAMES[topic], PROPERTIES[topic] + ODD_PROPERTIES[topic]
            )
            for user in (
                {},
                {"user_id": "ann"},
                {"user_id": 7},
                {"user_id": 7.0},
                {"user_id": " ann"},
                {"user_id": "NULL"},
            )
        ]
        for topic in NAMES
    ]


def _instants() -> list[int]:
    """The last hundred days: within a hair of the windows' edges, and anywhere."""
    spans = sorted({int(text[:-1]) * UNITS_MS[text[-1]] for windows in WINDOWS.values() for text in windows})
    hairs = (0, 1, -1, 400, -400, 999, 1_000, -1_000, 900_000, -900_000, 3_600_000, -3_600_000)
    edges = {
        NOW_MS - times * span - days * DAY_MS + hair
        for span, times, days, hair in itertools.product(spans, (0, 1, 2), (0, 0, 1, 14, 30), hairs)
    }
    anywhere = random.Random(2).sample(range(NOW_MS - 100 * DAY_MS, NOW_MS), 200)
    return sorted({at for at in (*edges, *anywhere) if at >= NOW_MS - 100 * DAY_MS}, reverse=True)


_BODY = st.one_of([st.sampled_from(bodies) for bodies in _bodies()])
_INSTANT = st.sampled_from(_instants())
_CLOSE = st.sampled_from([at for at in _instants() if at > NOW_MS - 3 * DAY_MS])
_EVENT = st.tuples(_BODY, st.one_of(_INSTANT, _CLOSE))
_CROWD_DAYS = (0, 0, 0, 1, 3, 7, 8, 13, 14, 20, 21, 34, 35)
_CROWD_INSTANT = st.sampled_from([NOW_MS - days * DAY_MS - hair for days in _CROWD_DAYS for hair in (0, 3_600_000)])
_CROWD = {
    topic: st.lists(
        st.tuples(st.sampled_from([body for body in bodies if body.body["account_id"] == "acme"]), _CROWD_INSTANT),
        min_size=8,
        max_size=24,
    )
    for topic, bodies in zip(NAMES, _bodies(), strict=True)
    if topic in ("analytics", "tickets")
}
"""Many events of one account and one topic at few instants: they meet, follow one another, and undo what was done."""
_EVENTS = st.one_of(
    st.lists(_EVENT, min_size=1, max_size=24),
    st.lists(_EVENT, min_size=12, max_size=24),
    _CROWD["analytics"],
    _CROWD["tickets"],
)
_EVENTS_OF_TICKETS = st.one_of(_EVENTS, _CROWD["tickets"])
_REPEATS = st.lists(st.tuples(st.integers(0, 23), st.integers(0, 27)), max_size=4)
_LATE = st.sets(st.integers(0, 27), max_size=4)


@st.composite
def histories(draw: st.DrawFn, models: st.SearchStrategy[Model] = ANY_MODEL) -> History:
    """Some accounts' events over a hundred days: late, repeated, and crowded around the edges of windows."""
    model = draw(models)
    opens = any("closed_by" in signal.LISTS for signal in model.signals.values())
    drawn = draw(_EVENTS_OF_TICKETS if opens else _EVENTS)
    counters: Counter[tuple[str, str]] = Counter()
    events = [_numbered(body, at, number, counters) for number, (body, at) in enumerate(drawn)]
    arrivals = list(events)
    for which, where in draw(_REPEATS):
        arrivals.insert(where % (len(arrivals) + 1), events[which % len(events)])
    if draw(st.booleans()):  # mostly in order, with a few that are late: the usual case
        late = draw(_LATE)
        in_time = [sent for number, sent in enumerate(arrivals) if number not in late]
        in_time.sort(key=lambda sent: int(sent.body["timestamp"]))
        arrivals = in_time + [sent for number, sent in enumerate(arrivals) if number in late]
    return History(model, arrivals)


def _numbered(body: Sent, at: int, number: int, counters: Counter[tuple[str, str]]) -> Sent:
    """Three in four events have an id: a repeat of one without is an event of its own. Ids count within a topic and a
    name, so that they come again under others."""
    name = body.topic, str(body.body["event"])
    counters[name] += 1
    named = {} if number % 4 == 3 else {"id": counters[name]}
    return Sent(body.topic, body.body | {"timestamp": at} | named)
