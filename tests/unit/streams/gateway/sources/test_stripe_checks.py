"""What only a source of Stripe has, checked when its file is read."""

from __future__ import annotations

import pytest

from streams.gateway.sources.loader import SourcesError, load_sources
from streams.gateway.sources.stripe_checks import is_api_address

BEGIN = '[sources.billing]\nkind = "stripe"\nsecrets = ["VITALS_SECRET_S"]\n'


@pytest.mark.parametrize(
    "line",
    [
        'currency = "EUR"\nrates = { usd = 0.9, GBP = 1.2 }',
        "rates = { usd = 1 }",
        'api_address = "http://localhost:12111"',
    ],
)
def test_a_source_of_stripe_is_taken(line: str) -> None:
    assert list(load_sources(BEGIN + line)) == ["billing"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('currency = "dollar"', "billing.currency: 'dollar' is no currency"),
        ("rates = { euro = 1.08 }", "billing.rates.euro: 'euro' is no currency"),
        ("rates = { eur = 0 }", "billing.rates.eur: a rate is above 0"),
        ("rates = { eur = -1.5 }", "billing.rates.eur: a rate is above 0"),
        ("rates = { eur = nan }", "billing.rates.eur: nan is not a usable number"),
        ("rates = { eur = inf }", "billing.rates.eur: inf is not a usable number"),
        ("rates = { USD = 2 }", "billing.rates.USD: USD is the currency of this source"),
        ('api_address = "http://api.stripe.com"', "billing.api_address: this is not the address"),
        ('api_key = "rk_live_1"', "billing.api_key: what is given is not the name of a secret"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(line: str, words: str) -> None:
    with pytest.raises(SourcesError) as error:
        load_sources(BEGIN + line)
    assert f"sources.{words}" in str(error.value)
    assert str(error.value).startswith("line 4: ")


@pytest.mark.parametrize(
    "address",
    [
        *("", "https://", "api.stripe.com", "ftp://x", "https://u:p@x", "https://x?y", "https://x#y", "https://x/v1"),
        *("https://x:0", "https://x:99999", "https://[", "https://x y", "https://x\n", "http://localhost.evil.example"),
    ],
)
def test_an_address_that_may_not_get_a_key(address: str) -> None:
    assert not is_api_address(address)
