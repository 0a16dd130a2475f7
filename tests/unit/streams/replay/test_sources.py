"""Which sources are connected: the same from snapshots of a replay as from the file itself."""

from __future__ import annotations

from pathlib import Path

import msgspec

from scoring.plan.plan import Plan
from streams.replay.event_file import EventFile
from streams.replay.event_line import read_event
from streams.replay.sources import SourceState, sources_in, sources_in_file
from tests.builders import Sent, a_model, a_snapshot, an_exception, at_ms, ticket, usage
from tests.support.plain.replay import replay

NOON = at_ms("2026-03-01T12:00Z")
LINE = {"shape": "linear", "signal": "errors", "points": [[0, 100], [10, 0]], "weight": 1}
MODEL = a_model(
    {"errors": {"kind": "count", "window": "14d", "topics": ["exceptions"]}},
    {
        "friction": LINE | {"source": "errors"},
        "support": LINE | {"source": "tickets"},
        "both": {"shape": "blend", "parts": {"friction": 1, "support": 1}, "weight": 1},
    },
    sources={
        "errors": {"topics": ["exceptions"], "label": "errors of the product"},
        "tickets": {"topics": ["tickets"], "property": "severity"},
        "answers": {"topics": ["tickets"], "property": "csat"},
    },
)
SENT = [
    usage("acme", NOON),
    an_exception("acme", NOON - 5_000),
    an_exception("globex", NOON - 3_000),
    an_exception("globex", NOON - 4_000),
    ticket("acme", NOON, severity=None),
    ticket("tiny", NOON, csat=4),
]
EXPECTED = [
    SourceState(
        name="errors",
        label="errors of the product",
        is_connected=True,
        accounts=2,
        latest="2026-03-01 11:59:57",
        components=("friction", "both"),
    ),
    SourceState(
        name="tickets", label="tickets", is_connected=False, accounts=0, latest="", components=("support", "both")
    ),
    SourceState(
        name="answers", label="answers", is_connected=True, accounts=1, latest="2026-03-01 12:00:00", components=()
    ),
]


def line(sent: Sent) -> bytes:
    return msgspec.json.encode({"topic": sent.topic, **sent.body})


def test_from_the_snapshots_of_a_replay() -> None:
    plan = Plan(MODEL)
    events = [read_event(plan.decoder, line(sent), 0, 1 << 50)[0] for sent in SENT]
    events.sort(key=lambda event: event.occurred_at_ms)
    answers = replay(plan, events, [NOON])
    assert sources_in(MODEL, answers) == EXPECTED
    assert sources_in(MODEL, [msgspec.structs.replace(each, model_version=9) for each in answers]) == [
        msgspec.structs.replace(each, is_connected=False, accounts=0, latest="") for each in EXPECTED
    ]


def test_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"\n".join([*map(line, SENT), b"{}", b"no JSON"]))
    with EventFile(str(path)) as file:
        assert sources_in_file(Plan(MODEL), file, 1 << 50) == EXPECTED


def test_what_the_norm_knows_is_connected_though_the_accounts_that_sent_it_are_gone() -> None:
    answer = a_snapshot(model="small", norm={"source:tickets": 1.0, "source:errors": 0.0})
    assert [(each.name, each.is_connected, each.accounts) for each in sources_in(MODEL, [answer])] == [
        ("errors", False, 0),
        ("tickets", True, 0),
        ("answers", False, 0),
    ]
