"""What a run of the benchmark measures, by its options."""

from __future__ import annotations

import msgspec
import pytest

from bench.__main__ import EVENTS, Wishes, new_setup
from bench.contenders.table import rows


class NoBroker:
    name = "none"
    address = "192.0.2.1:9"
    is_apache = True
    survives_kill = False

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...


WISHES = Wishes(quick=False, only=(), accounts=(1_000,), rounds=1, with_figures=True, json="")
QUICK = msgspec.structs.replace(WISHES, quick=True)


def test_a_full_run_has_every_row_and_a_quick_one_fewer() -> None:
    assert [row.name for row in WISHES.rows()] == [row.name for row in rows()]
    assert [row.name for row in QUICK.rows()] == [row.name for row in rows() if row.is_quick]


def test_rows_that_are_named_are_measured_in_a_quick_run_too() -> None:
    named = msgspec.structs.replace(QUICK, only=("Kafka Streams",))
    assert len(named.rows()) == 4
    assert not all(row.is_quick for row in named.rows())


def test_further_figures_can_be_left_out() -> None:
    setup = new_setup(NoBroker(), "/nowhere", quick=True)
    assert WISHES.steps(setup)
    assert msgspec.structs.replace(WISHES, with_figures=False).steps(setup) == []


@pytest.mark.parametrize(("accounts", "events"), [(1_000, EVENTS), (100_000, EVENTS), (300_000, 1_800_000)])
def test_many_accounts_have_six_events_each(accounts: int, events: int) -> None:
    setup = new_setup(NoBroker(), "/nowhere", quick=False, accounts=accounts)
    assert (setup.accounts, setup.events) == (accounts, events)
