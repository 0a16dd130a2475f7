"""Which properties are published."""

from __future__ import annotations

import pytest

from streams.gateway.vendors.plain_properties import PERSONS, is_personal, plain_properties, tells_billing


@pytest.mark.parametrize(
    "name", ["email", "E-Mail", "invitee_email", "ip", "$ip", "phone", "First Name", "message_body", "body", "token"]
)
def test_what_is_personal_is_left_out(name: str) -> None:
    assert is_personal(name)
    assert plain_properties({name: "x", "plan": "pro"}) == {"plan": "pro"}


@pytest.mark.parametrize(
    "name", ["plan", "user_email", "userEmail", "name", "ticket_id", "nps", "role", "zip", "shipping"]
)
def test_what_models_use_is_kept(name: str) -> None:
    assert plain_properties({name: "x"}) == {name: "x"}


def test_only_values_that_a_signal_reads_are_kept() -> None:
    sent = {
        "n": 0,
        "f": 1.5,
        "b": False,
        "t": "x" * 500,
        "long": "x" * 501,
        "none": None,
        "empty": "",
        "l": [1],
        "o": {},
    }
    assert plain_properties(sent) == {"n": 0, "f": 1.5, "b": False, "t": "x" * 500}


def test_the_first_table_counts_and_a_name_of_no_use_hides_none() -> None:
    assert plain_properties({"plan": ""}, {"plan": "pro"}, {"plan": "free", "seats": 3}) == {"plan": "pro", "seats": 3}


@pytest.mark.parametrize("text", ["ann@acme.io", "Ann <ann@acme.io> - Persons", "https://x/?mail=ann@acme.io"])
def test_a_text_with_an_address_is_left_out_but_where_it_is_the_users_id(text: str) -> None:
    assert plain_properties({"title": text, "user_email": text, "at": "3 @ home"}) == {
        "user_email": text,
        "at": "3 @ home",
    }


def test_a_person_has_no_name() -> None:
    assert plain_properties({"name": "Ann", "role": "champion"}, without=PERSONS) == {"role": "champion"}


def test_what_speaks_of_money() -> None:
    assert tells_billing({"seat_count": 3})
    assert not tells_billing({"employees": 3})
