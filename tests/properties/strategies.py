"""What the properties are tried on: small models of every kind, and histories that crowd around the windows' edges.

Everything is drawn from tables made beforehand: a draw is then one number, which is quick to make and to shrink.
"""

from __future__ import annotations

import itertools
import random
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st

from scoring.model import PRESETS, Model, load_preset
from tests.builders import Sent, a_model, at_ms
from tests.oracle import DAY_MS, UNITS_MS

Table = dict[str, Any]
NOW_MS = at_ms("2026-05-10T10:20:30.400Z")
DEDUPE = "400d"
"""Beyond every history here: a duplicate is one however late it comes."""
WINDOWS = {
    "1s": ("1s", "90s", "1h", "1d", "3d"),
    "15m": ("15m", "2h", "1d", "14d"),
    "1h": ("1h", "1d", "7d", "14d", "30d"),
    "1d": ("1d", "7d", "14d", "30d"),
}


class History(NamedTuple):
    """Events in their order of arrival."""

    model: Model
    arrivals: list[Sent]

    @property
    def end_ms(self) -> int:
        """The time of the latest event."""
        return max(int(sent.body["timestamp"]) for sent in self.arrivals)


# --- models

FILTERS: tuple[Table, ...] = (
    {"topics": ["analytics"]},
    {"topics": ["analytics"], "exclude": ["$exception"]},
    {"topics": ["analytics", "tickets"], "events": ["login", "ticket_opened"]},
    {"topics": ["exceptions"], "also": ["$exception"]},
    {"topics": ["analytics", "exceptions", "billing", "tickets"]},
)
LASTS: tuple[Table, ...] = (
    {"property": "mrr", "minimum": 0, "zero_on": ["subscription_canceled"]},
    {"property": "nps"},
    {"property": "seats", "zero_on": ["login"]},
    {"property": "plan", "type": "text"},
)
LINES = ([[0, 100], [3, 0]], [[1, 0], [2, 70], [4, 60], [30, 100]])
SHAPES: tuple[Table, ...] = (
    {"shape": "share_of_max"},
    {"shape": "inverse_share_of_max"},
    {"shape": "vs_own_peak", "peak": "AMOUNT"},
    {"shape": "trend", "prior": "AMOUNT", "min_history": "36h"},
    {"shape": "trend", "prior": "AMOUNT", "full": 1.0},
    {"shape": "ratio", "of": "AMOUNT"},
    {"shape": "ratio", "of": 3},
    {"shape": "linear", "points": LINES[0]},
    {"shape": "linear", "points": LINES[1]},
    {"shape": "linear", "points": LINES[1], "per": "AMOUNT"},
    {"shape": "capped", "cap": 2},
)


def _counts(resolution: str) -> list[Table]:
    return [
        {"kind": "count", "window": window, "prior": prior} | which
        for which, window, prior in itertools.product(FILTERS, WINDOWS[resolution], (False, True))
    ]


def _others(resolution: str) -> list[list[Table]]:
    """By kind, so that each kind is drawn as often as any other."""
    windows = WINDOWS[resolution]
    return [
        [
            {"kind": "distinct", "of": of, "window": window, "prior": prior} | which
            for of, window, prior, which in itertools.product(
                ("user", "event", "feature"), windows, (False, True), FILTERS[1:3]
            )
        ],
        [{"kind": "last"} | which | what for which, what in itertools.product(FILTERS, LASTS)],
        [{"kind": "last_at"} | which for which in FILTERS],
        [{"kind": "since_last"} | which for which in FILTERS],
        [{"kind": "age"}],
        [{"kind": "difference", "of": "count0", "minus": "count1"}],
        [
            {"kind": "peak", "window": window, "within": within} | which
            for window, within, which in itertools.product(("1d", "3d", "30d"), ("1d", "5d", "40d"), FILTERS)
        ],
    ]


_RESOLUTION = st.sampled_from(sorted(WINDOWS))
_COUNT = {resolution: st.sampled_from(_counts(resolution)) for resolution in WINDOWS}
_OTHER = {resolution: st.one_of([st.sampled_from(tables) for tables in _others(resolution)]) for resolution in WINDOWS}
_SHAPE = {"sum": st.sampled_from(SHAPES), "mean": st.sampled_from(SHAPES[:-1])}
_COMBINE = st.sampled_from(("mean", "mean", "sum"))
_WEIGHT = st.sampled_from((1, 20, 33.3))
_ANY = st.integers(0, 59)
_UP_TO_4 = st.integers(1, 4)


@st.composite
def small_models(draw: st.DrawFn) -> Model:
    """A model of a few signals and components, of all kinds and shapes."""
    resolution, combine = draw(_RESOLUTION), draw(_COMBINE)
    signals = {f"count{number}": draw(_COUNT[resolution]) for number in range(2)}
    signals |= {f"other{number}": draw(_OTHER[resolution]) for number in range(draw(_UP_TO_4))}
    numbers = [name for name, table in signals.items() if table["kind"] != "last_at" and table.get("type") != "text"]
    amounts = [name for name in numbers if signals[name]["kind"] in ("count", "distinct", "peak")]
    components = {}
    for number in range(draw(_UP_TO_4)):
        amount = amounts[draw(_ANY) % len(amounts)]
        table: Table = {"signal": numbers[draw(_ANY) % len(numbers)], "weight": draw(_WEIGHT)}
        table |= {key: amount if value == "AMOUNT" else value for key, value in draw(_SHAPE[combine]).items()}
        exceptions = draw(_ANY)
        if exceptions % 4 == 1:
            table["needs"] = amounts[exceptions % len(amounts)]
        if exceptions % 5 == 1:
            rule = {"signal": numbers[exceptions % len(numbers)], "at_least": exceptions % 3, "judgement": 50}
            table["when"] = [rule]
        components[f"part{number}"] = table
    return a_model(signals, components, resolution=resolution, dedupe=DEDUPE, combine=combine)


def _preset(name: str, resolution: str) -> Model:
    model = load_preset(name).with_resolution(resolution)
    return msgspec.structs.replace(model, header=msgspec.structs.replace(model.header, dedupe=DEDUPE))


PRESET_MODELS = st.sampled_from(
    [_preset(name, resolution) for name, resolution in itertools.product(PRESETS, ("1s", "1h", "1d"))]
)
"""The models that ship, at any resolution, with a dedupe horizon that spans the history."""
ANY_MODEL = st.one_of(small_models(), small_models(), PRESET_MODELS)


# --- histories

NAMES = {
    "analytics": ("login", "export", "$exception"),
    "exceptions": ("$exception", "crash"),
    "billing": ("plan_changed", "subscription_started", "subscription_canceled", "payment_failed"),
    "tickets": ("ticket_opened", "support_ticket_opened", "ticket_closed"),
}
ACCOUNTS = ("acme", "acme", "globex", "tiny")
PROPERTIES: dict[str, tuple[Table, ...]] = {
    "analytics": (
        {},
        {"feature": "map", "nps": 9},
        {"feature": 1, "seats": 3},
        {"feature": True},
        {"feature": 2.5, "nps": 3, "plan": "pro"},
        {"feature": "", "nps": True, "mrr": "12"},
    ),
    "exceptions": ({}, {"seats": 0}),
    "billing": (
        {"mrr": 100, "plan": "pro", "seats": 1},
        {"mrr": 99.5, "plan": "scale"},
        {"mrr": 0, "plan": 7, "seats": 3},
        {"mrr": None, "plan": ""},
    ),
    "tickets": ({}, {"nps": 6.5}, {"nps": 0}),
}


def _bodies() -> list[list[Sent]]:
    """Every event but for its time and id, by topic."""
    return [
        [
            Sent(topic, {"account_id": account, "event": name, "properties": given} | user)
            for account, name, given in itertools.product(ACCOUNTS, NAMES[topic], PROPERTIES[topic])
            for user in ({}, {"user_id": "ann"}, {"user_id": 7})
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
_EVENTS = st.one_of(st.lists(_EVENT, min_size=1, max_size=24), st.lists(_EVENT, min_size=12, max_size=24))
_REPEATS = st.lists(st.tuples(st.integers(0, 23), st.integers(0, 27)), max_size=4)
_LATE = st.sets(st.integers(0, 27), max_size=4)


@st.composite
def histories(draw: st.DrawFn, models: st.SearchStrategy[Model] = ANY_MODEL) -> History:
    """Some accounts' events over a hundred days: late, repeated, and crowded around the edges of windows."""
    model = draw(models)
    events = [_numbered(body, at, number) for number, (body, at) in enumerate(draw(_EVENTS))]
    arrivals = list(events)
    for which, where in draw(_REPEATS):
        arrivals.insert(where % (len(arrivals) + 1), events[which % len(events)])
    if draw(st.booleans()):  # mostly in order, with a few that are late: the usual case
        late = draw(_LATE)
        in_time = [sent for number, sent in enumerate(arrivals) if number not in late]
        in_time.sort(key=lambda sent: int(sent.body["timestamp"]))
        arrivals = in_time + [sent for number, sent in enumerate(arrivals) if number in late]
    return History(model, arrivals)


def _numbered(body: Sent, at: int, number: int) -> Sent:
    """Three in four events have an id: a repeat of one without is an event of its own."""
    named = {} if number % 4 == 3 else {"id": f"id{number}"}
    return Sent(body.topic, body.body | {"timestamp": at} | named)
