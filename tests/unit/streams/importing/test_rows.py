"""Rows as events and aliases, and what the default model makes of them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from scoring.event.bodies import Rejected
from scoring.instants import parse_instant
from scoring.model.loader import load_preset
from scoring.plan.plan import Plan
from streams.errors import UserError
from streams.identity.alias import Alias, ForeignId
from streams.importing.map_file import AccountColumn, Ended, ImportMap, Property, TimeColumn
from streams.importing.rows import ImportedRow, RowReader, instant_of_export
from tests.support.plain.replay import replay

AS_OF_MS = parse_instant("2026-10-01T00:00:00Z")
HEADER = ("Id", "Owner", "Segment", "Renewal", "MRR", "Plan", "Seats", "Stripe", "Status", "Changed")
MAP = ImportMap(
    account=AccountColumn(column="Id"),
    decimal=",",
    thousands=".",
    source="crm",
    properties={
        "Owner": Property(name="account_owner"),
        "Segment": Property(name="segment"),
        "Renewal": Property(name="renewal_date", type="date", format="%d.%m.%Y"),
        "MRR": Property(name="mrr", type="number"),
        "Plan": Property(name="plan"),
        "Seats": Property(name="seats", type="number"),
    },
    aliases={"Stripe": "stripe.customer"},
    ended=Ended(column="Status", values=("Cancelled",)),
)


def read(found: ImportMap, as_of_ms: int = AS_OF_MS, /, **cells: str) -> ImportedRow:
    return RowReader(found, HEADER, as_of_ms).read([{"Id": "acme", **cells}.get(name, "") for name in HEADER])


def told(row: ImportedRow) -> dict[str, tuple[str, dict[str, Any]]]:
    return {each.event: (each.topic, json.loads(each.value)["properties"]) for each in row.events}


def test_a_row_is_an_event_of_the_account_one_of_its_subscription_and_aliases() -> None:
    row = read(MAP, Owner="Ann", Renewal="31.12.2026", MRR="1.234,50", Plan="pro", Stripe="cus_1")
    assert told(row) == {
        "account_updated": ("billing", {"account_owner": "Ann", "renewal_date": "2026-12-31"}),
        "subscription_updated": ("billing", {"mrr": 1234.5, "plan": "pro"}),
    }
    assert row.aliases == (
        Alias(kind="stripe.customer", id="cus_1", to=ForeignId("account", "acme"), author="crm", at_ms=AS_OF_MS),
    )


def test_the_default_model_reads_every_trait_of_an_import() -> None:
    row = read(MAP, Owner="Ann", Segment="SMB", Renewal="31.10.2026", MRR="99", Plan="pro", Seats="40")
    plan = Plan(load_preset("default"))
    events = [
        plan.decoder.decode(
            each.topic, msgspec.json.encode({**json.loads(each.value), "account_id": "acme"}), 0, AS_OF_MS
        )
        for each in row.events
    ]
    (answer,) = replay(plan, events, [AS_OF_MS])
    assert {name: answer.facts[name] for name in ("owner", "segment", "renewal_days", "mrr", "plan", "seats")} == {
        "owner": "Ann",
        "segment": "SMB",
        "renewal_days": 30.0,
        "mrr": 99.0,
        "plan": "pro",
        "seats": 40.0,
    }
    assert answer.facts["usage_30d"] == 0.0


def test_a_subscription_that_ended_is_said_so_even_with_nothing_else_in_the_row() -> None:
    assert told(read(MAP, Status="Cancelled")) == {"subscription_canceled": ("billing", {})}
    assert told(read(MAP, Status="active", MRR="5")) == {"subscription_updated": ("billing", {"mrr": 5})}


def test_the_same_row_of_the_same_export_is_one_event_and_another_value_or_time_is_another() -> None:
    first, again, other, later = (
        {each.event_id for each in row.events}
        for row in (
            read(MAP, Owner="Ann", MRR="1"),
            read(MAP, Owner="Ann", MRR="1,0"),
            read(MAP, Owner="Bob", MRR="2"),
            read(MAP, AS_OF_MS + 1, Owner="Ann", MRR="1"),
        )
    )
    assert len(first) == 2
    assert len(first & again) == 1  # 1 and 1.0 are written differently
    assert not first & other
    assert not first & later


def test_rows_may_be_of_an_id_of_another_system() -> None:
    found = msgspec.structs.replace(MAP, account=AccountColumn(column="Id", kind="salesforce.account"))
    row = read(found, Stripe="cus_1")
    assert row.account == ForeignId("salesforce.account", "acme")
    assert row.aliases[0].to == row.account


def test_a_row_holds_since_its_own_time_else_since_that_of_the_export() -> None:
    found = msgspec.structs.replace(MAP, time=TimeColumn(column="Changed", format="%d.%m.%Y"))
    assert read(found, Owner="Ann", Changed="02.09.2026").instant_ms == parse_instant("2026-09-02T00:00:00Z")
    assert read(found, Owner="Ann").instant_ms == AS_OF_MS
    with pytest.raises(Rejected, match="Changed is empty: say with --as-of"):
        read(found, 0, Owner="Ann")
    with pytest.raises(Rejected, match="Changed: 'soon' is no date"):
        read(found, Owner="Ann", Changed="soon")


def test_now_is_never_assumed() -> None:
    with pytest.raises(UserError, match="When was the export made"):
        instant_of_export(MAP, 0, 0)
    assert instant_of_export(MAP, 5, 7) == 5
    assert instant_of_export(MAP, 0, 7) == 7
    assert instant_of_export(msgspec.structs.replace(MAP, time=TimeColumn(column="Changed")), 0, 0) == 0


@pytest.mark.parametrize(
    ("cells", "reason", "words"),
    [
        ({"Id": "", "Owner": "Ann"}, "no_account", "Id is empty"),
        ({"Id": "N/A", "Owner": "Ann"}, "placeholder_account", "Id: 'N/A'"),
        ({"Id": "x" * 201, "Owner": "Ann"}, "account_too_long", "200 characters"),
        ({}, "nothing_given", "empty"),
        ({"MRR": "1,234.5"}, "bad_cell", "MRR: '1,234.5' is no number"),
        ({"Stripe": "null"}, "bad_cell", "Stripe: 'null'"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_its_column(cells: dict[str, str], reason: str, words: str) -> None:
    with pytest.raises(Rejected, match=words) as rejected:
        read(MAP, **cells)
    assert rejected.value.reason == reason


def test_columns_that_are_missing_or_twice_are_errors() -> None:
    with pytest.raises(UserError, match="has no column 'Owner'; did you mean 'Owners'"):
        RowReader(MAP, ["Owners", *(name for name in HEADER if name != "Owner")], AS_OF_MS)
    with pytest.raises(UserError, match="has 2 columns 'Owner'"):
        RowReader(MAP, [*HEADER, "Owner"], AS_OF_MS)
