"""One message about many steps, in words: headline, and the lines of numbers. Pure."""

from __future__ import annotations

from alerts.gathered import Gathered
from alerts.step import SEVERITIES, Severity
from alerts.step_words import HEADLINE_LIMIT, moment
from alerts.text import NAME_LIMIT, money, plain

KINDS = 4
"""How many rules or tiers a line names."""


def headline(gathered: Gathered) -> str:
    """What the message is, as one clause: "Storm: 412 alerts about 380 accounts"."""
    many = f"{_number(gathered.count, 'alert')} about {_number(gathered.accounts, 'account')}"
    match gathered.why:
        case "digest":
            text = f"Digest: {many}"
        case "quiet":
            text = f"During quiet hours: {many}"
        case "storm":
            text = f"Many at once: {many}"
        case "rate":
            text = f"Collected to keep the pace: {many}"
        case "outage":
            text = f"After the outage: {many} that really changed"
        case "snooze":
            text = f"Snoozes ended: {many}"
    return plain(text, HEADLINE_LIMIT)


def severity(gathered: Gathered) -> Severity:
    """The gravest severity of its steps."""
    return next((each for each in SEVERITIES if gathered.by_severity.get(each)), "info")


def counts(gathered: Gathered) -> tuple[str, ...]:
    """Lines of numbers: by severity with the MRR, by tier, by rule."""
    severities = [f"{gathered.by_severity[each]:,} {each}" for each in SEVERITIES if gathered.by_severity.get(each)]
    if gathered.mrr_at_risk:
        severities.append(f"MRR at risk {money(gathered.mrr_at_risk)}")
    tiers = {name: count for name, count in gathered.by_tier.items() if name != "none"}
    lines = (" · ".join(severities), _most("Tiers then", tiers), _most("Rules", gathered.by_rule))
    return tuple(filter(None, lines))


def period(gathered: Gathered) -> str:
    """From when to when: "20 November 09:00 UTC to 21 November 09:00 UTC"; one instant, where both are equal."""
    first, last = moment(gathered.from_), moment(gathered.to)
    return first if first == last else f"{first} to {last}"


def _most(title: str, counts: dict[str, int]) -> str:
    if not counts:
        return ""
    named = list(counts.items())[:KINDS]
    parts = [f"{_shown(name)} {count:,}" for name, count in named]
    if len(counts) > len(named):
        parts.append(f"{len(counts) - len(named)} more")
    return f"{title}: {' · '.join(parts)}"


def _shown(name: str) -> str:
    return plain(name.replace("_", " ").replace("-", " "), NAME_LIMIT // 2)


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
