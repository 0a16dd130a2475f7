"""What the commands report about a file besides rejected lines: similar accounts, and values that were not used."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from alerts.text import plain
from scoring.event.ids import clean
from scoring.plan.properties.property import TypeMismatch
from streams.replay.similar_accounts import Spelled

GROUPS_NAMED = 5
"""The number of accounts, or groups of accounts, that a line names."""
LINE_LIMIT = 2_000
"""The maximum number of characters in a line."""


def print_similar_accounts(twins: Sequence[Sequence[str]], spelled: Sequence[Spelled]) -> None:
    """Print to standard error which accounts look alike, and which were written in several ways; one line each."""
    if twins:
        named = "; ".join(" and ".join(_quoted(name) for name in group) for group in twins[:GROUPS_NAMED])
        _say(f"These accounts look alike but count as different ones: {named}{_more(twins)}. Use one spelling of each.")
    if spelled:
        named = "; ".join(
            f"{_quoted(each.account_id)} as {' and '.join(map(_quoted, each.written))}"
            for each in spelled[:GROUPS_NAMED]
        )
        _say(f"These accounts were also written differently; each counts as one: {named}{_more(spelled)}.")


def print_mismatches(type_mismatches: Mapping[TypeMismatch, int], unusable_ids: Mapping[str, int]) -> None:
    """Print to standard error which values no signal could use, and which ids are malformed; one line each."""
    if type_mismatches:
        _say(f"{mismatch_text(type_mismatches)}. Signals that read them did not change; the events count otherwise.")
    if unusable_ids:
        malformed = {TypeMismatch("", field, "no id"): count for field, count in unusable_ids.items()}
        _say(
            f"{mismatch_text(malformed)}. Such an event counts without it: its copies and its user are not recognised."
        )


def mismatch_text(type_mismatches: Mapping[TypeMismatch, int]) -> str:
    """Mismatches as text: «mrr was a text in 1 event, seats in 1». A value counts once, however many signals read
    it."""
    kinds: dict[str, dict[str, int]] = {}
    for mismatch, count in type_mismatches.items():
        kind = kinds.setdefault(mismatch.is_what, {})
        kind[mismatch.property] = max(count, kind.get(mismatch.property, 0))
    parts = []
    for is_what, kind in kinds.items():
        (name, count), *others = sorted(kind.items(), key=lambda each: (-each[1], each[0]))
        first = f"{name} was {is_what} in {count:,} event{'' if count == 1 else 's'}"
        parts.append(", ".join((first, *(f"{other} in {times:,}" for other, times in others))))
    return "; ".join(parts)


def _say(words: str) -> None:
    print(plain(words, LINE_LIMIT), file=sys.stderr)


def _quoted(name: str) -> str:
    """In quotes, and with escapes if another name could look the same on a screen."""
    return repr(name) if clean(name) == name.strip() else ascii(name)


def _more(groups: Sequence[object]) -> str:
    return f" (and {len(groups) - GROUPS_NAMED} more)" if len(groups) > GROUPS_NAMED else ""
