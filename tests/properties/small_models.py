"""Small models of every kind of signal and every shape of component, for the properties to be tried on.

Everything is drawn from tables made beforehand: a draw is then one number, which is quick to make and to shrink.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

from scoring.model.loader import with_resolution
from scoring.model.model import Model, ModelError
from tests.builders import a_model

Table = dict[str, Any]
T = TypeVar("T")
DEDUPE = "72h"
"""Far less than the histories of the properties: by the time of events, a duplicate is one however late it comes."""
WINDOWS = {
    "6s": ("6s", "90s", "1h", "1d", "3d"),
    "15m": ("15m", "2h", "1d", "14d"),
    "1h": ("1h", "1d", "7d", "14d", "30d"),
    "1d": ("1d", "7d", "14d", "30d"),
}
PROPERTIES: Table = {"mine": {"names": ["amount", "@csat", "!csat_score", "mrr"], "values": {"map": 2, "Pro": 7.5}}}
FILTERS: tuple[Table, ...] = (
    {"topics": ["analytics"]},
    {"topics": ["analytics"], "exclude": ["$exception"]},
    {"topics": ["analytics", "tickets"], "events": ["login", "ticket_opened"]},
    {"topics": ["exceptions"], "also": ["$exception"]},
    {"topics": ["analytics"], "exclude": ["@machine", "!$Set"]},
    {"topics": ["analytics", "tickets"], "events": ["@flags", "log*", "*ticket_opened"], "also": ["@mine"]},
    {"topics": ["analytics", "exceptions", "billing", "tickets"]},
)
WHERES: tuple[Table, ...] = (
    *({},) * 6,
    {"where": [{"property": "feature", "exists": True}]},
    {"where": [{"property": "nps", "exists": False}]},
    {"where": [{"property": "amount", "at_least": 0.5, "at_most": 20}]},
    {"where": [{"property": "feature", "is": [1, "map", False]}]},
    {"where": [{"property": "feature", "is": [True, "map"]}, {"property": "nps", "at_most": 9}]},
    {"where": [{"property": "severity", "is": "high"}]},
    {"where": [{"property": "@severity", "is": ["high", "urgent"]}, {"property": "@mine", "exists": True}]},
)
LASTS: tuple[Table, ...] = (
    {"property": "mrr", "minimum": 0, "zero_on": ["subscription_canceled"]},
    {"property": "nps"},
    {"property": "seats", "zero_on": ["login"]},
    {"property": "amount", "zero_on": ["@mine"]},
    {"property": "features", "type": "length"},
    {"property": "plan", "type": "text"},
    {"property": "@mine", "minimum": 0},
    {"property": "@plan", "type": "text"},
)
UNTILS: tuple[Table, ...] = ({"property": "renews"}, {"property": "@renewal_date"})
STEPS: tuple[Table, ...] = (
    {"name": "login", "events": ["Log in", "@mine"]},
    {"name": "map", "events": ["login", "export"], "where": [{"property": "feature", "is": "map"}], "due": "36h"},
    {"name": "paid", "topics": ["billing"], "events": ["subscription_started", "plan_changed"], "weight": 2.5},
    {"name": "asked", "topics": ["tickets", "exceptions"], "events": ["ticket_opened", "crash"], "due": "14d"},
)
MILESTONES: tuple[Table, ...] = tuple(
    {"kind": "milestones", "steps": list(steps)} for steps in (STEPS, STEPS[1:2], STEPS[1:], STEPS[2:])
)
SPANS = (("1d", "1d"), ("1d", "6d"), ("2d", "40d"), ("7d", "7d"), ("7d", "30d"), ("30d", "180d"))
USUALS: tuple[Table, ...] = tuple(
    {"window": one, "within": other, "of": of, "quantile": share}
    for (one, other), of, share in itertools.product(SPANS, ("events", "days"), (0.5, 0.1, 1))
)
GAPS: tuple[Table, ...] = ({}, {"nth": 2}, {"nth": 3, "within": "30d"}, {"nth": 1, "within": "8d"})
KNOWN_OF_USUAL: Table = {"kind": "known", "of": "USUAL"}
KNOWN_OF_GAP: Table = {"kind": "known", "of": "GAP"}
WANTED: dict[str, Table] = {
    "USUAL": {"kind": "usual", "window": "7d", "within": "30d", "topics": ["analytics"]},
    "SEASON": {"kind": "season", "window": "7d", "back": "28d", "topics": ["analytics"]},
    "GAP": {"kind": "usual_gap", "nth": 2, "topics": ["analytics"]},
    "PEAK": {"kind": "peak", "window": "3d", "within": "40d", "topics": ["analytics"]},
    "SINCE": {"kind": "since_last", "topics": ["analytics", "tickets"], "events": ["login", "ticket_closed"]},
    "TEXT": {"kind": "last", "type": "text", "property": "plan", "topics": ["billing", "analytics"]},
    "STEPS": {"kind": "milestones", "steps": list(STEPS)},
}
"""What a shape, or a signal, wants a signal of: there, when no signal of the model is one."""
OPENS: tuple[Table, ...] = (
    {"topics": ["tickets"], "events": ["ticket_opened"]},
    {"topics": ["tickets"], "events": ["ticket_opened", "support_ticket_opened"], "also": ["ticket_closed", "export"]},
    {"topics": ["tickets"], "where": [{"property": "severity", "is": ["high", "low"]}]},
    {"topics": ["tickets"], "events": ["*opened"], "closed_by": ["Ticket Closed", "@mine"]},
    {"topics": ["tickets"], "events": ["ticket_opened"], "where": [{"property": "severity", "exists": True}]},
)
ENDED: tuple[Table, ...] = (
    {"topics": ["billing"], "events": ["subscription_started", "plan_changed"], "by": "plan"},
    {"topics": ["billing"], "events": ["subscription_started"]},
    {"topics": ["tickets"], "events": ["*opened"], "ended_by": ["ticket_closed"], "by": "ticket_id"},
    {"topics": ["billing"], "where": [{"property": "amount", "at_least": 50}], "also": ["login"], "by": "plan"},
    {"topics": ["billing"], "events": ["plan_changed"], "by": "@mine"},
)
SOURCES: tuple[Table, ...] = (
    {"topics": ["exceptions"], "also": ["$exception"]},
    {"topics": ["tickets"], "events": ["*opened"]},
    {"topics": ["billing", "analytics"], "property": "nps"},
    {"topics": ["billing"], "events": ["payment_failed"]},
    {"topics": ["billing"], "property": "@mine"},
    {"topics": ["tickets"], "where": [{"property": "severity", "is": "high"}], "property": "csat"},
)
LINES = ([[0, 100], [3, 0]], [[1, 0], [2, 70], [4, 60], [30, 100]])
SHARES = [[0.3, 0], [0.5, 50], [0.8, 97], [0.9, 100]]
SHAPES: tuple[Table, ...] = (
    {"shape": "share_of_max"},
    {"shape": "inverse_share_of_max"},
    {"shape": "vs_own_peak", "peak": "PEAK"},
    {"shape": "trend", "prior": "NUMBER", "min_history": "36h"},
    {"shape": "trend", "prior": "NUMBER", "full": 1.0},
    {"shape": "trend", "prior": "NUMBER", "full": 0.5, "rise": 2.0, "flat": 70, "min_history": "1h"},
    {"shape": "trend", "signal": "count0", "prior": "count1", "full": 1.5, "rise": 5.0, "min_history": "1h"},
    {"shape": "ratio", "of": "NUMBER"},
    {"shape": "ratio", "of": 3},
    {"shape": "ratio", "of": 5, "key": "NUMBER", "key_of": 2},
    {"shape": "ratio", "of": "NUMBER", "key": "NUMBER", "key_of": "NUMBER", "emphasis": 1.5},
    {"shape": "linear", "points": LINES[0]},
    {"shape": "linear", "points": LINES[1]},
    {"shape": "linear", "points": LINES[1], "per": "NUMBER"},
    {"shape": "linear", "points": LINES[1], "per": "NUMBER", "prior": [0.5, 2]},
    {"shape": "vs_usual", "usual": "NUMBER", "points": SHARES},
    {"shape": "vs_usual", "usual": "NUMBER", "points": SHARES, "prior": 3},
    {"shape": "vs_usual", "usual": "PEAK", "points": SHARES, "prior": 0.7, "dispersion": "NUMBER", "least": 2},
    {"shape": "cadence", "signal": "SINCE", "due": 1},
    {"shape": "cadence", "signal": "SINCE", "due": 2.5, "lapse": 4, "never": 20},
    {"shape": "category", "signal": "TEXT", "values": {"pro": 90, "scale": 30.5}},
    {"shape": "category", "signal": "TEXT", "values": {"pro": 90}, "otherwise": 10},
    {"shape": "milestones", "signal": "STEPS"},
    {"shape": "capped", "cap": 2},
)
NUMBERED: tuple[Table, ...] = (
    {"at_least": 1},
    {"at_least": 0.5, "below": 2},
    {"above": 0},
    {"at_most": 3},
    {"below": 2.5},
    {"known": True},
    {"known": False},
)
WORDED: tuple[Table, ...] = ({"is": "pro"}, {"is": ["scale", ""]}, {"known": True}, {"known": False})
KNOWN = WORDED[2:]
INSTANTS = ("last_at", "ended")
UNTESTED = (*INSTANTS, "usual_gap", "known")
HEADERS: tuple[Table, ...] = (
    {},
    {},
    {"share_max": 0.3, "neutral": 20},
    {"share_max": 1, "provisional_below": 0.9},
    {"share_max": 0.9, "neutral": 100, "provisional_below": 0},
    {"neutral_weight": 10, "neutral": 69},
    {"neutral_weight": 33.3, "neutral": 20, "emphasis": 2},
    {"neutral_weight": 0.5, "emphasis": 3.7, "known_by": ["part0"]},
    {"emphasis": 1.5},
    {"share_max": 1, "emphasis": 2},
    {"known_by": ["part0"]},
)
FACTORS: tuple[Table, ...] = ({"half": 4}, {"half": 0.5}, {"fade": 3}, {"from": 0, "to": 2.5}, {"from": 1, "to": 7})
ORDERS: tuple[tuple[str, ...], ...] = (
    (),
    ("ticket_closed", "ticket_opened", "login"),
    ("subscription_canceled", "plan_changed", "subscription_started"),
)
WEIGHTS = (1, 20, 33.3, 0)


def _filtered(kind: str, *which: Table, filters: tuple[Table, ...] = FILTERS) -> list[Table]:
    """Every filter with every condition on properties, for every one of `which`."""
    return [
        {"kind": kind, **where, **filter_, **table}
        for filter_, where, table in itertools.product(filters, WHERES, which or ({},))
    ]


def _kinds(resolution: str) -> dict[str, list[Table]]:
    """Signals by kind, so that each kind is drawn as often as any other."""
    windows = WINDOWS[resolution]
    longer = (*windows, *windows[2:], *windows[2:])
    spans: list[Table] = [{"window": window, "prior": prior} for window in longer for prior in (False, False, True)]
    amounts = [{"property": name, **span} for name in ("amount", "seats", "@csat", "@mine") for span in spans]
    distinct = [{"of": of, **span} for of in ("user", "event", "day", "feature", "@severity") for span in spans]
    peaks: list[Table] = [
        {"window": one, "within": other} for one in ("1d", "3d", "30d") for other in ("1d", "5d", "40d")
    ]
    backs: list[Table] = [{"window": one, "back": other} for one in ("1d", "7d") for other in ("1d", "7d", "28d")]
    seasons = [back | {"of": of} for back in backs for of in ("events", "days")]
    return {
        "count": _filtered("count", *spans),
        "sum": _filtered("sum", *amounts),
        "mean": _filtered("mean", *amounts),
        "distinct": _filtered("distinct", *distinct, filters=FILTERS[1:3]),
        "last": _filtered("last", *LASTS),
        "until": _filtered("until", *UNTILS, filters=(*FILTERS[:2], FILTERS[-1])),
        "last_at": _filtered("last_at"),
        "since_last": _filtered("since_last"),
        "since_nth": _filtered("since_last", {"nth": 2}, {"nth": 3, "within": "20d"}, {"nth": 2, "within": "5d"}),
        "ended": [{"kind": "ended", "ended_by": ["subscription_canceled", "@mine"]} | table for table in ENDED],
        "age": [{"kind": "age"}],
        "difference": [{"kind": "difference", "of": "count0", "minus": "count1"}],
        "peak": _filtered("peak", *peaks),
        "volatility": _filtered("volatility", {"weeks": 2}, {"weeks": 5}),
        "season": _filtered("season", *seasons),
        "usual": _filtered("usual", *USUALS),
        "average": _filtered("average", *({"window": one, "within": other} for one, other in SPANS)),
        "dispersion": _filtered("dispersion", {"weeks": 4, "back": "1d"}, {"weeks": 6, "back": "9d"}),
        "days": _filtered("days", {"window": "1d"}, {"window": "3d"}, {"window": "30d"}),
        "usual_gap": _filtered("usual_gap", *GAPS),
        "known": [KNOWN_OF_USUAL, KNOWN_OF_GAP],
        "expected": [{"kind": "expected", "usual": "USUAL", "season": "SEASON", "margin": each} for each in (1, 0.5)],
        "open": _opens(windows),
        "duration": _durations(windows),
        "milestones": list(MILESTONES),
    }


def _opens(windows: tuple[str, ...]) -> list[Table]:
    weighed = {"weigh_by": "severity", "weights": {"high": 3, "low": 0.25, "none": 0}}
    measures: tuple[Table, ...] = (
        {},
        {"measure": "oldest"},
        {"measure": "weight"} | weighed,
        {"measure": "weight", "item": "@ticket_id"} | weighed | {"weigh_by": "@severity"},
        weighed,
    )
    return [
        {"kind": "open", "item": "ticket_id", "closed_by": ["ticket_closed"], "within": within} | which | measure
        for which, within, measure in itertools.product(OPENS, (*windows[1:], "90d"), measures)
    ]


def _durations(windows: tuple[str, ...]) -> list[Table]:
    spans = itertools.product(("median", "mean"), windows[1:], (*windows[1:], "90d"))
    return [
        {"kind": "duration", "item": "ticket_id", "closed_by": ["ticket_closed"]}
        | which
        | {"measure": measure, "window": window, "within": within}
        for which, (measure, window, within) in itertools.product(OPENS, spans)
    ]


_RESOLUTION = st.sampled_from(sorted(WINDOWS))
_COUNT = {resolution: st.sampled_from(_kinds(resolution)["count"]) for resolution in WINDOWS}
_SIGNAL = {
    resolution: st.one_of([st.sampled_from(tables) for tables in _kinds(resolution).values()]) for resolution in WINDOWS
}
_IN_FULL = [shape for shape in SHAPES if shape["shape"] != "vs_usual" or "prior" not in shape]
"""The shapes without evidence of their own: points that add up take these alone."""
_SHAPE = {"sum": st.sampled_from((*_IN_FULL, SHAPES[-1], SHAPES[-1])), "mean": st.sampled_from(SHAPES[:-1])}
_COMBINE = st.sampled_from(("mean", "mean", "sum"))
_ANY = st.integers(0, 59)
_UP_TO_4 = st.integers(1, 4)


class _Parts:
    """Draws what a model says of its signals: components, conditions, profiles. It adds the signals that they want."""

    def __init__(self, draw: st.DrawFn, signals: dict[str, Table], *, is_mean: bool) -> None:
        self._draw = draw
        self._signals = signals
        self._is_mean = is_mean
        self.sources = {f"source{number}": self.any_of(SOURCES) for number in range(self._up_to(2))}

    def component(self, shape: Table) -> Table:
        table = {"weight": self.any_of(WEIGHTS), "signal": "NUMBER"} | shape
        for key, value in table.items():
            if value == "NUMBER":
                table[key] = self._number()
            elif isinstance(value, str) and value in WANTED:
                table[key] = self._like(value)
        return table | self._exceptions() | self._evidence()

    def blends(self, names: Sequence[str]) -> dict[str, Table]:
        """Up to two, of these components and of each other."""
        blends: dict[str, Table] = {}
        for number in range(self._up_to(2)):
            parts = {name: self.any_of((1, 2.5)) for name in (*names, *blends) if self._up_to(1)}
            table = {"shape": "blend", "weight": self.any_of(WEIGHTS), "parts": parts or {names[0]: 1}}
            blends[f"blend{number}"] = table | self._exceptions() | self._evidence()
        return blends

    def profiles(self, names: Sequence[str]) -> dict[str, Table]:
        """Up to two, each with a rank of its own."""
        profiles: dict[str, Table] = {}
        for number in range(self._up_to(2)):
            weights = {name: self.any_of((1, 5, 50.5)) for name in names if self._up_to(1) or name == "part0"}
            profiles[f"profile{number}"] = {
                "when": self.conditions(),
                "weights": weights,
                "rank": -number if self._up_to(1) else number,
                "provisional": not self._up_to(2),
            }
        return profiles

    def standings(self) -> dict[str, Table]:
        """None in half of the models, since an account in one says nothing else."""
        return {f"standing{number}": {"when": self.conditions()} for number in range(max(0, self._up_to(3) - 1))}

    def floors(self) -> dict[str, Table]:
        return {f"floor{at}": {"to": at, "when": self.conditions()} for at in (45, 20, 0)[: self._up_to(3)]}

    def flags(self) -> dict[str, Table]:
        return {f"flag{number}": {"when": self.conditions()} for number in range(self._up_to(2))}

    def signs(self) -> dict[str, Table]:
        """One of each count of whole days up to now, told very soon."""
        return {
            f"sign_{name}": {
                "signal": name,
                "at_least": 2,
                "days": 1,
            }
            for name, table in self._signals.items()
            if table["kind"] == "count" and not table.get("prior") and table["window"][-1] == "d"
        }

    def conditions(self) -> list[Table]:
        """One or two, of signals of their own."""
        names = list(self._signals)
        first = self._up_to(len(names) - 1)
        return [self._condition(names[(first + number) % len(names)]) for number in range(1 + self._up_to(1))]

    def any_of(self, choices: Sequence[T]) -> T:
        return choices[self._up_to(len(choices) - 1)]

    def _exceptions(self) -> Table:
        which = self._up_to(7)
        table: Table = {"needs": self._number()} if which in (1, 2) else {}
        if self.sources and not self._up_to(2):
            table["source"] = self.any_of(list(self.sources))
        if which in (2, 3):
            own, *others = self.conditions()
            table["when"] = [own | {"judgement": 50} | ({"and": others} if others else {})]
            table["when"].append(self._condition(own["signal"]) | {"judgement": self.any_of((0, 99.5))})
        return table

    def _evidence(self) -> Table:
        """None, one or two factors, each of a signal of its own."""
        factors = [{"signal": self._number()} | self.any_of(FACTORS) for _ in range(max(0, self._up_to(4) - 2))]
        return {"evidence": factors} if factors and self._is_mean else {}

    def _condition(self, signal: str) -> Table:
        table = self._signals[signal]
        about = KNOWN if table["kind"] in UNTESTED else WORDED if table.get("type") == "text" else NUMBERED
        return {"signal": signal} | self.any_of(about)

    def _number(self) -> str:
        is_number = {
            name: each["kind"] not in INSTANTS for name, each in self._signals.items() if each.get("type") != "text"
        }
        return self.any_of([name for name, counts in is_number.items() if counts])

    def _like(self, wanted: str) -> str:
        """A signal of the wanted kind (and type)."""
        like = WANTED[wanted]
        names = [
            name
            for name, table in self._signals.items()
            if (table["kind"], table.get("type")) == (like["kind"], like.get("type"))
        ]
        if not names:
            self._signals[wanted.lower()] = like
        return self.any_of(names or [wanted.lower()])

    def _up_to(self, most: int) -> int:
        return self._draw(_ANY) % (most + 1)


@st.composite
def small_models(draw: st.DrawFn) -> Model:
    """A model of a few signals and components, of all kinds and shapes."""
    resolution, combine = draw(_RESOLUTION), draw(_COMBINE)
    signals = {"count0": draw(_COUNT[resolution])}
    signals["count1"] = draw(_COUNT[resolution]) if draw(_ANY) % 2 else signals["count0"] | {"prior": True}
    signals |= {f"other{number}": draw(_SIGNAL[resolution]) for number in range(1 + draw(_UP_TO_4))}
    _add_operands(signals)
    is_mean = combine == "mean"
    parts = _Parts(draw, signals, is_mean=is_mean)
    plain = {f"part{number}": parts.component(draw(_SHAPE[combine])) for number in range(draw(_UP_TO_4))}
    plain["part0"]["weight"] = 20
    blends = parts.blends(list(plain))
    components = parts.any_of([plain | blends, blends | plain])
    model = a_model(
        signals,
        components,
        sources=parts.sources,
        standings=parts.standings(),
        profiles=parts.profiles(list(components)) if is_mean else {},
        floors=parts.floors(),
        flags=parts.flags(),
        events={"mine": ["ex*", "!exports"]},
        properties=PROPERTIES,
        signs=parts.signs(),
        resolution=resolution,
        dedupe=DEDUPE,
        combine=combine,
        order=parts.any_of(ORDERS),
        **(parts.any_of(HEADERS) if is_mean else {}),
    )
    return _finest(model) if resolution == "6s" and parts.any_of((True, False)) else model


def _add_operands(signals: dict[str, Table]) -> None:
    """Put signals in the place of those that others want: of the model where any will do, else new ones."""
    by_kind = {table["kind"]: name for name, table in reversed(signals.items())}
    for name, table in list(signals.items()):
        for key in ("of", "usual", "season"):
            if (wanted := WANTED.get(table.get(key, ""))) is None:
                continue
            held = by_kind.get(wanted["kind"]) if table["kind"] == "known" else None
            operand = held or table[key].lower()
            table = signals[name] = table | {key: operand}
            signals.setdefault(operand, wanted)


def _finest(model: Model) -> Model:
    """At a resolution of one second, unless too much would be kept for that."""
    try:
        return with_resolution(model, "1s")
    except ModelError:
        return model
