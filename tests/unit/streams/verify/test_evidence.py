"""Which accounts are sampled and what is known of those that were forgotten."""

from __future__ import annotations

from scoring.plan.plan import Plan
from streams.control.messages import Forget
from streams.topics import CONTROL_INDEX
from streams.verify.compare import unfit
from streams.verify.evidence import Evidence, Gathering, Sample
from tests.builders import a_model, a_snapshot, at_ms, usage
from tests.support.in_memory_cluster import FAR_FUTURE_MS, Line

NOON = at_ms("2026-03-01T12:00Z")
MODEL = a_model(
    {"uses": {"kind": "count", "window": "30d"}}, {"level": {"shape": "ratio", "signal": "uses", "of": 10, "weight": 2}}
)


def test_a_forgotten_account_is_not_sampled_until_it_comes_again() -> None:
    sample = Sample(2, seed=1)
    for name in ("acme", "globex"):
        sample.offer(0, name, a_snapshot(account_id=name))
    sample.remove("acme")
    sample.remove("nobody")
    assert list(sample.by_partition()[0]) == ["globex"]
    sample.offer(0, "acme", None)
    assert sample.by_partition()[0]["acme"] is None


def test_an_account_that_left_the_sample_and_came_into_it_again_is_not_taken_for_forgotten() -> None:
    names = [f"a{number}" for number in range(50)]
    sample = Sample(3, seed=1)
    for name in names:
        if sample.wants(name):
            sample.offer(0, name, a_snapshot(account_id=name))
            sample.remove(name)
    expected = Sample(3, seed=1)
    for name in names:
        for each in (sample, expected):
            if each.wants(name):
                each.offer(0, name, a_snapshot(account_id=name))
    assert sample.by_partition() == expected.by_partition()


def test_an_account_that_came_again_is_not_checked() -> None:
    line = Line(Plan(MODEL))
    line.send(usage("acme", NOON))
    line.control(Forget(instant_ms=NOON, account_id="acme", author="ann"), 0)
    line.control(Forget(instant_ms=NOON + 1, account_id="acme", author="ann", lift=True), 0)
    line.send(usage("acme", NOON + 2))
    line.settle()
    assert line.answers["acme"].facts["uses"] == 1
    gathering = Gathering(line.plan.decoder, line.answers, (), FAR_FUTURE_MS)
    ends = gathering.ends()
    for topic_index, message in line.messages(0):
        end = ends.get(topic_index, 0)
        if end is None or message.offset < end:
            gathering.take(topic_index, message)
    evidence: Evidence = gathering.evidence("acme")
    assert ends[CONTROL_INDEX] == 1
    assert unfit(MODEL, evidence, "event") == "forgotten"
