"""Checks of a source of Stripe: its currency, its rates, and the address of the API. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from scoring.model.rule_checks import ModelRuleError
from streams.gateway.sources.schema import StripeSource

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_CURRENCY = re.compile(r"[A-Za-z]{3}")


def check_stripe(key: str, source: StripeSource) -> None:
    """Check what only a source of Stripe has; `key` is the source's.

    Raises:
        ModelRuleError: when a currency is no code, a rate is not above 0, or the API's address is not safe.
    """
    for at, currency in (
        (f"{key}.currency", source.currency),
        *((f"{key}.rates.{each}", each) for each in source.rates),
    ):
        if not _CURRENCY.fullmatch(currency):
            raise ModelRuleError(at, f"{currency!r} is no currency; write its code of three letters, like usd")
    for currency, rate in source.rates.items():
        at = f"{key}.rates.{currency}"
        if rate <= 0:
            raise ModelRuleError(at, f"a rate is above 0; write what one {currency} is worth in {source.currency}")
        if currency.casefold() == source.currency.casefold() and rate != 1:
            raise ModelRuleError(at, f"{currency} is the currency of this source, so its rate is 1; leave it out")
    if not is_api_address(source.api_address):
        words = "this is not the address of an API; write https:// and a host, as in https://api.stripe.com"
        raise ModelRuleError(f"{key}.api_address", words)


def is_api_address(text: str) -> bool:
    """Whether a key may be sent to this address: https, or http on this machine, and nothing behind the host.

    >>> [is_api_address(each) for each in ("https://api.stripe.com", "http://api.stripe.com", "http://localhost:12111")]
    [True, False, True]
    """
    try:
        found = urlsplit(text)
        is_whole = bool(found.hostname) and (found.port is None or found.port > 0)
    except ValueError:
        return False
    is_safe = found.scheme == "https" or (found.scheme == "http" and found.hostname in LOOPBACK)
    is_bare = found.path in ("", "/") and not (found.query or found.fragment or "@" in found.netloc)
    return is_whole and is_safe and is_bare and text.isascii() and text.isprintable() and " " not in text
