"""Sources over a fleet: what one account sends is evidence for all, soon, once, and without needless work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from scoring.plan.plan import Plan
from streams.changelog.record_types import Walk
from streams.control.messages import Norm, NormDue
from streams.engine.partition.timers import Timers
from streams.topics import partition_of
from tests.builders import Sent, a_model, an_exception, at_ms, usage
from tests.support.in_memory_cluster import Line

NOON = at_ms("2026-03-01T12:00Z")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SIGNALS: dict[str, Any] = {
    "usage": {"kind": "count", "window": "30d"},
    "errors": {"kind": "count", "window": "30d", "topics": ["exceptions"]},
}
COMPONENTS: dict[str, Any] = {
    "usage": {"shape": "linear", "signal": "usage", "points": [[0, 0], [10, 100]], "weight": 1},
    "friction": {
        "shape": "linear",
        "signal": "errors",
        "points": [[0, 100], [10, 0]],
        "source": "errors",
        "weight": 1,
    },
}
SOURCES: dict[str, Any] = {"errors": {"topics": ["exceptions"]}, "tickets": {"topics": ["tickets"]}}
PLAN = Plan(a_model(SIGNALS, COMPONENTS, sources=SOURCES, share_max=1))
PARTITIONS = 2
NAMES = ("acme", "globex", "initech", "umbrella", "hooli")


def fleet(*more: Sent) -> Line:
    """Accounts in two partitions, all with one event of use."""
    assert {partition_of(name.encode(), PARTITIONS) for name in NAMES} == {0, 1}
    line = Line(PLAN, PARTITIONS)
    for sent in (*(usage(name, NOON) for name in NAMES), *more):
        line.send(sent)
    line.settle()
    return line


def norm(line: Line, at: int) -> list[str]:
    """Make a cohort norm; the accounts that are answered for again."""
    before = {name: answer.version for name, answer in line.answers.items()}
    for number in range(PARTITIONS):
        line.control(NormDue(instant_ms=at), number)
    line.settle()
    return [name for name, answer in line.answers.items() if answer.version != before[name]]


def judged(line: Line) -> dict[str, float | None]:
    return {name: answer.components["friction"].judgement for name, answer in line.answers.items()}


def test_what_one_account_sends_is_evidence_for_all_with_the_next_norm() -> None:
    line = fleet(an_exception("acme", NOON + 1))
    assert judged(line) == dict.fromkeys(NAMES) | {"acme": 90}
    assert line.answers["acme"].sources == {"errors": "2026-03-01 12:00:00.001"}
    assert sorted(norm(line, NOON + HOUR)) == sorted(NAMES)
    assert judged(line) == dict.fromkeys(NAMES, 100) | {"acme": 90}
    assert line.answers["hooli"].norm == {"source:errors": 1.0}, "what nobody sent is not there"


def test_a_norm_that_changes_nothing_wakes_nobody() -> None:
    line = fleet(an_exception("acme", NOON + 1))
    norm(line, NOON + MINUTE)
    caches = [stored.scores for each in line.partitions for stored in each.accounts.values()]
    held = [each.scorer.norm for each in line.partitions]
    assert norm(line, NOON + 2 * MINUTE) == []
    assert all(each.scorer.norm is before for each, before in zip(line.partitions, held, strict=True))
    assert [each.scorer.norm_as_of_ms for each in line.partitions] == [NOON + 2 * MINUTE] * PARTITIONS
    assert caches == [stored.scores for each in line.partitions for stored in each.accounts.values()]


def test_a_first_norm_that_says_that_nobody_sent_anything_wakes_nobody_either() -> None:
    line = fleet()
    assert norm(line, NOON + HOUR) == []
    assert all(each.scorer.has_norm() for each in line.partitions)


def test_its_part_is_collected_without_a_walk_once_all_accounts_were_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    walks: list[str] = []
    add_walk = Timers.add_walk

    def noted(timers: Timers, walk: Walk, accounts: Iterable[str]) -> None:
        walks.append(walk.kind)
        add_walk(timers, walk, accounts)

    line = fleet()
    norm(line, NOON + HOUR)
    monkeypatch.setattr(Timers, "add_walk", noted)
    norm(line, NOON + 2 * HOUR)
    assert walks == []
    line.send(an_exception("globex", NOON + 3 * HOUR))
    line.settle()
    assert [each.scorer.sources.has_news for each in line.partitions].count(True) == 1, "so a norm is asked for at once"
    norm(line, NOON + 3 * HOUR + 1)
    assert walks == ["norm"] * PARTITIONS, "everybody is judged again, once"
    assert judged(line) == dict.fromkeys(NAMES, 100) | {"globex": 90}
    assert not any(each.scorer.sources.has_news for each in line.partitions)


@pytest.mark.parametrize("reached", ["nothing", "records", "offsets"])
def test_after_a_restart_what_was_sent_before_is_found_again(reached: Any) -> None:
    line = fleet(an_exception("acme", NOON + 1))
    home = partition_of(b"acme", PARTITIONS)
    line.crash(home, reached)
    line.settle()
    assert line.partitions[home].scorer.sources.must_visit_all or line.partitions[home].scorer.sources.has_news
    norm(line, NOON + HOUR)
    assert judged(line) == dict.fromkeys(NAMES, 100) | {"acme": 90}
    line.crash(home, "offsets")
    line.settle()
    assert line.partitions[home].scorer.norm["source:errors"] == 1.0, "a partition's record keeps its norm"


def test_another_meaning_of_a_source_is_another_source() -> None:
    line = fleet(an_exception("acme", NOON + 1))
    norm(line, NOON + HOUR)
    changed = SOURCES | {"errors": {"topics": ["exceptions"], "events": ["crash"]}}
    line.plan = Plan(a_model(SIGNALS, COMPONENTS, sources=changed, share_max=1, version=2))
    for number in range(PARTITIONS):
        line.crash(number, "offsets")
    line.settle()
    assert judged(line) == dict.fromkeys(NAMES)


def test_a_norm_of_another_release_is_taken_for_what_it_says() -> None:
    line = fleet()
    for number in range(PARTITIONS):
        line.control(Norm(instant_ms=NOON + HOUR, values={"source:errors": 1.0}), number)
    line.settle()
    assert judged(line) == dict.fromkeys(NAMES, 100)
    assert not any(each.scorer.has_norm() for each in line.partitions), "it lacks tickets: another is asked for"
