"""One message about many steps."""

from __future__ import annotations

import random

import msgspec

from alerts.gathered import IDS_LIMIT, KEPT_AT_MOST, Gathered, Gathering, gathered_of
from alerts.step import AlertStep
from tests.builders import an_alert_step

RED = {"severity": "critical", "tier": "red"}
YELLOW = {"severity": "warning", "tier": "yellow"}
OVER = {"severity": "warning", "step": "resolved", "status": "resolved", "reason": "resolved", "tier": "green"}


def test_it_counts_steps_by_severity_rule_and_step_and_accounts_by_tier_with_their_money() -> None:
    steps = [
        an_alert_step(account_id="acme", mrr=5_000.0, **YELLOW),
        an_alert_step(account_id="globex", mrr=7_000.0, rule="drop", **RED),
        an_alert_step(account_id="acme", sequence=2, mrr=6_000.0, as_of_ms=an_alert_step().as_of_ms + 60_000, **RED),
        an_alert_step(account_id="initech", mrr=900.0, **OVER),
        an_alert_step(account_id="hooli", mrr=None, severity="warning", tier=""),
    ]
    gathered = gathered_of(steps, "day/slack", "digest")
    assert (gathered.count, gathered.accounts, gathered.left_out) == (5, 4, 0)
    assert gathered.by_severity == {"warning": 3, "critical": 2}
    assert gathered.by_rule == {"tier": 4, "drop": 1}
    assert gathered.by_tier == {"red": 2, "green": 1, "none": 1}, "each account once, by its latest step"
    assert gathered.by_step == {"opened": 4, "resolved": 1}
    assert (gathered.mrr, gathered.mrr_at_risk) == (13_900.0, 13_000.0), "each account once, by its latest MRR"
    assert [step.account_id for step in gathered.top] == ["globex", "acme", "hooli", "initech"]
    assert gathered.top[1].sequence == 2, "the latest of each"
    assert (gathered.from_, gathered.to) == ("2026-11-21T10:00:00Z", "2026-11-21T10:01:00Z")
    assert gathered.ids == tuple(step.id for step in steps)


def test_the_latest_known_mrr_counts_where_the_last_step_has_none() -> None:
    gathered = gathered_of([an_alert_step(mrr=5_000.0), an_alert_step(sequence=2, mrr=None)], "day/slack", "digest")
    assert (gathered.mrr, gathered.mrr_at_risk) == (5_000.0, 5_000.0)


def test_an_id_is_a_function_of_lane_reason_and_steps() -> None:
    one, two, more = an_alert_step(), an_alert_step(sequence=2), an_alert_step(sequence=3)
    message = gathered_of([one, two], "day/slack", "digest")
    assert gathered_of([two, one], "day/slack", "digest").id == message.id
    others = {
        gathered_of([one, two, more], "day/slack", "digest").id,
        gathered_of([one, two], "day/mail", "digest").id,
        gathered_of([one, two], "day/slack", "storm").id,
    }
    assert len(others | {message.id}) == 4


def many(count: int, seed: int = 7) -> list[AlertStep]:
    dice = random.Random(seed)
    return [
        an_alert_step(
            account_id=f"a{dice.randrange(3 * KEPT_AT_MOST)}", sequence=number, mrr=float(dice.randrange(10_000))
        )
        for number in range(count)
    ]


def test_those_that_matter_are_exact_among_more_accounts_than_are_kept() -> None:
    steps = many(12_000)
    gathered = gathered_of(steps, "day/slack", "storm")
    latest = {step.account_id: step for step in steps}
    assert [step.mrr for step in gathered.top] == sorted((step.mrr or 0 for step in latest.values()), reverse=True)[:10]
    assert all(latest[step.account_id] == step for step in gathered.top)
    assert gathered.left_out == len(latest) - 10
    assert len(gathered.ids) == IDS_LIMIT


def test_a_gathering_of_one_knows_it() -> None:
    gathering = Gathering()
    assert gathering.only() is None
    gathering.add(an_alert_step())
    assert (gathering.only(), len(gathering)) == (an_alert_step(), 1)
    gathering.add(an_alert_step(sequence=2))
    assert gathering.only() is None


def test_it_travels_as_json() -> None:
    message = gathered_of([an_alert_step(), an_alert_step(sequence=2)], "day/slack", "digest")
    assert msgspec.json.decode(msgspec.json.encode(message), type=Gathered) == message
