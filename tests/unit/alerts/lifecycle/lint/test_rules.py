"""Rules that can never fire, and keys without effect."""

from __future__ import annotations

import pytest

from alerts.lifecycle.lint import Finding
from alerts.lifecycle.loader import examine
from scoring.model.loader import load_model
from tests.support.alerting.rule_file import TEXT, changed, found_in, said_of, the_model


def test_the_usual_file_has_no_findings() -> None:
    assert examine(TEXT, the_model()).findings == ()


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        (
            'kind = "tier"',
            'kind = "tier"\nonly = { tiers = ["green"] }',
            "rules.tier.only.tiers",
            "none of its severities is for 'green', so it never fires; give one of them a severity",
        ),
        (
            "points = 15",
            "points = 99",
            "rules.drop.points",
            "so none falls by more, and it never fires; write less",
        ),
        (
            'within = "24h"',
            'within = "24h"\ndwell = "6d"',
            "rules.drop.dwell",
            "no score has so far to fall that a drop could hold that long, so it never fires; write a shorter one",
        ),
    ],
)
def test_what_could_never_be_sent_is_an_error_and_cannot_be_used(old: str, new: str, key: str, words: str) -> None:
    text = changed(old, new)
    errors = [each for each in examine(text, the_model()).findings if each.severity == "error"]
    assert [each.key for each in errors] == [key]
    assert words in errors[0].words
    line, at, said = said_of(text)
    assert (at, said) == (key, errors[0].words)
    assert line > 0


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        (
            'kind = "tier"',
            'kind = "tier"\nonly = { tiers = ["red"] }',
            "rules.tier.severities.yellow",
            "its severity has no effect, since only.tiers leaves 'yellow' out; name it there, or leave this out",
        ),
        (
            '{ red = "critical", yellow = "warning" }',
            '{ red = "warning", yellow = "critical" }',
            "rules.tier.severities.red",
            "'red' is worse than 'yellow' but matters less; exchange them",
        ),
        (
            "margin = 3\n",
            "margin = 4.5\n",
            "rules.tier.margin",
            "it is more than the tier 'yellow' is wide (4 points), so an account that rises out of it is still in a "
            "worse one; write at most 4",
        ),
        (
            'flags = ["silent"]',
            'flags = ["silent"]\ncalendar = "office"',
            "rules.silent.calendar",
            "a calendar is for the time to act, and there is none; add escalate_after, or leave it out",
        ),
        (
            'flags = ["silent"]',
            'flags = ["silent"]\nseverity = "good"\nescalate_after = "2d"',
            "rules.silent.escalate_after",
            "good news that nobody acted on would escalate; leave it out",
        ),
        (
            'within = "24h"',
            'within = "24h"\ndwell = "24h"',
            "rules.drop.dwell",
            "what changed at once is over after 1 day (within), before it held that long; write a shorter one",
        ),
        (
            'within = "30d"',
            'within = "30d"\ndwell = "40d"',
            "rules.pays_less.dwell",
            "what changed at once is over after 30 days (within), before it held that long; write a shorter one",
        ),
        (
            "near = 10",
            'near = 10\ndwell = "2d"',
            "rules.soon.dwell",
            "a forecast is looked at once a day, so this has no effect; leave it out, or change lead",
        ),
        (
            'calendar = "office"\n',
            "",
            "calendars.office",
            "no rule refers to it; leave it out, or write calendar in a rule",
        ),
        (
            'to = ["hook", "default"]',
            'to = ["default"]',
            "sinks.hook",
            "no route leads to it; name it in a route's to, or leave it out",
        ),
        (
            'ticket = "desk"\n',
            "",
            "sinks.desk",
            "no route leads to it; name it in a rule's ticket, or in a route's to, or leave it out",
        ),
    ],
)
def test_what_does_something_else_than_it_seems_to_is_a_warning(old: str, new: str, key: str, words: str) -> None:
    assert found_in(old, new) == [Finding("warning", key, words)]


# --- under other models

NARROW = """\
[model]
name = "narrow"
[tiers]
red = 0
yellow = 20
green = 75
[signals.uses]
kind = "count"
topics = ["analytics"]
window = "7d"
[components.use]
shape = "linear"
signal = "uses"
points = [[0, 30], [9, 77]]
weight = 1
[floors.none]
to = 10
when = [{ signal = "uses", below = 1 }]
"""
RULES = '[alerts]\nname = "x"\n[routes.all]\n[rules.it]\n'


def errors_of(rule: str, model: str = NARROW) -> list[Finding]:
    return list(examine(RULES + rule, load_model(model)).findings)


def test_a_tier_that_no_score_is_in_opens_no_case() -> None:
    without_floor = NARROW[: NARROW.index("[floors")]
    assert errors_of('kind = "tier"\nseverities = { red = "critical" }', without_floor) == [
        Finding(
            "error", "rules.it.severities", "no score is ever in 'red', so it never fires; give another tier a severity"
        )
    ]
    assert errors_of('kind = "forecast"\ntiers = ["red"]', without_floor) == [
        Finding("error", "rules.it.tiers", "no score is ever in 'red', so it never fires; name another tier")
    ]
    assert errors_of('kind = "drop"\nonly = { tiers = ["red"] }', without_floor)[0] == Finding(
        "error", "rules.it.only.tiers", "no score is ever in 'red', so it never fires; name another tier"
    )
    assert errors_of('kind = "tier"\nseverities = { red = "critical" }') == []


def test_a_margin_that_no_score_reaches_never_resolves_a_case() -> None:
    rule = 'kind = "tier"\nseverities = { red = "critical", yellow = "warning" }\nmargin = 5'
    (finding,) = errors_of(rule)
    assert (finding.severity, finding.key) == ("warning", "rules.it.margin")
    assert (
        finding.words
        == "a case is resolved from 80 points on, and no score is above 77, so none ever is; write a smaller one"
    )


def test_while_a_floor_holds_no_better_tier_is_left() -> None:
    assert errors_of('kind = "flag"\nflags = ["none"]\nonly = { tiers = ["yellow", "green"] }') == [
        Finding(
            "error",
            "rules.it.only.tiers",
            "while one of its floors holds, no score is in 'yellow' or 'green', so it never fires; name a worse tier",
        )
    ]
    assert errors_of('kind = "flag"\nflags = ["none"]\nonly = { tiers = ["red"] }') == []


def test_no_account_falls_into_a_tier_that_it_is_in() -> None:
    rule = 'kind = "forecast"\ntiers = ["yellow"]\nonly = { tiers = ["red", "yellow"] }\n'
    words = "from 'red' or 'yellow' no account falls into 'yellow', so it never fires; name a better tier"
    assert errors_of(rule) == [Finding("error", "rules.it.only.tiers", words)]


def test_no_score_falls_far_and_is_still_in_a_good_tier() -> None:
    """Scores are up to 77, and yellow is from 20 on: there no drop is of 57 points."""
    rule = 'kind = "drop"\npoints = {}\nonly = {{ tiers = ["yellow", "green"] }}\n'
    assert errors_of(rule.format(56)) == []
    words = "scores are from 20 to 77 there, so none falls by more, and it never fires; write less"
    assert errors_of(rule.format(57)) == [Finding("error", "rules.it.points", words)]


@pytest.mark.parametrize(
    "rule",
    [
        'kind = "drop"\npoints = 60\nonly = { tiers = ["green"] }\n',
        'kind = "forecast"\ntiers = ["yellow"]\nonly = { tiers = ["yellow"] }\n',
        'kind = "flag"\nflags = ["none"]\nonly = { tiers = ["green"] }\n',
    ],
)
def test_with_a_tier_rule_the_tier_follows_the_score_late_and_nothing_of_this_is_sure(rule: str) -> None:
    tier = '[rules.tier]\nkind = "tier"\nseverities = { red = "critical" }\n'
    assert [each.key for each in errors_of(rule)] != []
    assert errors_of(rule + tier) == []
