"""The fold against SQL: `usage-trend-friction` by DuckDB, from the raw file, at instants and resolutions of chance."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest

from scoring.event.event import Event
from scoring.instants import DAY_MS, HOUR_MS, parse_duration, parse_instant, rfc3339
from scoring.model.loader import with_resolution
from scoring.plan.plan import Plan
from streams.model_files import read_model
from streams.replay.event_file import EventFile
from tests.support.plain.replay import read_history, replay
from tests.support.shared_data import shared

SQL = Path(__file__).parents[1] / "sql" / "usage_trend_friction.sql"
MODEL = read_model("usage-trend-friction")
RESOLUTIONS = ("1s", "1h", "1d")
NOW_MS = parse_instant("2026-06-01T00:00:00Z")
SEED = 20_220_930
FIRST_MS = parse_instant("2026-01-01T00:00:00Z")

Row = tuple[object, ...]
"""An account's facts in the model's order, its id before them and its score after."""


class Truth:
    """One history twice: as events for the fold, and as a table that DuckDB made of the same file."""

    def __init__(self, file: Path) -> None:
        with EventFile(str(file)) as events:
            history = read_history(events, Plan(MODEL), NOW_MS)
        self.events: Sequence[Event] = history.events
        self.refused = sum(each.count for each in history.refused)
        self.database = duckdb.connect()
        self.database.execute("SET VARIABLE event_files = [$file]", {"file": str(file)})
        self.database.execute(SQL.read_text("utf-8"))

    def by_sql(self, as_of_ms: int, resolution_ms: int) -> list[Row]:
        asked = self.database.execute(
            "FROM usage_trend_friction($as_of_ms, $resolution_ms)",
            {"as_of_ms": as_of_ms, "resolution_ms": resolution_ms},
        )
        assert [name for name, *_ in asked.description or ()] == ["account_id", *MODEL.signals, "score"]
        return asked.fetchall()


@pytest.fixture(scope="module")
def churnsim() -> Iterator[Truth]:
    truth = Truth(shared("data/churnsim/events.ndjson.gz"))
    yield truth
    truth.database.close()


@pytest.fixture(scope="module")
def motley(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Truth]:
    """A history with what churnsim lacks: errors, tickets, ids sent twice, every way to write a time, no order."""
    file = tmp_path_factory.mktemp("motley") / "events.ndjson"
    file.write_text("\n".join(motley_lines(random.Random(SEED))))
    truth = Truth(file)
    yield truth
    truth.database.close()


def motley_lines(chance: random.Random) -> list[str]:
    """4,000 events of twelve accounts in 90 days, and a copy of some of them, up to two days later."""
    lines: list[str] = []
    for number in range(4_000):
        at_ms = FIRST_MS + chance.randrange(90 * DAY_MS // 500) * 500
        event = motley_event(chance, number)
        lines.append(json.dumps({**event, "timestamp": written(chance, at_ms)}))
        if "id" in event and chance.random() < 0.3:
            again_ms = at_ms + chance.choice((0, chance.randrange(2 * DAY_MS)))
            lines.append(json.dumps({**event, "timestamp": written(chance, again_ms)}))
    chance.shuffle(lines)
    return lines


def motley_event(chance: random.Random, number: int) -> dict[str, object]:
    names = (
        "login",
        "report_run",
        "$exception",
        "support_ticket_opened",
        "ticket_opened",
        "plan_changed",
        "seat_count_set",
    )
    billing = ("subscription_started", "plan_changed", "seat_count_set", "subscription_canceled", "invoice_paid")
    topic = chance.choice(("analytics",) * 6 + ("exceptions", "exception", "tickets", "ticket", "billing", "billing"))
    event: dict[str, object] = {"topic": topic, "account_id": f"account-{int(12 * chance.random() ** 2)}"}
    event["event"] = chance.choice(billing if topic == "billing" else names)
    if topic.startswith("exception") and chance.random() < 0.5:
        del event["event"]
    if chance.random() < 0.5:
        event["id"] = chance.choice((number, f"e{number}"))
    if chance.random() < 0.5:
        mrr = chance.choice((0, 99.5, 1_200, 10**12, -1, "1200", True, None, [1]))
        event["properties"] = {"mrr": mrr, "plan": chance.choice(("pro", "scale «ü»", "", 7, None))}
    return event


def written(chance: random.Random, at_ms: int) -> str | float:
    """A time (to the half second, so that it is exact in seconds too) in one of the ways that Vitals reads."""
    plain = rfc3339(at_ms).removesuffix("Z")
    east = rfc3339(at_ms + 5 * HOUR_MS + HOUR_MS // 2).removesuffix("Z")
    return chance.choice((f"{plain}Z", plain, f"{east}+05:30", at_ms, at_ms / 1_000))


def instants(events: Sequence[Event]) -> list[int]:
    """Twenty in the span of `events`: ten anywhere, and ten that are the very instant of an event."""
    chance = random.Random(SEED)
    first_ms, last_ms = events[0].occurred_at_ms, events[-1].occurred_at_ms
    anywhere = [chance.randrange(first_ms, last_ms) for _ in range(10)]
    return sorted(anywhere + [event.occurred_at_ms for event in chance.sample(events, 10)])


def assert_equal(truth: Truth, resolution: str) -> int:
    """Compare at twenty instants; answers how many rows were compared."""
    plan = Plan(with_resolution(MODEL, resolution))
    by_instant: dict[int, list[Row]] = {}
    for answer in replay(plan, truth.events, instants(truth.events)):
        row = (answer.account_id, *answer.facts.values(), answer.score)
        by_instant.setdefault(answer.as_of_ms, []).append(row)
    assert len(by_instant) == 20
    for as_of_ms, folded in by_instant.items():
        should = truth.by_sql(as_of_ms, parse_duration(resolution))
        assert [row[:-1] for row in folded] == [row[:-1] for row in should], rfc3339(as_of_ms)
        scores = [row[-1] for row in should]
        assert [row[-1] for row in folded] == pytest.approx(scores, abs=1e-9, rel=0), rfc3339(as_of_ms)
    return sum(map(len, by_instant.values()))


@pytest.mark.slow
@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_a_real_history_is_what_sql_says_at_twenty_instants(churnsim: Truth, resolution: str) -> None:
    assert churnsim.refused == 0
    assert assert_equal(churnsim, resolution) > 1_500


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_errors_tickets_repeats_and_odd_values_are_what_sql_says(motley: Truth, resolution: str) -> None:
    assert motley.refused == 0
    assert assert_equal(motley, resolution) > 200


def test_the_resolutions_differ_so_sql_tells_them_apart(motley: Truth) -> None:
    as_of_ms = FIRST_MS + 60 * DAY_MS + 7 * HOUR_MS
    by_second, by_hour, by_day = (motley.by_sql(as_of_ms, parse_duration(each)) for each in RESOLUTIONS)
    assert by_second != by_hour != by_day != by_second
