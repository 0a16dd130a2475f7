"""The changelog's records: their bytes, which later releases must still read, and their keys and ranks."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.explain.snapshot import signs_of
from scoring.fold.fold import apply
from scoring.instants import FAR
from scoring.plan.plan import Plan
from scoring.result import Baseline, Expired, LastTransition, Override, TransitionCause
from scoring.state.account import Account
from scoring.state.event_ids import Chunk
from streams.changelog import account_codec, at_rest, records
from streams.changelog.own_records import ITEMS, name_of, own_records
from streams.changelog.record_types import (
    AccountProgress,
    AlarmProgress,
    HeadPrefix,
    Key,
    PartitionRecord,
    Pending,
    Rank,
    Retention,
    ShadowBaseline,
    Walk,
)
from streams.dead_letter import DeadLetter
from streams.engine.folds.reference_fold import ReferenceFold
from streams.engine.matters.cases_matter import CasesMatter
from streams.engine.matters.override_matter import OverrideMatter
from streams.engine.stored_account import StoredAccount
from tests.builders import a_model, an_exception, at_ms, subscription, ticket, usage
from tests.support.worlds.small_heads import small_heads

GOLDEN = Path(__file__).parents[3] / "golden"
"""Bytes that a release wrote. A change of format shows here: then `SCHEMA` goes up, and these files stay readable."""
NOON = at_ms("2026-03-25T12:00Z")
TODAY = NOON // 86_400_000
HOUR, DAY = 3_600_000, 86_400_000
RANK = Rank(epoch=7, version=300)
MODEL = a_model(
    {
        "usage": {"kind": "count", "window": "30d", "exclude": ["$exception"]},
        "errors": {"kind": "count", "window": "14d", "topics": ["exceptions"], "also": ["$exception"]},
        "users": {"kind": "distinct", "window": "14d", "of": "user"},
        "peak": {"kind": "peak"},
        "mrr": {"kind": "last", "topics": ["billing"], "property": "mrr"},
        "spent": {"kind": "sum", "window": "30d", "topics": ["billing"], "property": "mrr"},
        "open": {"kind": "open", "topics": ["tickets"], "events": ["ticket_opened"], "closed_by": ["ticket_closed"]}
        | {"item": "ticket", "weigh_by": "priority", "weights": {"high": 3}, "within": "90d"},
    },
    signs={"alike": {"signal": "usage", "at_least": 2, "days": 1}},
)
OFFSETS = [12, -1, 300, -1, 0]
PROGRESS = AccountProgress(
    applied_offsets=OFFSETS,
    sequence=2,
    outbox=[b'{"id": "71e54c5547d3bdd4feb69e4898ed054e"}'],
    baseline=Baseline(40.0, "red", {"usage": 72.0, "trend": -6.15, "override": -25.85}),
    matters={
        "override": OverrideMatter(
            Override(score=40.0, reason="they told us", author="ann", set_ms=NOON - HOUR, until_ms=NOON + DAY)
        ).snapshot(),
        "cases": CasesMatter().snapshot(),
    },
    shadows={"default@2": ShadowBaseline("green", 3)},
    last_transition=LastTransition(
        at="2026-03-25T11:00:00Z",
        from_tier="green",
        to_tier="red",
        before=81.5,
        after=40.0,
        model="four-inputs",
        model_version=1,
        cause=TransitionCause(
            kind="expiry",
            part="usage",
            facts={"usage_30d": 4},
            age_ms=40 * DAY,
            expired=(Expired("usage_30d", ((20_536, 412),)),),
        ),
    ),
    created_after_control_offset=17,
    settled_ms=NOON + 5 * HOUR,
    alerts=[b'{"id": "0a1b54c5547d3bdd4feb69e4898ed054"}'],
    refused={16: "no case of the account is open"},
    alarm_progress=AlarmProgress(11, ("a1",)),
)
PREFIX = HeadPrefix(due_at_ms=NOON + HOUR, flush=41, tier=2, mrr=99.5, has_cases=True)
PARTITION = PartitionRecord(
    applied_offsets=[400, 20, 3, -1, 9],
    as_of_ms=NOON,
    flush=41,
    acknowledged_flushes={6: 31, 7: 40},
    norm_as_of_ms=NOON - HOUR,
    norm={"usage_30d": 22_100.0, "errors_30d": 89.0},
    parts={NOON: {3: {"usage_30d": 120.0, "errors_30d": 2.0}}},
    outbox=[(2, b'{"type":"norm_due","instant_ms":1774440000000}')],
    awaiting_norm_ms=NOON + HOUR,
    pending=[Pending(9, NOON, None, b'{"type":"tick","instant_ms":1774526400000,"declare":true}')],
    refused=[
        DeadLetter(
            reason="malformed",
            words="no control message",
            topic="control",
            partition=2,
            offset=8,
            timestamp_ms=NOON,
            key=None,
            value=b"?",
            value_bytes=1,
        )
    ],
    model="0123456789abcdef",
    norm_meanings={"usage_30d": 15_000_000_000_000_000_000},
    kept={9_000_000_000_000_000_000: Retention(0, 30 * DAY), 16_000_000_000_000_000_000: Retention(NOON - DAY, 0)},
    topic_ids={"analytics": "AAAAAAAAQACAAAAAAAAAAQ"},
    walks=[Walk("norm", NOON - HOUR), Walk("guard_ended", NOON, 11, ("a0",))],
    rules="fedcba9876543210",
    id_key=bytes(range(16)),
)
KINDS = ["head", "tile", "totals", "items", "ids", "partition"]
OLD_IDS = (TODAY - 1, [(1 << 64) - 1, 7])


def an_account(plan: Plan) -> Account:
    account = Account(plan.sizes, NOON)
    for sent in (
        usage(at=NOON - HOUR, id="e1", user_id="ann"),
        usage(at=NOON - HOUR, user_id="bob"),
        usage(at=NOON, user_id="ann"),
        an_exception(at=NOON, id="e2"),
        usage(at=NOON - 20 * DAY),
        usage(at=NOON - 50 * DAY),
        subscription(at=NOON, mrr=5),
        ticket(at=NOON - DAY, ticket=17, priority="high", id="t17"),
        ticket(at=NOON - HOUR, ticket=18, id="t18"),
        ticket(at=NOON - 2 * DAY, ticket=19, id="t19"),
        ticket(at=NOON, ticket=19, event="ticket_closed", id="t19c"),
    ):
        apply(plan, account, plan.decoder.decode(sent.topic, sent.value, 0, NOON), NOON)
    return account


def written() -> dict[str, bytes]:
    """One record of each kind, as this release writes it: all but the open day is in records of its own."""
    plan = Plan(MODEL)
    account = an_account(plan)
    closed = Chunk()
    closed.add(OLD_IDS[0], array("Q", OLD_IDS[1]))
    account.event_ids.add(3, closed)
    identity = plan.open_items[0].identity
    items = name_of(ITEMS, identity)
    with small_heads():
        own = own_records(plan, account, set())
    assert items in own
    head, others, _ = account_codec.encode(plan, "acme", account, PROGRESS, RANK, PREFIX, own, set())
    return {
        "head": head,
        "tile": others[records.tile_key("acme", TODAY - 20)],
        "totals": others[records.totals_key("acme", TODAY // 32 - 1)],
        "items": others[records.items_key("acme", identity)],
        "ids": others[records.ids_key("acme", 3)],
        "partition": records.encode_partition(PARTITION, RANK),
    }


def golden(kind: str) -> bytes:
    return (GOLDEN / f"{kind}.schema-8.bin").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_is_written_byte_for_byte_as_it_was_when_its_schema_was_made(kind: str) -> None:
    assert written()[kind] == golden(kind)


def test_the_golden_head_and_partition_are_read_as_they_were_meant() -> None:
    decoded = account_codec.decode(Plan(MODEL), golden("head"), [])
    assert decoded.progress == PROGRESS
    assert account_codec.applied_offsets_of(golden("head")) == OFFSETS
    assert records.head_prefix(golden("head")) == PREFIX
    assert records.decode_partition(golden("partition")) == PARTITION


def test_the_golden_records_are_read_into_the_facts_that_they_held() -> None:
    plan = Plan(MODEL)
    identity = plan.open_items[0].identity
    stored = [
        (records.tile_key("acme", TODAY - 20), golden("tile")),
        (records.totals_key("acme", TODAY // 32 - 1), golden("totals")),
        (records.items_key("acme", identity), golden("items")),
        (records.ids_key("acme", 3), golden("ids")),
    ]
    account = account_codec.decode(plan, golden("head"), stored).account
    facts = {"usage": 4, "errors": 1, "users": 2, "peak": 4, "mrr": 5.0, "spent": 5.0, "open": 2}
    assert plan.facts(account) == facts
    (sign,) = signs_of(plan, account, ())
    assert (sign.number, sign.event, sign.user) == (4, "login", "")
    assert [item for item in account.open_items[0].values() if item[2] < 0], "what was closed is known to be"
    assert not any(account.event_ids.put(TODAY, each) for each in OLD_IDS[1])
    again = usage(at=NOON, id="e1")
    apply(plan, account, plan.decoder.decode("analytics", again.value, 0, NOON), NOON)
    assert plan.facts(account)["usage"] == 4, "the ids that were seen are there"


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_begins_with_its_rank(kind: str) -> None:
    assert records.rank_of(golden(kind)) == RANK


def test_ranks_are_compared_by_fence_first() -> None:
    assert Rank(2, 1) > Rank(1, 999)
    assert Rank(1, 2) > Rank(1, 1)


@pytest.mark.parametrize("schema", [0, 5, 6, 7, 255])
def test_a_record_of_another_schema_is_refused_with_what_to_do(schema: int) -> None:
    with pytest.raises(ValueError, match=f"schema {schema}.*start a new VITALS_GROUP"):
        records.greatest([(b"hacme", bytes([schema]) + golden("head")[1:])])


@given(st.text(min_size=1).filter(lambda text: text.isprintable()), st.integers(-(2**31), 2**31 - 1))
def test_keys_are_taken_apart_into_what_they_were_made_of(account_id: str, number: int) -> None:
    assert records.parse_key(records.head_key(account_id)) == Key(b"h", account_id, 0)
    assert records.parse_key(records.tile_key(account_id, number)) == Key(b"t", account_id, number)
    assert records.parse_key(records.totals_key(account_id, number)) == Key(b"l", account_id, number)
    assert records.parse_key(records.items_key(account_id, 1 << 63)) == Key(b"o", account_id, 1 << 63)
    assert records.parse_key(records.ids_key(account_id, abs(number))) == Key(b"i", account_id, abs(number))
    assert records.parse_key(records.PARTITION_KEY).kind == b"p"


@given(st.lists(st.tuples(st.integers(-5, 5), st.binary()), max_size=4))
def test_records_that_are_packed_come_back_as_they_were(tiles: list[tuple[int, bytes]]) -> None:
    pairs = [(records.tile_key("acme é", day), value) for day, value in tiles]
    pairs += [(records.items_key("acme é", 9), b"items"), (records.ids_key("acme é", 4), b"ids")]
    assert at_rest.unpacked(at_rest.packed(pairs), "acme é") == pairs


def test_no_two_records_of_a_partition_share_a_key() -> None:
    accounts = ("p", "h", "hp", "t", "o", "acme", "\x00\x00\x00\x01", "é")
    keys = [records.PARTITION_KEY]
    for account_id in accounts:
        keys += [records.head_key(account_id), *(records.items_key(account_id, number) for number in (0, 1))]
        keys += [make(account_id, number) for make in (records.tile_key, records.totals_key) for number in (0, 1, -1)]
        keys += [records.ids_key(account_id, chunk) for chunk in (0, 1)]
    assert len(set(keys)) == len(keys)


def a_stored_account(plan: Plan) -> StoredAccount:
    stored = StoredAccount("acme")
    stored.begin(ReferenceFold(plan), an_account(plan))
    return stored


def restored(stored: StoredAccount, plan: Plan) -> StoredAccount:
    """The stored that comes back from the records of this one."""
    *others, (_, head) = [
        (key, value) for key, value in stored.write(ReferenceFold(plan), epoch=7, flush=41) if value is not None
    ]
    assert {records.account_of_key(key) for key, _ in others} <= {"acme"}
    again = StoredAccount("acme")
    again.adopt((head, at_rest.packed(others)))
    return again


def test_a_head_says_when_to_wake_and_never_is_far_away() -> None:
    plan = Plan(MODEL)
    due_at_ms = a_stored_account(plan).due_at_ms(ReferenceFold(plan))
    assert NOON < due_at_ms < FAR
    assert restored(a_stored_account(plan), plan).timer_ms == due_at_ms
    idle = StoredAccount("idle")
    idle.begin(ReferenceFold(plan), Account(plan.sizes, NOON))
    assert idle.due_at_ms(ReferenceFold(plan)) == FAR


def test_a_head_says_to_wake_when_an_override_ends() -> None:
    plan = Plan(MODEL)
    stored = a_stored_account(plan)
    override = Override(score=1, reason="x", author="ann", set_ms=NOON, until_ms=NOON + 1)
    stored.matters["override"] = OverrideMatter(override)
    again = restored(stored, plan)
    again.hydrate(ReferenceFold(plan))
    assert (again.timer_ms, again.override) == (NOON + 1, override)


def test_a_head_without_a_standing_is_read_back_without_one() -> None:
    plan = Plan(MODEL)
    again = restored(a_stored_account(plan), plan)
    again.hydrate(ReferenceFold(plan))
    assert (again.baseline(plan), again.baseline_tier, again.sequence) == (None, "", 0)


def test_all_of_an_account_is_read_back_from_its_records() -> None:
    plan = Plan(MODEL)
    stored = a_stored_account(plan)
    account, facts = stored.hydrate(ReferenceFold(plan)), plan.facts(stored.hydrate(ReferenceFold(plan)))
    again = restored(stored, plan).hydrate(ReferenceFold(plan))
    assert plan.facts(again) == facts
    for name in (
        "latest_values",
        "latest_at",
        "first_at",
        "open_items",
        "totals",
        "sums",
        "value_counts",
        "stretches",
        "as_of_ms",
    ):
        assert getattr(again, name) == getattr(account, name)


def test_a_tier_that_the_model_no_longer_has_is_where_the_next_transition_begins() -> None:
    plan = Plan(MODEL)
    baseline = Baseline(60.0, "amber", {"usage": 60.0})
    progress = AccountProgress([0] * 5, 3, [], baseline, {}, {}, None, -1, 0, [], {})
    head, *_ = account_codec.encode(plan, "acme", an_account(plan), progress, RANK, PREFIX, set(), set())
    stored = StoredAccount("acme")
    stored.adopt(head)
    stored.hydrate(ReferenceFold(plan))
    assert stored.baseline(plan) == baseline
