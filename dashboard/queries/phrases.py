"""Numbers and instants inside sentences. Pure; instants are UTC and say so where there is an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from scoring.instants import DAY_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def number(value: float, places: int = 1) -> str:
    """A figure with this many decimals, thousands grouped, and a real minus sign.

    >>> number(-16.24), number(1234.0, 0), number(-0.01)
    ('−16.2', '1,234', '0.0')
    """
    digits = f"{value:,.{places}f}"
    if not float(digits.replace(",", "")):
        digits = digits.removeprefix("-")
    return digits.replace("-", "−")


def delta(value: float, places: int = 1) -> str:
    """A change, with its sign.

    >>> delta(4.2), delta(-4.25), delta(0.02)
    ('+4.2', '−4.2', '0.0')
    """
    digits = number(value, places)
    return digits if digits.startswith("−") or not float(digits.replace(",", "")) else f"+{digits}"


def money(amount: float, currency: str = "USD") -> str:
    """An amount without cents.

    >>> money(8400.4), money(-23300), money(5, "CHF")
    ('$8,400', '−$23,300', '5 CHF')
    """
    digits = number(abs(amount), 0)
    sign = "−" if amount < 0 and digits != "0" else ""
    if currency in _SYMBOLS:
        return f"{sign}{_SYMBOLS[currency]}{digits}"
    return f"{sign}{digits} {currency}"


def day(at_ms: int, now_ms: int) -> str:
    """A day; its year only when it is not this one.

    >>> day(1_795_255_200_000, 1_795_255_200_000), day(86_400_000, 1_795_255_200_000)
    ('21 Nov', '2 Jan 1970')
    """
    moment, now = _moment(at_ms), _moment(now_ms)
    year = "" if moment.year == now.year else f" {moment.year}"
    return f"{moment.day} {moment:%b}{year}"


def instant(at_ms: int, now_ms: int) -> str:
    """A day with its weekday within a week, and the minute.

    >>> instant(1_795_255_200_000, 1_795_255_200_000)
    'Sat 21 Nov 10:00 UTC'
    """
    weekday = f"{_moment(at_ms):%a} " if abs(at_ms - now_ms) < 7 * DAY_MS else ""
    return f"{weekday}{day(at_ms, now_ms)} {_moment(at_ms):%H:%M} UTC"


def span(span_ms: int) -> str:
    """How long, in its two largest units: «2 d 4 h», «3 h 02 min», «4 min», «12 s».

    >>> span(187_200_000), span(10_920_000), span(12_000)
    ('2 d 4 h', '3 h 02 min', '12 s')
    """
    seconds = max(0, span_ms) // 1_000
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours and days < 10 else f"{days} d"
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


def date_text(day_number: int) -> str:
    """A day since 1970 as a date, such as 2026-11-21.

    >>> date_text(1)
    '1970-01-02'
    """
    return (_EPOCH + timedelta(days=day_number)).date().isoformat()


def sentence(*parts: str) -> str:
    """The parts that say something as sentences: each begins large and ends in one full stop.

    >>> sentence("fell 3 points", "", "red on Monday.")
    'Fell 3 points. Red on Monday.'
    """
    return " ".join(f"{part[0].upper()}{part[1:].rstrip('.')}." for part in parts if part)


def _moment(at_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=at_ms)
