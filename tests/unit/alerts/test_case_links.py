"""Signed links to a case: what is accepted, and that nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.case_action import CaseRef, ref_of
from alerts.case_links import PATH, VALID_MS, BadToken, CaseLinks, CaseTokens
from tests.builders import an_alert_step

KEY, OTHER = "0123456789abcdef", "fedcba9876543210"
REF = CaseRef(account="acme", rule="tier", case="c0ffee", step=1)


def test_a_token_says_which_case_until_it_expires() -> None:
    tokens = CaseTokens([KEY])
    token = tokens.token(REF, until_ms=1_000)
    assert tokens.read(token, now_ms=999) == REF
    with pytest.raises(BadToken, match="expired"):
        tokens.read(token, now_ms=1_000)


def test_the_same_case_has_the_same_token_and_another_key_another_one() -> None:
    assert CaseTokens([KEY]).token(REF, 5) == CaseTokens([KEY]).token(REF, 5)
    assert CaseTokens([KEY]).token(REF, 5) != CaseTokens([OTHER]).token(REF, 5)


def test_a_key_can_be_replaced_without_breaking_links() -> None:
    old = CaseTokens([OTHER]).token(REF, 1_000)
    assert CaseTokens([KEY, OTHER]).read(old, 0) == REF
    with pytest.raises(BadToken, match="no longer in use"):
        CaseTokens([KEY]).read(old, 0)


@pytest.mark.parametrize("keys", [[], [""], ["short"], [KEY, "short"]])
def test_a_key_that_could_be_guessed_is_refused(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="16 characters"):
        CaseTokens(keys)


@given(st.text(max_size=3_000) | st.binary(max_size=200).map(lambda raw: raw.hex() + "." + raw.hex()))
def test_nothing_else_is_a_token(text: str) -> None:
    with pytest.raises(BadToken):
        CaseTokens([KEY]).read(text, 0)


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_changed_token_is_refused(place: int, character: str) -> None:
    tokens = CaseTokens([KEY])
    token = tokens.token(REF, 1_000)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    try:
        assert tokens.read(changed, 0) == REF  # the last character of base64 has spare bits
    except BadToken:
        return
    assert place in (len(token) - 1, token.index(".") - 1) or changed == token


@given(st.text(max_size=200), st.text(max_size=80))
def test_any_names_come_back(account: str, rule: str) -> None:
    ref = CaseRef(account=account, rule=rule, case="c", step=2)
    assert CaseTokens([KEY]).read(CaseTokens([KEY]).token(ref, 10), 0) == ref


def test_a_link_lasts_for_thirty_days_and_a_case_that_is_over_has_none() -> None:
    tokens = CaseTokens([KEY])
    links = CaseLinks("https://vitals.example/", tokens)
    step = an_alert_step()
    link = links.link(step)
    assert link.startswith(f"https://vitals.example{PATH}")
    token = link.rpartition("/")[2]
    assert tokens.read(token, step.as_of_ms + VALID_MS - 1) == ref_of(step)
    assert links.link(an_alert_step(status="resolved")) == ""
    assert links.link(an_alert_step(case_id="", status=None)) == ""
