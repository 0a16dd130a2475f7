"""The sentence at the top of the portfolio: what changed, why, and what is largest. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dashboard.queries.phrases import money, number
from dashboard.values.portfolio import CauseShare

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


class Largest(NamedTuple):
    """Of the accounts that came into the worst tier, the one that pays most."""

    name: str
    mrr: float


def sentence_of(
    *,
    index: float | None,
    change: float | None,
    days: int,
    accounts: int,
    causes: Sequence[CauseShare],
    worst: str,
    worst_change: int | None,
    largest: Largest | None,
    currency: str,
) -> str:
    """What changed in the index and in the worst tier.

    >>> causes = [CauseShare(cause="Use fell", accounts=41, points=-1.9)]
    >>> sentence_of(
    ...     index=71.8, change=-1.2, days=7, accounts=148, causes=causes, worst="red", worst_change=2,
    ...     largest=Largest("Halverson", 14200.0), currency="USD",
    ... )
    'The index fell 1.2 in a week: use fell. Two more are red than a week ago; Halverson is the largest, $14,200 MRR.'
    """
    if index is None:
        return "No account has a score yet." if accounts else "The book has no account yet."
    if change is None:
        return f"The index is {number(index)} over {accounts:,} {'account' if accounts == 1 else 'accounts'}."
    return f"{_index_words(change, days, causes)} {_worst_words(worst, worst_change, days, largest, currency)}"


def count_words(count: int) -> str:
    """A number in a sentence: up to twelve as a word.

    >>> count_words(2), count_words(1500)
    ('two', '1,500')
    """
    return _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"


def _index_words(change: float, days: int, causes: Sequence[CauseShare]) -> str:
    span = "in a day" if days == 1 else "in a week"
    if abs(change) < 0.05:
        return f"The index did not move {span}."
    verb = "fell" if change < 0 else "rose"
    same = [each for each in causes if each.points * change > 0]
    first = max(same, key=lambda each: abs(each.points), default=None)
    if first is None:
        return f"The index {verb} {number(abs(change))} {span}."
    total = sum(abs(each.points) for each in same)
    words = first.cause[:1].lower() + first.cause[1:]
    of_it = "" if len(same) == 1 else "most of it: " if 2 * abs(first.points) > total else "first of all: "
    return f"The index {verb} {number(abs(change))} {span}{', ' if of_it else ': '}{of_it}{words}."


def _worst_words(worst: str, change: int | None, days: int, largest: Largest | None, currency: str) -> str:
    ago = "yesterday" if days == 1 else "a week ago"
    if change:
        verb, more = "is" if abs(change) == 1 else "are", "more" if change > 0 else "fewer"
        words = f"{count_words(abs(change)).capitalize()} {more} {verb} {worst} than {ago}"
    else:
        words = f"As many are {worst} as {ago}"
    if largest is None:
        return f"{words}."
    which = "is the largest" if change and change > 0 else "is the largest that is new there"
    return f"{words}; {largest.name} {which}, {money(largest.mrr, currency)} MRR."
