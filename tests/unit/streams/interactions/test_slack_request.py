"""Is it Slack's, of now, and what was clicked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.case_action import ref_of
from streams.interactions.slack_request import NotSlack, click_of, verify
from tests.builders import an_alert_step
from tests.support.slack.signed import ANSWER_URL, SIGNING_SECRET, click_body, signed

NOW = 1_795_255_260
BODY = click_body(an_alert_step())


def lowered(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@pytest.mark.parametrize("at", [NOW, NOW - 300, NOW + 300])
def test_a_signed_request_of_the_last_five_minutes_is_slacks(at: int) -> None:
    assert verify(BODY, lowered(signed(BODY, at)), [SIGNING_SECRET], NOW) == at


@pytest.mark.parametrize("at", [NOW - 301, NOW + 301, 0])
def test_an_old_one_and_one_from_the_future_are_not(at: int) -> None:
    with pytest.raises(NotSlack) as caught:
        verify(BODY, lowered(signed(BODY, at)), [SIGNING_SECRET], NOW)
    assert caught.value.fault == "old"


def test_the_example_of_slacks_own_documentation_is_accepted() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "x-slack-request-timestamp": "1531420618",
        "x-slack-signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    assert verify(body, headers, [SIGNING_SECRET], 1_531_420_700) == 1_531_420_618


def test_any_of_the_secrets_may_have_signed_it() -> None:
    assert verify(BODY, lowered(signed(BODY, NOW)), ["another", SIGNING_SECRET], NOW) == NOW


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"x-slack-signature": ""}, "unsigned"),
        ({"x-slack-request-timestamp": ""}, "unsigned"),
        ({"x-slack-request-timestamp": "soon"}, "unsigned"),
        ({"x-slack-request-timestamp": "-5"}, "unsigned"),
        ({"x-slack-request-timestamp": "٣"}, "unsigned"),
        ({"x-slack-request-timestamp": str(NOW - 1)}, "forged"),
        ({"x-slack-signature": "v0=00"}, "forged"),
        ({"x-slack-signature": "v0=é"}, "forged"),
        ({"x-slack-signature": "v1"}, "forged"),
    ],
)
def test_a_header_that_was_changed_is_noticed(change: dict[str, str], fault: str) -> None:
    with pytest.raises(NotSlack) as caught:
        verify(BODY, lowered(signed(BODY, NOW)) | change, [SIGNING_SECRET], NOW)
    assert caught.value.fault == fault


@pytest.mark.parametrize("body", [BODY + b" ", b"", b"\xff\xfe", BODY.replace(b"acme", b"acmf")])
def test_a_body_that_was_changed_is_noticed(body: bytes) -> None:
    with pytest.raises(NotSlack) as caught:
        verify(body, lowered(signed(BODY, NOW)), [SIGNING_SECRET], NOW)
    assert caught.value.fault == "forged"


def test_without_a_secret_nothing_is_slacks() -> None:
    with pytest.raises(NotSlack):
        verify(BODY, lowered(signed(BODY, NOW)), [], NOW)


def test_a_click_says_what_on_which_case_by_whom_and_when() -> None:
    click = click_of(BODY, NOW)
    assert click is not None
    assert (click.action, click.ref) == ("acknowledge", ref_of(an_alert_step()))
    assert (click.author, click.instant_ms, click.answer_url) == ("ann (U024BE7LH)", NOW * 1_000, ANSWER_URL)


def test_a_name_is_made_plain_and_the_id_is_not_chosen_by_it() -> None:
    click = click_of(click_body(an_alert_step(), name="ann\n(U1)\u202e" + "x" * 90), NOW)
    assert click is not None
    assert click.author.startswith("ann (U1)")
    assert click.author.endswith("… (U024BE7LH)")


@pytest.mark.parametrize(
    "changes",
    [{"type": "view_submission"}, {"actions": []}, {"actions": [{"action_id": "open_page"}]}],
)
def test_what_is_no_concern_of_ours_is_no_click(changes: dict[str, Any]) -> None:
    assert click_of(click_body(an_alert_step(), **changes), NOW) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=",
        b"payload=%7B",
        b"payload=[" + b"[" * 5_000,
        b"&".join([b"a=1"] * 30),
        urlencode({"payload": '{"type":1}'}).encode(),
        click_body(an_alert_step(), actions=[{"action_id": "resolve", "value": "{}"}]),
        click_body(an_alert_step(), user="<!channel>"),
    ],
)
def test_a_signed_request_that_is_no_click_of_ours_is_malformed(body: bytes) -> None:
    with pytest.raises(NotSlack) as caught:
        click_of(body, NOW)
    assert caught.value.fault == "malformed"


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    for headers in ({}, lowered(signed(BODY, NOW))):
        with pytest.raises(NotSlack):
            verify(body, headers, [SIGNING_SECRET], NOW)
    with pytest.raises(NotSlack):
        click_of(body, NOW)
