"""Routes that break a rule: the line, the key, and the fix."""

from __future__ import annotations

import pytest

from alerts.lifecycle.checks.routes import takes_all_of
from alerts.lifecycle.loader import RulesError, load_rules
from alerts.lifecycle.schema import Match
from tests.support.alerting.rule_file import TEXT, changed, said_of, the_model


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        (
            'to = ["pager"]',
            "to = []",
            "routes.page.to",
            "it leads nowhere; name a sink, or write ['none'] to tell nobody",
        ),
        (
            'to = ["pager"]',
            'to = ["pagre"]',
            "routes.page.to",
            "no sink is called 'pagre'; did you mean 'pager'? Take one",
        ),
        ('to = ["pager"]', 'to = ["crm"]', "routes.page.to", "'crm' is a sink of kind 'scores', which takes no alerts"),
        ('to = ["pager"]', 'to = ["pager", "pager"]', "routes.page.to", "'pager' is named twice; remove one of them"),
        (
            'to = ["pager"]',
            'to = ["pager", "none"]',
            "routes.page.to",
            "'none' tells nobody, so it stands alone; leave it",
        ),
        (
            'rules = ["tier", ',
            'rules = ["teir", ',
            "routes.page.match.rules",
            "no rule is called 'teir'; did you mean 'tier'",
        ),
        (
            'steps = ["opened"',
            'steps = ["open"',
            "routes.page.match.steps",
            "did you mean 'opened'? Take one of opened",
        ),
        ('steps = ["opened"', 'steps = ["none"', "routes.page.match.steps", "no step that is sent is called 'none'"),
        ("min_mrr = 1000", "min_mrr = -1", "routes.page.match.min_mrr", "an MRR must be from 0"),
        ('["critical"], r', '["critical", "critical"], r', "routes.page.match.severities", "'critical' is named twice"),
        ('tiers = ["red"], t', 'tiers = ["rde"], t', "routes.team.match.tiers", "no tier of the model is called 'rde'"),
        (
            "{ owner = [",
            "{ ownr = [",
            "routes.team.match.traits.ownr",
            "no trait is called 'ownr'; did you mean 'owner'?",
        ),
        ('["Ann"]', "[]", "routes.team.match.traits.owner", "the list is empty, so it takes nothing; name a text"),
        (
            'from = "20:00"',
            'from = "8 pm"',
            "routes.team.quiet.from",
            "'8 pm' is not a time of day; write it like '09:00'",
        ),
        ('to = "08:00"', 'to = "24:00"', "routes.team.quiet.to", "'24:00' is not a time of day"),
        (
            'to = "08:00"',
            'to = "20:00"',
            "routes.team.quiet.to",
            "from and to are both 20:00; for all day, take a digest",
        ),
        (
            '["mon", "tue"] }',
            "[] }",
            "routes.team.quiet.days",
            "the list of days is empty, so it is never time; name a",
        ),
        ('["mon", "tue"] }', '["monday"] }', "routes.team.quiet.days[0]", "'monday' is not among the choices"),
        (
            "messages = 10",
            "messages = 0",
            "routes.team.rate.messages",
            "the number of messages must be from 1 to 10000",
        ),
        (
            'within = "1h" }',
            'within = "2d" }',
            "routes.team.rate.within",
            "it must be from 1 minute to 1 day, and 2d is",
        ),
        ('at = "09:30"', 'at = "9:30"', "routes.rest.digest.at", "'9:30' is not a time of day; write it like '09:00'"),
        (
            'days = ["mon"], z',
            "days = [], z",
            "routes.rest.digest.days",
            "the list of days is empty, so it is never time",
        ),
        (
            'zone = "UTC" }',
            'zone = "Mars" }',
            "routes.rest.digest.zone",
            "'Mars' is not a time zone; write one like 'UTC'",
        ),
        ("storm = false", "storm = true", "routes.rest.storm", "it is true or false; write a table"),
    ],
)
def test_a_route_that_breaks_a_rule_names_line_key_and_fix(old: str, new: str, key: str, words: str) -> None:
    line, at, said = said_of(changed(old, new))
    assert at == key
    assert words in said
    assert line > 0


def test_a_file_without_routes_would_tell_nobody() -> None:
    with pytest.raises(RulesError, match="routes: there is no route, so nobody would be told of any alert; add"):
        load_rules(TEXT[: TEXT.index("[routes.page]")], the_model())


def test_a_route_behind_one_that_takes_all_is_never_reached() -> None:
    text = changed("[routes.page]", "[routes.all]\n[routes.page]")
    assert said_of(text)[1:] == (
        "routes.page",
        "it can never be reached: routes.all, before it, takes all that it would; move it up, or write continue = true "
        "in routes.all",
    )


@pytest.mark.parametrize(
    ("one", "other", "takes_all"),
    [
        ({}, {"rules": ("a",)}, True),
        ({"rules": ("a", "b")}, {"rules": ("a",)}, True),
        ({"rules": ("a",)}, {"rules": ("a", "b")}, False),
        ({"severities": ("critical",)}, {}, False),
        ({"min_mrr": 5}, {"min_mrr": 6}, True),
        ({"min_mrr": 5}, {}, False),
        ({"traits": {"x": ("1", "2")}}, {"traits": {"x": ("1",), "y": ("3",)}}, True),
        ({"traits": {"x": ("1",)}}, {"traits": {"y": ("1",)}}, False),
    ],
)
def test_a_route_takes_all_of_another(one: dict[str, object], other: dict[str, object], takes_all: bool) -> None:
    assert takes_all_of(Match(**one), Match(**other)) is takes_all  # type: ignore[arg-type]
