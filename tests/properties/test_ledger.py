"""The ledger is conserved: whatever happens to accounts and workers, tiers, standings and the rest are the total."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scoring.plan.plan import Plan
from streams.engine.ledger import cents_of
from tests.builders import a_model, at_ms, usage
from tests.support.examples import examples
from tests.support.in_memory_cluster import Line, Reached

NOON = at_ms("2026-03-02T12:00Z")
MODEL = a_model(
    {
        "level": {"kind": "last", "property": "level"},
        "mrr": {"kind": "last", "property": "mrr"},
        "state": {"kind": "last", "property": "state"},
    },
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
    standings={"gone": {"when": [{"signal": "state", "at_least": 20}]}},
)
ACCOUNTS = ("acme", "globex", "tiny")
Step = tuple[str, str, float]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("level", "mrr", "state", "crash", "flush", "torn")),
        st.sampled_from(ACCOUNTS),
        st.sampled_from((0.0, 0.1, 19.99, 33.333, 50.0, 80.0, 1e9, -5.005)),
    ),
    max_size=30,
)


def assert_conserved(line: Line) -> None:
    for partition in line.partitions:
        ledger, accounts = partition.scorer.ledger, partition.accounts.values()
        parts = sum(ledger.tier_cents) + sum(ledger.standing_cents) + ledger.unscored_cents
        assert parts == ledger.total_cents == sum(cents_of(stored.mrr) for stored in accounts)
        assert sum(ledger.tier_accounts) == sum(stored.tier >= 0 for stored in accounts)
        assert sum(ledger.standing_accounts) == sum(stored.tier < -1 for stored in accounts)


@given(STEPS)
@examples(200)
def test_tiers_standings_and_what_has_no_score_are_always_the_total(steps: Sequence[Step]) -> None:
    line = Line(Plan(MODEL), partitions=2)
    reached: dict[str, Reached] = {"crash": "nothing", "torn": "some records"}
    for number, (what, account, value) in enumerate(steps):
        if what in reached:
            for partition in range(2):
                line.crash(partition, reached[what], groups=1)
                assert_conserved(line)
        elif what == "flush":
            line.settle()
        else:
            properties: dict[str, Any] = {what: value}
            line.send(usage(account, at=NOON + number, **properties))
            for partition in range(2):
                line.work(partition)
        assert_conserved(line)
