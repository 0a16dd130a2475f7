"""Counts with the right English singular or plural."""

from __future__ import annotations


def counted(number: float, label: str) -> str:
    """A count with its label; `label` is the plural.

    >>> counted(1, "features used"), counted(1_200, "product events")
    ('1 feature used', '1,200 product events')
    """
    if number != 1:
        return f"{number:,} {label}" if isinstance(number, int) else f"{number:,g} {label}"
    words = label.split(" ")
    for index in range(len(words) - 1, -1, -1):
        word = words[index]
        if word.endswith("s") and not word.endswith("ss") and word[:-1].islower():
            words[index] = word[:-1]
            break
    return f"1 {' '.join(words)}"
