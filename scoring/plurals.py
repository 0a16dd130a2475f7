"""Counts with the right English singular or plural."""

from __future__ import annotations

_TO_THE_UNIT = 1_000_000
"""From here on a fraction is not written, and `g` would write an exponent."""
_AFTER_THE_NOUN = ("with", "without", "of", "in", "by", "per", "for")
"""What follows the noun that is counted."""


def _form_of(number: int | float) -> str:
    if isinstance(number, int):
        return "d"
    return "g" if abs(number) < _TO_THE_UNIT else ".0f"


def counted(number: int | float, label: str) -> str:
    """A count with its label; `label` is the plural.

    >>> counted(1, "features used"), counted(1_200, "product events")
    ('1 feature used', '1,200 product events')
    >>> counted(1_234_567, "events"), counted(1_234_567.25, "events"), counted(1.5, "days")
    ('1,234,567 events', '1,234,567 events', '1.5 days')
    >>> counted(1, "days with failed payments")
    '1 day with failed payments'
    """
    if number != 1:
        return f"{number:,{_form_of(number)}} {label}"
    words = label.split(" ")
    head = next((index for index, word in enumerate(words) if index and word in _AFTER_THE_NOUN), len(words))
    for index in (*range(head - 1, -1, -1), *range(len(words) - 1, head - 1, -1)):
        word = words[index]
        if word.endswith("s") and not word.endswith("ss") and word[:-1].islower():
            words[index] = word[:-1]
            break
    return f"1 {' '.join(words)}"
