"""Rules that fire together."""

from __future__ import annotations

import pytest

from alerts.lifecycle.lint import Finding
from alerts.lifecycle.loader import examine
from tests.support.alerting.rule_file import the_model

HEADER = '[alerts]\nname = "x"\n[traits]\nsegment = "segment"\n[routes.all]\n'
TOGETHER = "it always fires together with rules.a, so each case would be two; leave one of them out"
TIER = "kind = 'tier'\nseverities = { red = 'critical' }"
YELLOW = "kind = 'tier'\nseverities = { red = 'critical', yellow = 'warning' }"
DROP = "kind = 'drop'"
SILENT = "kind = 'condition'\nwhen = [{ signal = 'days_since_usage', at_least = 30 }]"
MORE = "kind = 'condition'\nwhen = [{ signal = 'days_since_usage', at_least = 60 }]"
FLAG = "kind = 'flag'\nflags = ['silent']"
FLAGS = "kind = 'flag'\nflags = ['silent', 'payments']"
OTHERS = "kind = 'flag'\nflags = ['unresolved', 'payments']"
MRR = "kind = 'mrr'\nshare = 0.1"
SOON = "kind = 'forecast'\ntiers = ['red']"


def found(one: str, other: str) -> list[Finding]:
    text = f"{HEADER}[rules.a]\n{one}\n[rules.b]\n{other}\n"
    return list(examine(text, the_model()).findings)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TIER, TIER),
        (DROP, DROP),
        (SILENT, SILENT),
        (SILENT, SILENT + "\nseverity = 'critical'"),
        (SILENT, "kind = 'condition'\nwhen = [{ signal = 'days_since_usage', above = 29 }]"),
        (FLAG, FLAG),
        (FLAG, SILENT),
        (SILENT, FLAG),
        (MRR, MRR),
        (SOON, SOON),
    ],
)
def test_equal_rules_would_send_all_twice(one: str, other: str) -> None:
    assert found(one, other) == [Finding("warning", "rules.b", TOGETHER)]


@pytest.mark.parametrize(
    ("stricter", "wider"),
    [
        (TIER.replace("critical", "warning"), YELLOW.replace("critical", "warning")),
        (DROP + "\npoints = 20", DROP),
        (DROP + "\nwithin = '12h'", DROP),
        (DROP + "\nonly = { tiers = ['red'] }", DROP + "\nonly = { tiers = ['red', 'yellow'] }"),
        (DROP + "\nonly = { min_mrr = 100 }", DROP),
        (DROP + "\nonly = { traits = { segment = ['a'] } }", DROP + "\nonly = { traits = { segment = ['a', 'b'] } }"),
        (DROP + "\ndwell = '2h'", DROP + "\ndwell = '1h'"),
        (MORE, SILENT),
        (MORE, FLAG),
        (FLAG, FLAGS),
        (MRR + "\nwithin = '7d'", MRR),
        (SOON + "\nlead = '1d'", SOON),
    ],
)
def test_a_stricter_rule_that_matters_no_more_says_nothing_new(stricter: str, wider: str) -> None:
    words = (
        "whenever it fires, rules.{} fires, too, and matters no less; leave one of them out, or give this one a worse "
    )
    assert found(wider, stricter) == [Finding("warning", "rules.b", words.format("a") + "severity")]
    assert found(stricter, wider) == [Finding("warning", "rules.a", words.format("b") + "severity")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SILENT, MORE + "\nseverity = 'critical'"),
        (DROP, DROP + "\npoints = 30\nseverity = 'critical'"),
        (DROP, MRR),
        (SILENT, "kind = 'condition'\nwhen = [{ signal = 'oldest_ticket_days', at_least = 30 }]"),
        (MRR, MRR + "\ndirection = 'rose'"),
        (DROP + "\nonly = { tiers = ['red'] }", DROP + "\nonly = { tiers = ['yellow'] }"),
        (DROP + "\npoints = 20\nwithin = '2d'", DROP),
        (DROP + "\nonly = { traits = { segment = ['a'] } }", DROP + "\nonly = { traits = { segment = ['b'] } }"),
        (FLAGS + "\nonly = { tiers = ['red'] }", OTHERS + "\nonly = { tiers = ['yellow'] }"),
        (FLAGS + "\nonly = { traits = { segment = ['a'] } }", OTHERS + "\nonly = { traits = { segment = ['b'] } }"),
    ],
)
def test_stages_and_rules_for_others_are_meant(one: str, other: str) -> None:
    assert found(one, other) == []


def test_a_flag_of_two_rules_would_be_two_cases() -> None:
    words = "rules.a is for the flag 'payments', too, so it would be two cases; leave it out of one"
    assert found(FLAGS, OTHERS) == [Finding("warning", "rules.b.flags", words)]
