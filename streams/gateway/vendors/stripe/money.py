"""Amounts of money as Stripe writes them, exactly: fractions of a currency's unit. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from math import isfinite

import msgspec

ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
"""Currencies without a minor unit. Stripe writes ISK and UGX with two decimals all the same."""
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
_AMOUNT = re.compile(r"[0-9]{1,20}(\.[0-9]{1,12})?")
"""What Stripe writes: at most 12 decimal places of a minor unit."""


class Refusal(ValueError):
    """Why an amount or an MRR is not known. `reason` is a code; the text says what to do."""

    def __init__(self, reason: str, words: str) -> None:
        super().__init__(words)
        self.reason = reason
        self.words = words


class Rates(msgspec.Struct, frozen=True):
    """What one unit of a currency is worth in `currency`. Names may have any case."""

    currency: str = "usd"
    worth: Mapping[str, float] = {}

    def of(self, currency: str) -> Fraction:
        """The worth of one unit, as the rate is written: 1.08 is 27/25.

        >>> Rates("eur", {"USD": 0.92}).of("usd"), Rates("eur").of("EUR")
        (Fraction(23, 25), Fraction(1, 1))

        Raises:
            Refusal: when there is no rate above 0.
        """
        wanted = currency.strip().casefold()
        if wanted == self.currency.strip().casefold():
            return Fraction(1)
        for name, rate in self.worth.items():
            if name.strip().casefold() == wanted and isfinite(rate) and rate > 0:
                return Fraction(str(rate))
        raise Refusal("no_rate", f"no rate of {wanted} in {self.currency}: add rates.{wanted} to the source")


def minor_units(currency: str) -> int:
    """How many minor units make one unit of a currency, in Stripe's API.

    >>> minor_units("usd"), minor_units("JPY"), minor_units("kwd"), minor_units("isk")
    (100, 1, 1000, 100)
    """
    plain = currency.casefold()
    return 1 if plain in ZERO_DECIMAL else 1_000 if plain in THREE_DECIMAL else 100


def shown(found: object) -> str:
    """The first 40 characters of a value, for a text."""
    return "a huge number" if isinstance(found, int) and abs(found) > 10**20 else str(found)[:40]


def amount_of(found: object) -> Fraction | None:
    """An amount of minor units: an integer, or a text with decimals. None for null, and for what is not given.

    >>> amount_of(2000), amount_of("0.05"), amount_of(None)
    (Fraction(2000, 1), Fraction(1, 20), None)

    Raises:
        Refusal: for anything else, negative amounts included.
    """
    if found is None or found is msgspec.UNSET:
        return None
    text = shown(found)
    if isinstance(found, bool) or not isinstance(found, int | float | str) or not _AMOUNT.fullmatch(text):
        raise Refusal("bad_amount", f"{text!r} is not an amount")
    return Fraction(text)
