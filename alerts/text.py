"""Notifications as short plain text, and the parts that other wordings are built from.

Pure. Text from outside (account names, event names in a cause) is made safe for display in one place: `plain`.
Escapes for a medium's own markup, such as Slack's, belong to that medium's sink.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from alerts.notification import Notification
from scoring.result import Driver

# In characters. A cause of 280 stays within Slack's limits even when every character is escaped.
NAME_LIMIT = 80
TIER_LIMIT = 24
WORDS_LIMIT = 280
# A larger amount of money is an error in the data: written out, 1e308 would have 309 digits.
MONEY_LIMIT = 1e15


def plain(text: str, limit: int) -> str:
    """`text` on one line, without invisible characters, and at most `limit` (1 or more) characters long.

    Control characters become spaces. Formatting characters (zero width, right to left) and lone surrogates are removed.
    Runs of white space become one space. So a name cannot move a terminal's cursor or reverse the rest of the line.
    Text that is cut ends with an ellipsis; empty text becomes "?".

    >>> plain("acme" + chr(27) + "[2J  ltd" + chr(10), 80)
    'acme [2J ltd'
    >>> plain("a long name", 7)
    'a long…'
    """
    is_visible = text.isascii() and text.isprintable()  # nearly always, and told at once
    line = " ".join((text if is_visible else _visible(text)).split()) or "?"
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _visible(text: str) -> str:
    return "".join(
        " " if category == "Cc" else character
        for character, category in ((character, unicodedata.category(character)) for character in text)
        if category not in ("Cf", "Cs")
    )


def points(value: float) -> str:
    """A score, or a part of one, with at most two decimals and a real minus sign.

    >>> points(78.40), points(72.0), points(-5.25)
    ('78.4', '72', '−5.25')
    """
    digits = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits.replace("-", "−")


def signed(value: float) -> str:
    """A change in points, with its sign, except for 0.

    >>> signed(-17.2), signed(3.0), signed(0.0)
    ('−17.2', '+3', '0')
    """
    digits = points(value)
    return digits if digits == "0" or digits.startswith("−") else f"+{digits}"


def money(amount: float) -> str:
    """An amount in the currency's units: thousands grouped, cents only when there are any.

    >>> money(5000.0), money(1234.5), money(-80.0)
    ('5,000', '1,234.50', '−80')
    """
    if abs(amount) >= MONEY_LIMIT:
        return f"{amount:.2e}".replace("-", "−")
    return f"{amount:,.2f}".removesuffix(".00").replace("-", "−")


def arrow(notification: Notification) -> str:
    """The direction: "▼" when the tier is worse than before, else "▲"."""
    return "▼" if notification.worse else "▲"


def tiers(notification: Notification) -> str:
    """Both tiers, old to new: "green ▸ yellow"."""
    return f"{plain(notification.from_tier, TIER_LIMIT)} ▸ {plain(notification.to_tier, TIER_LIMIT)}"


def scores(notification: Notification) -> str:
    """Both scores and the change, in points: "78.4 ▸ 61.2 (−17.2)"."""
    before, after = points(notification.before), points(notification.after)
    return f"{before} ▸ {after} ({signed(notification.change)})"


def headline(notification: Notification) -> str:
    """The change as one clause without a full stop: "acme fell from green to yellow: 78.4 ▸ 61.2 (−17.2)"."""
    verb = "fell" if notification.worse else "rose"
    before, after = (plain(tier, TIER_LIMIT) for tier in (notification.from_tier, notification.to_tier))
    name = plain(notification.account_id, NAME_LIMIT)
    return f"{name} {verb} from {before} to {after}: {scores(notification)}"


def sentence(text: str) -> str:
    """`text` made plain, ending in one full stop."""
    return plain(text, WORDS_LIMIT).rstrip(".") + "."


def driver_words(drivers: Iterable[Driver]) -> list[str]:
    """Each driver as "Usage (no login in 15 days)", in the given order, worst first."""
    return [driver_text(driver) for driver in drivers]


def driver_text(driver: Driver) -> str:
    """A driver as "Usage (no login in 15 days)", or as "usage" when it has no text."""
    label = plain(driver.label, NAME_LIMIT)
    return f"{label} ({plain(driver.words, WORDS_LIMIT)})" if driver.words else label


def in_words(notification: Notification) -> str:
    """The whole notification as one line of plain text: the change, its cause, the drivers and the revenue at risk."""
    parts = [f"{headline(notification)}.", sentence(notification.cause.words)]
    if notification.drivers:
        parts.append(f"Drivers: {', '.join(driver_words(notification.drivers))}.")
    if notification.mrr is not None:
        parts.append(f"MRR {money(notification.mrr)}.")
    return " ".join(parts)
