"""A partition after a crash: what it finds in its changelog, what it sends again, and what it does not."""

from __future__ import annotations

import msgspec
import pytest

from alerts.notification import Notification
from scoring.model.loader import load_preset, with_resolution
from scoring.model.model import Model
from scoring.plan.plan import Plan
from scoring.result import Baseline, ScoreContent
from streams.changelog import records
from streams.control.messages import Tick
from streams.engine.flush import Pair
from streams.engine.partition.partition import Partition
from streams.topics import TOPICS
from tests.builders import Message, Sent, Tables, a_model, an_exception, at_ms, usage
from tests.support.in_memory_cluster import FAR_FUTURE_MS, Line, Reached
from tests.support.timeouts import within

NOON = at_ms("2026-03-01T12:00Z")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
DEFAULT = load_preset("default")
USAGE = {"kind": "count", "window": "14d"}
TOTALS = a_model(
    {
        "usage_30d": {"kind": "count", "window": "30d"},
        "usage_peak": {"kind": "peak"},
        "usage_14d": USAGE,
        "usage_prior14d": USAGE | {"prior": True},
    }
)
"""Windows, which have tiles, and the most there ever was, which stays with the daily totals."""
LEVEL = a_model(
    {"level": {"kind": "last", "property": "level"}, "usage": {"kind": "count", "window": "1d"}},
    {"level": {"shape": "ratio", "signal": "level", "of": 100, "weight": 1}},
)


def level(value: float, at: int = NOON, account: str = "acme") -> Sent:
    return usage(account, at, level=value)


def lined(*events: Sent, model: Model = LEVEL) -> Line:
    line = Line(Plan(model))
    for sent in events:
        line.send(sent)
    line.work()
    return line


def sent_after_restore(changelog: list[Pair]) -> list[bytes | None]:
    """The notifications that a new worker sends before it has read anything."""
    partition = Partition(0, 1, Plan(LEVEL), "event", epoch=1)
    partition.restore(changelog)
    return [body for _, body in partition.take_flush(FAR_FUTURE_MS).notifications] if partition.has_pending else []


# --- state


def test_after_a_crash_without_any_flush_all_is_read_again() -> None:
    line = lined(level(80), level(30, NOON + 1))
    line.crash()
    assert line.partitions[0].accounts == {}
    line.work()
    line.settle()
    assert line.answers["acme"].score == 30.0
    assert [each.sequence for each in line.notifications] == [1]


def test_what_was_flushed_is_not_counted_again_though_it_is_read_again() -> None:
    line = lined(*(usage(at=NOON + number) for number in range(5)))
    line.crash(0, "records")
    line.work()
    assert line.partitions[0].outcomes == {("analytics", "replayed"): 5}
    line.tick(NOON + MINUTE)
    assert line.answers["acme"].facts["usage"] == 5


def test_each_account_knows_for_itself_what_it_has_seen() -> None:
    """The flush was torn after the first account's records: the other account's events are applied again."""
    line = lined(usage("acme", NOON), usage("globex", NOON + 1), usage("acme", NOON + 2))
    line.crash(0, "some records", groups=1)
    assert set(line.partitions[0].accounts) == {"acme"}
    line.work()
    assert line.partitions[0].outcomes == {("analytics", "replayed"): 2, ("analytics", "applied"): 1}
    line.tick(NOON + MINUTE)
    assert {name: answer.facts["usage"] for name, answer in line.answers.items()} == {"acme": 2, "globex": 1}


@pytest.mark.parametrize("written", range(6))
def test_records_of_one_account_that_were_written_by_half_are_healed_by_the_replay(written: int) -> None:
    """Tiles and totals are written before the head. A late event, so there are two tiles, two blocks of totals."""
    events = [
        usage(at=NOON, id="a"),
        usage(at=NOON - 40 * DAY, id="b"),
        usage(at=NOON - 20 * DAY, id="c"),
        usage(at=NOON),
    ]
    line = lined(*events[:1], model=TOTALS)
    line.flush()
    for sent in events[1:]:
        line.send(sent)
    line.work()
    (group, _) = line.take_flush().changelog
    line.restart(0, line.changelogs[0] + group[:written])
    line.work()
    line.tick(NOON + MINUTE)
    facts = line.answers["acme"].facts
    assert (facts["usage_30d"], facts["usage_peak"], facts["usage_14d"], facts["usage_prior14d"]) == (3, 3, 2, 1)


def test_tiles_without_a_head_are_left_to_the_replay() -> None:
    line = lined(usage(at=NOON))
    (group, _) = line.take_flush().changelog
    line.restart(0, group[:-1])
    assert line.partitions[0].accounts == {}
    line.settle()
    assert line.answers["acme"].facts["usage"] == 1


def test_a_silent_account_wakes_after_a_restore_at_its_hour_without_having_been_touched() -> None:
    line = lined(*(usage(at=NOON + number, level=20) for number in range(3)), model=WINDOW)
    line.flush()
    line.flush()  # the second one's record says that the first was emitted
    line.crash()
    assert line.partitions[0].accounts["acme"].account is None, "still bytes"
    line.tick(NOON + 9 * DAY, declare=False)
    line.flush()
    assert [each.as_of_ms for each in line.notifications] == [NOON + DAY]


WINDOW = a_model(
    {"usage": {"kind": "count", "window": "1d"}},
    {"usage": {"shape": "ratio", "signal": "usage", "of": 1, "weight": 1}},
)


def test_a_late_event_of_a_kind_that_has_a_shorter_window_does_not_hold_up_the_worker_for_ever() -> None:
    """An error of 20 days ago is too old for 14 days of errors, but not for 30 days of usage."""
    line = lined(usage(at=NOON), an_exception(at=NOON - 20 * DAY), model=DEFAULT)
    line.flush()
    line.crash()
    for minutes in (20, 80):  # in the bucket of the last event, then in another one
        line.send(usage(at=NOON + minutes * MINUTE))
    with within(5):
        line.work()
    line.tick(NOON + DAY)
    assert line.answers["acme"].facts["usage_30d"] == 3


@pytest.mark.parametrize(("before", "after"), [("1h", "1s"), ("1s", "1h"), ("1h", "1d"), ("1d", "15m")])
def test_a_model_of_another_resolution_starts_its_windows_anew_and_keeps_the_rest(before: str, after: str) -> None:
    line = lined(
        *(usage(at=NOON + number, id=f"e{number}", mrr=7) for number in range(3)),
        model=with_resolution(TOTALS, before),
    )
    line.flush()
    line.plan = Plan(with_resolution(TOTALS, after))
    line.crash()
    line.send(usage(at=NOON + 10, id="e0"))
    line.send(usage(at=NOON + 20, id="e9"))
    with within(5):
        line.work()
        line.tick(NOON + 40 * DAY)
    assert line.answers["acme"].facts["usage_30d"] == 0
    assert line.answers["acme"].facts["usage_peak"] == 4, "the ids that were seen are not forgotten"


def test_a_model_with_one_more_signal_keeps_what_it_shares_with_the_old_one() -> None:
    line = lined(*(usage(at=NOON + number) for number in range(3)), model=WINDOW)
    line.flush()
    more: Tables = {
        "tickets": {"kind": "count", "window": "7d", "topics": ["tickets"]},
        "usage": {"kind": "count", "window": "1d"},
    }
    line.plan = Plan(a_model(more))
    line.crash()
    line.tick(NOON + MINUTE)
    assert line.answers["acme"].facts == {"tickets": 0, "usage": 3}


# --- notifications


def test_a_notification_that_may_not_have_been_sent_is_sent_again_byte_for_byte() -> None:
    line = lined(level(80), level(30, NOON + 1))
    flush = line.take_flush()
    bodies = [body for _, body in flush.notifications]
    assert len(bodies) == 1
    assert sent_after_restore([pair for group in flush.changelog for pair in group]) == bodies


def test_a_notification_that_was_confirmed_is_not_sent_again() -> None:
    line = lined(level(80), level(30, NOON + 1))
    line.flush()
    assert len(sent_after_restore(line.changelogs[0])) == 1, "nothing yet says that the flush was confirmed"
    line.send(level(31, NOON + 2, account="globex"))
    line.work()
    line.flush()
    assert sent_after_restore(line.changelogs[0]) == []


def test_only_the_last_flushs_notifications_are_sent_again() -> None:
    line = lined(level(80), level(80, account="globex"))
    line.flush()
    line.send(level(30, NOON + 1))
    line.work()
    line.flush()
    line.send(level(30, NOON + 2, account="globex"))
    line.work()
    line.flush()
    (body,) = sent_after_restore(line.changelogs[0])
    assert msgspec.json.decode(body or b"", type=Notification).account_id == "globex"


def test_flushes_are_numbered_on_after_a_crash_so_that_nothing_new_looks_confirmed() -> None:
    line = lined(level(80))
    line.flush()
    for _ in range(5):  # flushes of nothing but a dead letter
        line.send_raw(0, b"not json")
        line.work()
        line.flush()
    line.crash()
    line.send(level(30, NOON + 1))
    line.work()
    line.crash(0, "records")
    line.settle()
    assert [each.sequence for each in line.notifications] == [1]


def test_after_any_number_of_crashes_one_id_has_one_content() -> None:
    line = lined(level(80), level(80, account="globex"))
    line.flush()
    line.send(level(30, NOON + 1))
    line.send(level(30, NOON + 2, account="globex"))
    line.work()
    for _ in range(3):
        line.crash(0, "outputs")
        line.work()
    line.settle()
    assert len(line.bodies) >= 4
    assert sorted((each.account_id, each.sequence) for each in line.notifications) == [("acme", 1), ("globex", 1)]


def test_a_torn_flush_and_its_replay_tell_the_same_story_as_an_undisturbed_run() -> None:
    """acme's second event moved time; globex's, an hour and a half older, is a late correction: also after a crash in
    which only acme's records were written."""

    def run(*, crash: bool) -> list[Notification]:
        line = lined(level(80, NOON - 3 * HOUR), level(80, NOON - 3 * HOUR, account="globex"))
        line.flush()
        line.send(level(81, NOON))
        line.send(level(30, NOON - 90 * MINUTE, account="globex"))
        line.work()
        if crash:
            line.crash(0, "some records", groups=1)
        line.settle()
        return line.notifications

    undisturbed = run(crash=False)
    assert [(each.cause.kind, each.as_of_ms) for each in undisturbed] == [("late", NOON)]
    assert run(crash=True) == undisturbed


def test_an_answer_that_was_not_sent_is_sent_after_the_crash() -> None:
    line = lined(level(80))
    line.crash(0, "records")
    assert line.answers == {}
    line.settle()
    assert line.answers["acme"].score == 80.0


def test_an_answer_that_was_held_back_by_its_pace_is_sent_after_the_crash() -> None:
    line = lined(level(80))
    partition = line.partitions[0]
    log: list[Pair] = []
    for now_ms, value in ((10_000, 81), (10_100, 82), (10_200, 83)):
        line.send(level(value, NOON + now_ms))
        line.work()
        flush = partition.take_flush(now_ms)
        partition.confirm(flush)
        log += [pair for group in flush.changelog for pair in group]
    assert flush.scores == []
    line.send(level(50, NOON + 11_000, account="globex"))  # its flush does not write acme, and confirms nothing of it
    line.work()
    for now_ms in (10_300, 10_400):
        flush = partition.take_flush(now_ms)
        partition.confirm(flush)
        log += [pair for group in flush.changelog for pair in group]
    restored = Partition(0, 1, Plan(LEVEL), "event", epoch=1)
    restored.restore(log)
    answers = [msgspec.json.decode(body or b"") for _, body in restored.take_flush(20_000).scores]
    assert ("acme", 83.0) in [(answer["account_id"], answer["score"]) for answer in answers]


# --- control


def test_control_messages_that_may_not_have_been_sent_are_sent_again() -> None:
    line = lined(usage(at=NOON), model=load_preset("usage-trend-friction"))
    line.control(Tick(instant_ms=NOON + MINUTE, declare=True), 0)
    line.work()
    line.crash(0, "records")
    assert line.partitions[0].awaiting_norm_ms == NOON + MINUTE, "it still waits for its norm"
    line.settle()
    assert line.partitions[0].scorer.norm_as_of_ms == NOON + MINUTE
    assert line.answers["acme"].score == 70 + 1


@pytest.mark.parametrize("reached", ["records", "outputs", "offsets"])
def test_a_tick_that_waits_for_its_turn_is_not_lost_in_a_crash(reached: Reached) -> None:
    """Its message was read, and its offset committed, while the norm of the tick before it was awaited."""
    line = lined(usage(at=NOON), model=load_preset("usage-trend-friction"))
    for minutes in (1, 60):
        line.control(Tick(instant_ms=NOON + minutes * MINUTE, declare=True), 0)
    line.work()
    assert line.partitions[0].awaiting_norm_ms == NOON + MINUTE
    line.crash(0, reached)
    line.settle()
    assert line.answers["acme"].as_of_ms == NOON + 60 * MINUTE


@pytest.mark.parametrize("reached", ["nothing", "some records", "records", "outputs", "offsets"])
def test_a_norm_that_is_being_made_survives_a_crash_of_any_partition_at_any_point(reached: Reached) -> None:
    line = Line(Plan(load_preset("usage-trend-friction")), partitions=4)
    for number in range(12):
        line.send(usage(f"account {number}", NOON))
    for number in range(4):
        line.control(Tick(instant_ms=NOON + MINUTE, declare=True), number)
        line.work(number)
    for number in (0, 1, 0):
        line.crash(number, reached, groups=1)
        line.work(number)
    line.settle()
    assert [partition.scorer.norm for partition in line.partitions] == [{"usage_30d": 1.0, "errors_30d": 0.0}] * 4
    assert {answer.score for answer in line.answers.values()} == {71.0}


# --- records


def test_a_stale_writers_records_do_not_undo_those_of_its_successor_whatever_their_order() -> None:
    stale, line = lined(level(80)), lined(level(80))
    line.flush()
    line.crash()
    line.send(level(30, NOON + 1))
    line.work()
    line.flush()
    for step in range(5):  # more versions than the successor ever wrote
        stale.send(level(60 + step, NOON + 2 + step))
        stale.work()
        stale.flush()
    for changelog in (line.changelogs[0] + stale.changelogs[0], stale.changelogs[0] + line.changelogs[0]):
        partition = Partition(0, 1, Plan(LEVEL), "event", epoch=1)
        partition.restore(changelog)
        stored = partition.accounts["acme"]
        assert stored.baseline(partition.plan) == Baseline(30.0, "red", {"level": 30.0})
        content = msgspec.json.decode(partition.scorer.content(stored), type=ScoreContent)
        assert content.score == 30.0
        assert partition.as_of_ms == NOON + 1


def test_a_new_worker_outranks_all_that_it_found() -> None:
    line = lined(level(80))
    line.flush()
    ranks = [records.rank_of(value) for _, value in line.changelogs[0] if value is not None]
    line.crash()
    assert line.partitions[0].epoch > max(rank.epoch for rank in ranks)


def test_what_left_every_window_leaves_the_changelog_too() -> None:
    line = lined(*(usage(at=NOON - day * DAY, id=f"e{day}") for day in range(90, -1, -1)), model=DEFAULT)
    line.flush()
    line.tick(NOON + 500 * DAY)
    line.tick(NOON + 501 * DAY)  # deletion_markers first, then tombstones
    kept = {key: value for key, value in dict(line.changelogs[0]).items() if value is not None}
    assert sorted({records.parse_key(key).kind for key in kept}) == [b"h", b"p"]
    partition = Partition(0, 1, Plan(DEFAULT), "event", epoch=1)
    assert partition.restore(kept.items()) == 2


def test_a_changelog_of_another_schema_is_refused_with_what_to_do() -> None:
    line = lined(level(80))
    line.flush()
    newer = [(key, bytes([records.SCHEMA + 1]) + value[1:]) for key, value in line.changelogs[0] if value is not None]
    with pytest.raises(ValueError, match="VITALS_GROUP"):
        Partition(0, 1, Plan(LEVEL), "event", epoch=1).restore(newer)


def test_an_empty_changelog_is_a_new_partition() -> None:
    partition = Partition(0, 1, Plan(LEVEL), "event", epoch=5)
    assert partition.restore([]) == 0
    assert (
        partition.process(TOPICS.index("analytics"), [Message(0, NOON, b"acme", level(80).value)], FAR_FUTURE_MS) == 1
    )
    assert not partition.flush_requested
