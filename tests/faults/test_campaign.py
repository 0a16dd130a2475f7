"""The fault campaign in short, on the session's broker; and its invariants and its proxy, which must have teeth."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from alerts.delivery_record import DeliveryRecord
from alerts.lifecycle.schema import Route
from alerts.step import AlertStep
from scoring.result import OpenCase
from tests.builders import a_notification, a_snapshot, an_alert_step
from tests.faults import invariants
from tests.faults.campaign import Campaign
from tests.faults.kafka import Broker
from tests.faults.proxy import Proxy
from tests.faults.worker_faults import Kills, Poison
from tests.faults.workload import History
from tests.support.kafka.broker import RunningBroker
from vitals.local.embedded import HOST


async def test_a_killed_worker_and_unusable_messages_change_nothing(broker: RunningBroker, tmp_path: Path) -> None:
    if not broker.is_apache:
        pytest.skip("the fault campaign needs Apache Kafka: install java 17 and mvn")
    rows = await Campaign(spare_rounds=0).play([Kills(1, 1.5), Poison(1.0)], Broker(broker.address), tmp_path)
    assert [row.broken for row in rows] == [(), ()]
    assert rows[0].faults == 1
    # The others may have taken over, and the next scenario begun, before it is started again.
    assert sum(row.started for row in rows) == 2  # the worker and the notifier
    assert rows[1].faults > 100
    assert rows[0].looks > 10
    assert rows[0].notifications > 100
    assert rows[0].steps > rows[0].told > 100
    assert rows[0].commands > rows[0].cases > 20


def ids_of(history: History) -> list[str]:
    """The ids of 200 rounds' events, of those that have one."""
    loads = [load for number in range(200) for load in history.round(number).messages if load.account_id]
    events = [msgspec.json.decode(load.value or b"") for load in loads]
    return [event["id"] for event in events if "id" in event]


def test_a_history_is_the_same_for_one_seed_and_has_no_id_twice() -> None:
    one, other, third = History(1, 6), History(1, 6), History(2, 6)
    assert [one.round(number) for number in range(20)] == [other.round(number) for number in range(20)]
    assert one.round(3) != third.round(3)
    assert len(ids_of(History(1, 6, all_ids=True))) == len(set(ids_of(History(1, 6, all_ids=True)))) == 200 * 54
    assert 200 * 10 < len(ids_of(one)) == len(set(ids_of(one))) < 200 * 20


def test_answers_that_are_wrong_missing_or_extra_are_told() -> None:
    acme = a_snapshot("acme")
    assert invariants.answers({"acme": acme}, {"acme": acme}, "scores") == []
    wrong = msgspec.structs.replace(acme, score=12.0)
    told = invariants.answers({"acme": acme, "gone": acme}, {"acme": wrong, "new": acme}, "scores")
    assert [each.partition(" (")[0] for each in told] == ["scores: missing", "scores: nobody knows", "scores: wrong"]


def test_a_gap_a_leap_and_two_contents_of_one_id_are_told() -> None:
    first = a_notification(sequence=1, from_tier="green", to_tier="yellow")
    second = a_notification(sequence=2, from_tier="yellow", to_tier="red")
    assert invariants.notifications([first, second, first]) == []
    assert "the sequence of acme is [2]" in invariants.notifications([second])[0]
    leap = a_notification(sequence=2, from_tier="green", to_tier="red")
    assert "number 1 is to yellow, and the next from green" in invariants.notifications([first, leap])[0]
    other = msgspec.structs.replace(first, after=1.0)
    assert "two contents" in invariants.notifications([first, other])[0]


def test_a_difference_from_the_undisturbed_run_is_told() -> None:
    first = a_notification(sequence=1)
    second = a_notification(sequence=2, from_tier="yellow", to_tier="red")
    assert invariants.same_notifications([first], [first, first], offsets=True) == []
    assert "has and this has not" in invariants.same_notifications([first, second], [first], offsets=True)[0]
    assert "undisturbed run has not" in invariants.same_notifications([first], [first, second], offsets=True)[0]
    moved = msgspec.structs.replace(first, cause=msgspec.structs.replace(first.cause, offset=7))
    assert "otherwise" in invariants.same_notifications([first], [moved], offsets=True)[0]
    assert invariants.same_notifications([first], [moved], offsets=False) == []


def test_dead_letters_that_are_lost_or_of_good_messages_are_told() -> None:
    bad, good = ("billing", 1, 7), ("billing", 1, 8)
    assert invariants.dead_letters({bad}, {bad}) == []
    assert len(invariants.dead_letters({bad}, {good})) == 2


def test_a_step_that_is_lost_other_or_too_many_is_told() -> None:
    steps = [identified(number) for number in (1, 2)]
    bodies = {step.id: msgspec.json.encode(step) for step in steps}
    first, second = bodies.values()
    assert invariants.alert_steps([first, second, first], ACME, bodies, LATER_MS) == []
    assert "that are lost (1)" in invariants.alert_steps([first], ACME, bodies, LATER_MS)[0]
    assert (
        "the plain run has not (1)" in invariants.alert_steps([first, second], ACME, {steps[0].id: first}, LATER_MS)[0]
    )
    other = msgspec.json.encode(msgspec.structs.replace(steps[1], words="Nothing."))
    assert "has otherwise (1)" in invariants.alert_steps([first, other], ACME, bodies, LATER_MS)[0]
    assert "two contents" in invariants.alert_steps([first, second, other], ACME, bodies, LATER_MS)[0]
    assert "is gone, and has the cases" in invariants.alert_steps([first, second], {}, bodies, LATER_MS)[0]
    assert "has the alert steps [2]" in invariants.alert_steps([second], ACME, {}, LATER_MS)[0]


LATER_MS = 1 << 50
OPEN = OpenCase(
    id="c0ffee", rule="tier", severity="critical", status="open", opened_at="2026-01-01", since="2026-01-01", words=""
)
ACME = {"acme": a_snapshot("acme", cases=(OPEN,))}


def identified(number: int) -> AlertStep:
    """The step of this number: the first opens a case, others change it."""
    identity = sha256(f"acme\0alerts\0{number}".encode()).hexdigest()[:32]
    return an_alert_step(id=identity, sequence=number, step="opened" if number == 1 else "changed", status="open")


def test_a_step_without_a_result_or_with_two_and_results_out_of_order_are_told() -> None:
    steps = [identified(number) for number in (1, 2)]
    one, two = (
        DeliveryRecord(step_id=step.id, account_id="acme", rule="", outcome="delivered", at="", route="all")
        for step in steps
    )
    routes = {"all": Route()}
    again = msgspec.structs.replace(one, at="2026-01-01T00:00:00Z")
    assert invariants.deliveries(steps, [one, two, again], routes) == []
    assert "no result of" in invariants.deliveries(steps, [one], routes)[0]
    assert "not in its order" in invariants.deliveries(steps, [two, one], routes)[0]
    refused = msgspec.structs.replace(one, outcome="refused")
    assert "several results" in invariants.deliveries(steps, [one, two, refused], routes)[0]
    assert "not for it" in invariants.deliveries(steps[:1], [one, two], routes)[0]


async def test_a_proxy_that_is_shut_holds_back_and_loses_nothing() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, HOST, 0)
    proxy = Proxy(server.sockets[0].getsockname()[1])
    await proxy.start()
    reader, writer = await asyncio.open_connection(HOST, proxy.port)
    try:
        writer.write(b"one")
        assert await asyncio.wait_for(reader.readexactly(3), 5) == b"one"
        proxy.shut()
        writer.write(b"two")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.readexactly(1), 0.2)
        proxy.open()
        assert await asyncio.wait_for(reader.readexactly(3), 5) == b"two"
        proxy.hang_up()
        assert await asyncio.wait_for(reader.read(1), 5) == b""
    except ConnectionResetError:
        pass  # how a hung up connection ends, too
    finally:
        writer.close()
        await proxy.stop()
        server.close()
        await server.wait_closed()
