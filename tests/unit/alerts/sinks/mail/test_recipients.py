"""To whom a mail goes."""

from __future__ import annotations

import pytest

from alerts.gathered import gathered_of
from alerts.sinks.mail.recipients import MOST_RECIPIENTS, is_address, recipients_of
from tests.builders import an_alert_step

PEOPLE = {"Ann": "ann@corp.example", "bob": "bob@corp.example"}


SENDER = "vitals@northwind.example"


def of(owner: str, *to: str) -> tuple[str, ...]:
    return recipients_of(an_alert_step(traits={"owner": owner}), to, PEOPLE, SENDER)


def test_the_owner_is_found_by_the_table_or_is_an_address() -> None:
    assert of("Ann", "{owner}") == ("ann@corp.example",)
    assert of("zoe@corp.example", "{owner}") == ("zoe@corp.example",)
    assert of("carol", "{owner}@corp.example") == ("carol@corp.example",)


def test_fixed_addresses_and_owners_are_each_once() -> None:
    assert of("Ann", "team@corp.example", "{owner}", "ann@corp.example") == ("team@corp.example", "ann@corp.example")


@pytest.mark.parametrize("owner", ["", "Nobody known", "a@b, eve@evil.example", "x@y.example\r\nBcc: eve@evil.example"])
def test_an_owner_without_an_address_is_left_out(owner: str) -> None:
    assert of(owner, "{owner}", "team@corp.example") == ("team@corp.example",)


def test_a_message_about_many_goes_to_the_owners_of_those_that_it_shows() -> None:
    steps = [
        an_alert_step(account_id=name, sequence=1, traits={"owner": owner})
        for name, owner in (("a", "Ann"), ("b", "bob"), ("c", "Ann"), ("d", ""))
    ]
    gathered = gathered_of(steps, "day/mail", "digest")
    assert set(recipients_of(gathered, ["{owner}"], PEOPLE, SENDER)) == {"ann@corp.example", "bob@corp.example"}


def test_a_mail_has_a_bounded_number_of_recipients() -> None:
    many = [f"p{number}@corp.example" for number in range(80)]
    assert len(of("Ann", *many)) == MOST_RECIPIENTS


@pytest.mark.parametrize(
    "text", ["", "ann", "ann@", "@x", "a b@x", "a@x y", 'a"@x', "a@x\n", "ä@x", "a@-x.de", "a" * 250 + "@x.de", "<a@x>"]
)
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)


def test_an_event_cannot_send_mail_to_another_domain() -> None:
    """The owner is a property of events; the mail has the MRR, and a link that acts."""
    assert of("eve@evil.example", "{owner}", "team@corp.example") == ("team@corp.example",)
    assert of("eve@evil.example", "ann@{owner}", "eve@{owner}") == ()
    assert of("evil.example", "ann@{owner}") == ()
    assert of("zoe@NorthWind.example", "{owner}") == ("zoe@NorthWind.example",)
