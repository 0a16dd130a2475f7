"""The records that the kernel writes are those of the reference, byte for byte, at any time of any life."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from scoring.model.loader import load_preset
from scoring.model.schema.bounds import ITEMS_MAX, VALUES_MAX
from scoring.plan.plan import Plan
from streams.changelog.own_records import DAY, IDS, ITEMS, TOTALS
from streams.engine.folds.kernel_account import NAME, unpacked_names
from streams.kernel.kernel import Kernel, WrittenRecords, is_built
from tests.builders import Sent, a_model, an_exception, at_ms, ticket, usage
from tests.kernel.both import Both
from tests.kernel.flood import Flood
from tests.kernel.records.writes import ALL, AT_REST, CHANGED, SIZES, VIEW, Writes, limits
from tests.oracle import DAY_MS

pytestmark = pytest.mark.skipif(not is_built(), reason="the kernel is not built here")
BEGINS_MS = at_ms("2026-03-01T00:00:30Z")
FUTURE_MS = at_ms("2100-01-01T00:00Z")
WAYS = (CHANGED, CHANGED, CHANGED, CHANGED, ALL, AT_REST, VIEW)
TICKETS = {"topics": ["tickets"], "events": ["opened"], "closed_by": ["closed"], "item": "ticket"}
MODEL = a_model(
    {
        "usage": {"kind": "count", "window": "30d"},
        "amount": {"kind": "sum", "property": "amount", "window": "14d"},
        "users": {"kind": "distinct", "of": "user", "window": "14d"},
        "peak": {"kind": "peak"},
        "open": {"kind": "open", "within": "90d", **TICKETS},
    },
    dedupe="3d",
)


class WrittenFlood(Flood):
    """A flood whose accounts are written between its events."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._chance = random.Random(seed)
        self._writes: dict[int, Writes] = {}
        self.seen: Counter[int] = Counter()
        """How many own records of each kind were written."""

    def _between(self, both: Both) -> None:
        super()._between(both)
        if self._chance.random() < 0.4:
            self.write(both, self._chance.choice(WAYS))

    def write(self, both: Both, how: int) -> None:
        writes = self._writes.setdefault(both.number, Writes(both))
        offsets = [self._chance.choice((-1, 0, 254, 70_000, 1 << 40)) for _ in range(5)]
        self.seen.update(kind for kind, _ in writes.compare(how, offsets).kinds_and_numbers)

    def run(self, events: int) -> None:
        super().run(events)
        for both in self.cohort.accounts.values():
            for how in (VIEW, CHANGED, AT_REST, ALL):
                self.write(both, how)


@pytest.mark.parametrize("small", SIZES)
def test_a_flood_is_written_the_same_in_both(small: bool | None) -> None:
    seen: Counter[int] = Counter()
    for seed in range(24):
        flood = WrittenFlood(seed)
        with limits(flood.cohort.kernel, small):
            flood.run(60)
        seen += flood.seen
    assert set(seen) == ({IDS} if small is None else {DAY, TOTALS, ITEMS, IDS})


class Life:
    """One account, written as its events come."""

    def __init__(self, plan: Plan) -> None:
        self.both = Both(Kernel(plan), BEGINS_MS)
        self.writes = Writes(self.both)

    def see(self, sent: Sent) -> None:
        event = self.both.plan.decoder.decode(sent.topic, sent.value, 0, FUTURE_MS)
        self.both.apply(event, event.occurred_at_ms, arrived_ms=event.occurred_at_ms, looks=False)

    def write(self, how: int = CHANGED) -> list[tuple[int, int]]:
        """The own records whose bodies were written."""
        return self.writes.compare(how, [1, -1, 0, 300, -1]).kinds_and_numbers


def test_an_account_that_did_not_change_is_a_head_alone() -> None:
    life = Life(Plan(MODEL))
    for day in range(100):
        for user in range(12):
            life.see(usage(at=BEGINS_MS + day * DAY_MS, user_id=f"u{user}", id=f"{day}-{user}"))
    assert {kind for kind, _ in life.write()} == {DAY, TOTALS, IDS}
    assert life.write() == []
    life.see(usage(at=BEGINS_MS + 99 * DAY_MS))
    assert life.write() == []
    day = BEGINS_MS // DAY_MS + 90
    life.see(usage(at=day * DAY_MS))
    assert life.write() == [(TOTALS, day // 32), (DAY, day)]
    assert len(life.write(ALL)) > 20
    assert life.write(VIEW) == [(kind, number) for kind, number in life.write(AT_REST) if kind == IDS]


def test_a_look_leaves_the_marks_of_changes() -> None:
    life = Life(Plan(MODEL))
    for day in range(100):
        life.see(usage(at=BEGINS_MS + day * DAY_MS))
    life.write()
    life.see(usage(at=BEGINS_MS + 5 * DAY_MS))
    life.write(VIEW)
    assert {kind for kind, _ in life.write()} == {TOTALS}


def test_more_values_on_a_day_than_are_kept_and_than_a_head_holds() -> None:
    life = Life(Plan(MODEL))
    for number in range(VALUES_MAX + 200):
        life.see(usage(at=BEGINS_MS + number * 15_000 % DAY_MS, user_id=f"user-{number}"))
        if number % 500 == 0:
            assert life.write() == []
    assert life.write() == [(DAY, BEGINS_MS // DAY_MS)]
    life.see(usage(at=BEGINS_MS + 2 * DAY_MS))
    assert life.write() == []
    life.see(usage(at=BEGINS_MS + DAY_MS))
    assert life.write(AT_REST) == [(DAY, BEGINS_MS // DAY_MS)]


def test_more_items_than_a_head_holds_and_than_are_kept() -> None:
    life = Life(Plan(MODEL))
    for number in range(ITEMS_MAX + 100):
        name = "closed" if number % 9 == 5 else "opened"
        life.see(ticket(at=BEGINS_MS + number * 61_000, event=name, ticket=f"t{number * 7 % 2_600}"))
        if number % 128 == 100:
            assert len(life.write()) == (number > 256)
    assert [kind for kind, _ in life.write(ALL)] == [ITEMS]
    assert life.write() == []
    life.both.advance_by_timers(life.both.account.as_of_ms + 89 * DAY_MS, most=5)
    assert len(life.write()) == 1


def test_totals_that_go_leave_their_block_named() -> None:
    life = Life(Plan(MODEL))
    for day in range(0, 200, 2):
        life.see(usage(at=BEGINS_MS + day * DAY_MS, id=f"e{day}"))
        if day % 10 == 0:
            life.write()
    for days in (100, 30, 30, 30, 400):
        life.both.advance_by_timers(life.both.account.as_of_ms + days * DAY_MS, most=20)
        life.write()
    life.write(AT_REST)


def test_chunks_of_ids_of_a_long_life() -> None:
    """There are more of them than there were months since 1970: names are in order none the less."""
    life = Life(Plan(MODEL))
    with limits(life.both.kernel, small=True):
        for number in range(1_500):
            life.see(usage(at=BEGINS_MS + number * DAY_MS // 12, user_id="ann", id=f"e{number}"))
            if number % 100 == 99:
                life.write()
        own = life.writes.held
    assert len({name & 3 for name in own}) == 3
    assert max(name >> 2 for name in own if name & 3 == IDS) > max(name >> 2 for name in own if name & 3 == TOTALS)


def test_names_come_in_any_order() -> None:
    life = Life(Plan(MODEL))
    for day in range(100):
        for user in range(12):
            life.see(usage(at=BEGINS_MS + day * DAY_MS, user_id=f"u{user}", id=f"{day}-{user}"))
    life.write()
    names = [(name >> 2, name & 3) for name in sorted(life.writes.held)]

    def told(held: list[tuple[int, int]]) -> WrittenRecords:
        native, number, packed = life.both.kernel.native, life.both.number, b"".join(NAME.pack(*name) for name in held)
        return native.write(number, b"acme", (1, 0, 0, 0, 0), packed, CHANGED, 1, 1, 0, 1, -1, 0.0, False, b"")

    own, *others = told(names)
    assert own is None, "they are those that it has"
    assert len(names) > 3
    random.Random(1).shuffle(names)
    own, *again = told([*names, *names[:3]])
    assert own is not None
    assert unpacked_names(own) == life.writes.held
    assert again == others


@pytest.mark.parametrize("odd", [b"\0", bytes(15), bytes(17), NAME.pack(1, 4), NAME.pack(1 << 40, DAY)])
def test_bytes_that_are_no_names_are_refused(odd: bytes) -> None:
    life = Life(Plan(MODEL))
    native, number = life.both.kernel.native, life.both.number
    with pytest.raises(ValueError, match="names of own records"):
        native.write(number, b"acme", (0, 0, 0, 0, 0), odd, CHANGED, 1, 1, 0, 1, -1, 0.0, False, b"")
    life.write()


def test_a_baseline_that_is_cut_to_its_bounds() -> None:
    """Points that add up, of an account with errors whose use is far below that of the fortnight before."""
    life = Life(Plan(load_preset("usage-trend-friction")))
    both = life.both
    both.norm = {name: 1.0 if "error" in name else 9e4 for name in both.plan.norm_signals}
    both.kernel.set_norm(both.norm)
    cut: set[bool] = set()
    for day in range(20):
        for _ in range(0 if day else 60):
            life.see(usage(at=BEGINS_MS))
        life.see(an_exception(at=BEGINS_MS + day * DAY_MS))
        judged = both.score.refresh(both.plan.primary, both.account, both.norm)
        cut.add(judged is not None and bool(both.plan.primary.points(judged)["bounds"]))
        for _ in range(4):
            life.write()
    assert cut == {False, True}
