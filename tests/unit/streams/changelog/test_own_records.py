"""What a head holds itself and what has a record of its own, and how large a record can be."""

from __future__ import annotations

import random
from array import array

import pytest

from scoring.event.event import ACCOUNT_ID_MAX_CHARACTERS
from scoring.fold.fold import advance, apply
from scoring.fold.tiles import remember_id
from scoring.instants import DAY_MS, HOUR_MS
from scoring.model.schema.bounds import ITEMS_MAX, VALUES_MAX
from scoring.plan.plan import Plan
from scoring.state.event_ids import CHUNK_MAX, CHUNK_MIN, Chunk
from streams.changelog import records
from streams.changelog.own_records import DAY, IDS, ITEMS, KINDS, OPEN_DAY_MAX, TOTALS, key_of, name_of, name_of_key
from streams.changelog.own_records import ITEMS_MAX as IN_HEAD
from streams.engine.flush import Pair
from streams.engine.folds.reference_fold import ReferenceFold
from streams.engine.stored_account import StoredAccount
from tests.builders import Sent, a_model, at_ms, ticket, usage

NOON = at_ms("2026-03-25T12:00Z")
TODAY = NOON // DAY_MS
MODEL = a_model(
    {
        "usage": {"kind": "count", "window": "30d"},
        "users": {"kind": "distinct", "of": "user", "window": "14d"},
        "peak": {"kind": "peak"},
        "open": {"kind": "open", "topics": ["tickets"], "events": ["opened"], "closed_by": ["closed"], "item": "ticket"}
        | {"within": "90d"},
    },
    dedupe="3d",
)


class Written:
    """An account that is written again and again."""

    def __init__(self) -> None:
        self.plan = Plan(MODEL)
        self.fold = ReferenceFold(self.plan)
        self.stored = StoredAccount("acme")
        self.account = self.stored.begin(self.fold, self.fold.begin(NOON))

    def see(self, *events: Sent) -> None:
        for sent in events:
            event = self.plan.decoder.decode(sent.topic, sent.value, 0, 1 << 50)
            apply(self.plan, self.account, event, self.account.as_of_ms)

    def write(self) -> list[Pair]:
        return self.stored.write(self.fold, epoch=7, flush=1)

    def kinds(self) -> str:
        """The kinds of the records that are written."""
        return "".join(key[:1].decode() for key, _ in self.write())

    def sizes(self) -> dict[str, int]:
        """The greatest record of each kind, when all are written."""
        self.stored.epoch = -1
        found: dict[str, int] = {}
        for key, value in self.write():
            kind = key[:1].decode()
            found[kind] = max(found.get(kind, 0), len(value or b""))
        return found


def some(number: int, at: int, of: str = "u", ids: str = "") -> list[Sent]:
    return [usage(at=at, user_id=f"{of}{each}", **({"id": f"{ids}{each}"} if ids else {})) for each in range(number)]


def test_an_account_with_little_in_a_month_is_one_record() -> None:
    written = Written()
    for day in range(15):
        written.see(usage(at=NOON - day * DAY_MS, id=f"e{day}"))
    written.see(ticket(at=NOON, event="opened", ticket=1, id="t1"))
    assert written.kinds() == "h"
    written.see(usage(at=NOON))
    assert written.kinds() == "h"


def test_an_account_that_changed_is_one_record_and_two_on_a_new_day() -> None:
    written = Written()
    written.see(*some(100, NOON))
    assert written.kinds() == "h"
    written.see(*some(3, NOON))
    assert written.kinds() == "h"
    advance(written.plan, written.account, NOON + DAY_MS)
    written.see(usage(at=NOON + DAY_MS))
    assert written.kinds() == "th", "the day that is over"
    written.see(usage(at=NOON + DAY_MS))
    assert written.kinds() == "h"
    written.see(usage(at=NOON))
    assert written.kinds() == "th", "an event of the day before"


def test_ids_leave_the_head_a_full_chunk_at_a_time() -> None:
    written = Written()
    written.see(*some(CHUNK_MIN - 1, NOON, ids="e"))
    assert written.kinds() == "h"
    written.see(usage(at=NOON, id="last"))
    assert written.kinds() == "ih"
    written.see(usage(at=NOON, id="first"))
    assert written.kinds() == "h"


def test_many_items_have_a_record_of_their_own_until_they_are_few() -> None:
    written = Written()
    written.see(*(ticket(at=NOON - each, event="opened", ticket=each) for each in range(IN_HEAD + 1)))
    assert written.kinds() == "oh"
    written.see(usage(at=NOON))
    assert written.kinds() == "h"
    written.account.open_items[0].popitem()
    written.account.items_changed = True
    assert written.kinds() == "h", "the head has them now; until it is written, they are needed"
    key, value = written.write()[0]
    assert key[:1] == records.ITEMS
    assert value is not None
    assert records.is_deletion_marker(value)
    assert [value for key, value in written.write() if key[:1] == b"o"] == [None]
    assert written.kinds() == "h"


def test_daily_totals_of_closed_blocks_leave_the_head_when_there_are_many() -> None:
    written = Written()
    written.see(*(usage(at=NOON - day * DAY_MS) for day in range(64)))
    assert written.kinds().count("l") == 0
    written.see(usage(at=NOON - 64 * DAY_MS))
    assert written.kinds().count("l") == 2
    written.see(usage(at=NOON))
    assert written.kinds() == "h"


def test_a_large_open_day_has_a_record_of_its_own() -> None:
    written = Written()
    for hour in range(2):
        written.see(*some(OPEN_DAY_MAX // 2, NOON - hour * HOUR_MS))
    assert written.kinds() == "th"
    written.see(usage(at=NOON, user_id="u1"))
    assert written.kinds() == "th"


def test_the_largest_head_is_well_below_the_longest_record() -> None:
    """Every part of it as large as it may be in a head, and the same in records of their own."""
    written, drawn = Written(), random.Random(1)
    user = "u" * (ACCOUNT_ID_MAX_CHARACTERS - 6)
    for hour in range(4):
        written.see(*some(1_000, NOON - hour * HOUR_MS, user))
    for day in range(1, 400):
        written.see(usage(at=NOON - day * DAY_MS))
    written.see(*(ticket(at=NOON - each, event="opened", ticket=each) for each in range(IN_HEAD)))
    for number in (0, -1):
        chunk = Chunk()
        chunk.add(TODAY, array("Q", [drawn.randrange(1 << 64) for _ in range(CHUNK_MAX)]))
        written.account.event_ids.add(number, chunk)
    assert written.sizes()["h"] < 100_000
    written.see(*some(VALUES_MAX, NOON), *(ticket(at=NOON, event="opened", ticket=-each) for each in range(ITEMS_MAX)))
    assert len(written.account.open_items[0]) == ITEMS_MAX + 1, "and the place of the latest one that was forgotten"
    sizes = written.sizes()
    assert sizes.keys() == set("htloi")
    assert max(sizes.values()) < 100_000 < records.RECORD_MAX_BYTES // 7


def test_an_account_at_rest_keeps_the_own_records_that_it_has_whatever_time_has_passed() -> None:
    written = Written()
    written.see(*some(100, NOON), *some(70, NOON - DAY_MS))
    for number in range(CHUNK_MIN):
        remember_id(written.plan, written.account, number, TODAY)
    written.write()
    own = written.stored.own
    assert own == {name_of(DAY, TODAY - 1), name_of(IDS, 0)}
    advance(written.plan, written.account, NOON + 16 * DAY_MS)
    facts = written.plan.facts(written.account)
    written.stored.dehydrate(written.fold)
    assert written.plan.facts(written.stored.hydrate(written.fold)) == facts
    assert written.stored.own == {name for name in own if name & 3 == DAY}
    assert written.stored.left_over == [records.ids_key("acme", 0)], "its ids are forgotten"


@pytest.mark.parametrize("kind", [DAY, TOTALS, ITEMS, IDS])
def test_the_name_of_an_own_record_is_that_of_its_key(kind: int) -> None:
    name = name_of(kind, (1 << 64) - 1 if kind == ITEMS else 20_000)
    key = key_of(name, "acme é")
    assert (key[:1], name_of_key(records.parse_key(key))) == (KINDS[kind], name)
