"""Rules that break a rule: the line, the key, and the fix."""

from __future__ import annotations

import pytest

from tests.support.alerting.rule_file import changed, line_with, said_of


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        (
            'label = "Health fell"',
            f'label = "{"x" * 201}"',
            "rules.tier.label",
            "it has 201 characters, and the most is",
        ),
        (
            'action = "Call"',
            r'action = "a\u0007"',
            "rules.tier.action",
            "characters that cannot be printed; leave them",
        ),
        ('action = "Call"', 'playbook = "wiki"', "rules.tier.playbook", "'wiki' is not a link; write one that begins"),
        (
            'action = "Call"',
            'playbook = "https://x/{id}"',
            "rules.tier.playbook",
            "nothing is known to put in the place of {id}; the places are {account_id}, {rule}",
        ),
        ('dwell = "12h"', 'dwell = "12x"', "rules.tier.dwell", "'12x' is not a duration: write a whole number and"),
        ('dwell = "12h"', 'dwell = "0h"', "rules.tier.dwell", "'0h' is not a duration"),
        ('dwell = "12h"', 'dwell = "10s"', "rules.tier.dwell", "it must be from 1 minute to 90 days, and 10s is not"),
        ('exit_dwell = "1d"', 'exit_dwell = "91d"', "rules.tier.exit_dwell", "it must be from 1 minute to 90 days"),
        (
            'calendar = "office"',
            'calendar = "offise"',
            "rules.tier.calendar",
            "did you mean 'office'? Take one of office",
        ),
        ('ticket = "desk"', 'ticket = "hook"', "rules.tier.ticket", "no sink of kind 'ticket' is called 'hook'"),
        ('red = "critical", y', 'rde = "critical", y', "rules.tier.severities.rde", "did you mean 'red'? Take one of"),
        (
            '{ red = "critical", yellow = "warning" }',
            "{}",
            "rules.tier.severities",
            "no tier has a severity; write { red",
        ),
        (
            'red = "critical", y',
            'red = "good", y',
            "rules.tier.severities.red",
            "'good' is for good news, and to be in",
        ),
        (
            'yellow = "warning" }',
            'yellow = "warning", green = "info" }',
            "rules.tier.severities.green",
            "'green' is the best tier, so a case would never be resolved; leave it out",
        ),
        (
            'red = "critical", yellow',
            "yellow",
            "rules.tier.severities",
            "'red' is worse than 'yellow' but has no severity",
        ),
        (
            'yellow = "7d" }',
            'green = "7d" }',
            "rules.tier.escalations.green",
            "the tier 'green' has no severity, so no case of it escalates; give it one, or leave this out",
        ),
        ('yellow = "7d" }', 'yellow = "7" }', "rules.tier.escalations.yellow", "'7' is not a duration"),
        ("margin = 3\n", "margin = -1\n", "rules.tier.margin", "the margin must be from 0 to 100, and -1 is not"),
        (
            "margin = 3\n",
            "margin = 30\n",
            "rules.tier.margin",
            "a case would be resolved at 102 points (72 and the margin), and no score is above 100; write a",
        ),
        ("points = 15", "points = 0", "rules.drop.points", "0 must be above 0 and below 100; 15 is usual"),
        ("points = 15", "points = 100", "rules.drop.points", "100 must be above 0 and below 100"),
        (
            'within = "24h"',
            'within = "31d"',
            "rules.drop.within",
            "it must be from 1 minute to 30 days, and 31d is not",
        ),
        ("min_mrr = 500", "min_mrr = -1", "rules.drop.only.min_mrr", "an MRR must be from 0"),
        (
            "{ segment = [",
            "{ sgment = [",
            "rules.drop.only.traits.sgment",
            "no trait is called 'sgment'; did you mean 'segment'?",
        ),
        ('["enterprise"]', "[]", "rules.drop.only.traits.segment", "the list is empty, so it never holds; name a text"),
        ('flags = ["silent"]', "flags = []", "rules.silent.flags", "the list of flags is empty, so it never holds"),
        ('flags = ["silent"]', 'flags = ["slient"]', "rules.silent.flags", "did you mean 'silent'? Take one of silent"),
        ('flags = ["silent"]', 'flags = ["silent", "silent"]', "rules.silent.flags", "'silent' is named twice; remove"),
        (
            '"renewal_days", at_least',
            '"renewal_day", at_least',
            "rules.renewal.when[0].signal",
            "no signal is called 'renewal_day'; did you mean 'renewal_days'?",
        ),
        (
            "at_least = 0, at_most = 30",
            "at_least = 30, at_most = 0",
            "rules.renewal.when[0]",
            "no value of 'renewal_days' fulfils it, so it can never hold; change its bounds",
        ),
        (
            '"nps", known = true',
            '"renewal_days", below = 0',
            "rules.renewal.when",
            "its conditions on 'renewal_days' contradict each other, so they can never all hold; change one",
        ),
        (
            '"nps", known = true',
            '"nps", below = 0',
            "rules.renewal.when[1]",
            "no value of 'nps' fulfils it, so it can never hold",
        ),
        ('"nps", known = true', '"nps"', "rules.renewal.when[1]", "there is no test for 'nps'; add at_least"),
        (
            '["red", "yellow"] }',
            '["red", "amber"] }',
            "rules.renewal.only.tiers",
            "no tier of the model is called 'amber'",
        ),
        ('["red", "yellow"] }', '["red", "red"] }', "rules.renewal.only.tiers", "'red' is named twice; remove one"),
        (
            "share = 0.1\nwithin",
            "share = 1\nwithin",
            "rules.pays_less.share",
            "1 must be at least 0 and below 1, a share",
        ),
        ('within = "30d"', 'within = "30m"', "rules.pays_less.within", "it must be from 1 hour to 366 days"),
        ('tiers = ["red"]\nlead', "tiers = []\nlead", "rules.soon.tiers", "the list of tiers is empty; write ['red']"),
        (
            'tiers = ["red"]\nlead',
            'tiers = ["green"]\nlead',
            "rules.soon.tiers",
            "no account falls into 'green', the best tier; name a worse one",
        ),
        ('lead = "3d"', 'lead = "3h"', "rules.soon.lead", "it must be from 1 day to 60 days, and 3h is not"),
        ("near = 10", "near = 0", "rules.soon.near", "0 must be above 0 and at most 100 points; 10 is usual"),
    ],
)
def test_a_rule_that_breaks_a_rule_names_line_key_and_fix(old: str, new: str, key: str, words: str) -> None:
    text = changed(old, new)
    line, at, said = said_of(text)
    assert at == key
    assert words in said
    assert 0 < line <= line_with(text, new or f"[{key.rpartition('.')[0]}]")
