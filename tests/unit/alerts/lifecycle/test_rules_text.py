"""Rules and routes in words."""

from __future__ import annotations

import pytest

from alerts.lifecycle.loader import load_rules
from alerts.lifecycle.rules_text import condition_words, match_words, only_words, timing_words, volume_words
from alerts.lifecycle.schema import Digest, Only, Quiet, Route, Volume
from tests.support.alerting.rule_file import TEXT, the_model

RULES = load_rules(TEXT, the_model())


@pytest.mark.parametrize(
    ("name", "condition", "timing"),
    [
        (
            "tier",
            "the account is in red (critical), yellow (warning); over 3 points above the bound",
            "once it held 12 hours; over once it was gone 1 day; escalates red after 2 days, yellow after 7 days of "
            "office",
        ),
        ("drop", "the score fell by more than 15 points within 1 day", "at once"),
        ("silent", "one of these holds: silent", "at once"),
        ("renewal", "renewal_days ≥ 0, ≤ 30 and nps is known", "at once"),
        ("pays_less", "MRR fell by more than 10% within 30 days", "at once"),
        ("soon", "without any event it is red within 3 days; looked at within 10 points of the bound", "at once"),
    ],
)
def test_a_rule_of_each_kind(name: str, condition: str, timing: str) -> None:
    rule = RULES.rules[name]
    assert (condition_words(rule), timing_words(rule)) == (condition, timing)


def test_only_and_match() -> None:
    assert only_words(Only()) == ""
    assert only_words(RULES.rules["drop"].only) == "MRR from 500; segment is enterprise"
    assert match_words(RULES.routes["page"].match) == "of tier, renewal; critical; opened or escalated; MRR from 1,000"
    assert match_words(RULES.routes["team"].match) == "in red; owner is Ann"
    assert match_words(RULES.routes["rest"].match) == "all"


def test_when_a_route_sends() -> None:
    zone = "Europe/Berlin"
    assert volume_words(RULES.routes["rest"], zone) == "gathered for mon at 09:30 UTC"
    assert volume_words(RULES.routes["team"], zone) == (
        "each at once; quiet mon, tue from 20:00 to 08:00 Europe/Berlin; more than 20 in 10 minutes are one message; "
        "at most 10 in 1 hour"
    )
    workdays = Digest(days=("mon", "tue", "wed", "thu", "fri"))
    quiet = Quiet(from_="18:00", to="08:00", zone="UTC")
    route = Route(digest=workdays, quiet=quiet, storm=None, rate=Volume(messages=1))
    assert volume_words(route, zone) == (
        "gathered for workdays at 09:00 Europe/Berlin; quiet every day from 18:00 to 08:00 UTC; at most 1 in 10 minutes"
    )
