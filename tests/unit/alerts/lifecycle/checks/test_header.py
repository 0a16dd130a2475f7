"""`[alerts]` and `[guard]`: the line, the key, and the fix."""

from __future__ import annotations

import pytest

from tests.support.alerting.rule_file import changed, said_of


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        ('name = "ours"', 'name = ""', "alerts.name", "the rules have no name; write one, such as name = 'ours'"),
        ("version = 3", "version = 0", "alerts.version", "0 is no version; count versions from 1"),
        ("https://vitals", "vitals", "alerts.page", "is not a link; write one that begins with https://"),
        (
            "{account_id}",
            "{account}",
            "alerts.page",
            "nothing is known to put in the place of {account}; the places are",
        ),
        ("https://wiki.example/{rule}", "javascript:x", "alerts.playbook", "'javascript:x' is not a link"),
        (
            "Europe/Berlin",
            "Berlin",
            "alerts.zone",
            "'Berlin' is not a time zone; write one like 'UTC' or 'Europe/Berlin'",
        ),
        ("Europe/Berlin", "", "alerts.zone", "the time zone is empty; write 'UTC', or leave it out"),
        ("Europe/Berlin", "../etc/passwd", "alerts.zone", "is not a time zone"),
        ("[guard]\nshare = 0.1", "[guard]\nshare = 0", "guard.share", "0 must be above 0 and at most 1; 0.05 is usual"),
        ("[guard]", "[guard]\naccounts = 1", "guard.accounts", "the number of accounts must be from 2"),
        ("[guard]", "[guard]\nexpected = 0", "guard.expected", "the number of events must be from 1"),
        (
            "[guard]",
            '[guard]\nleast = "1s"',
            "guard.least",
            "it must be from 1 minute to 1 day, and 1s is not; change it",
        ),
        ("[guard]", '[guard]\nwithin = "2d"', "guard.within", "it must be from 1 minute to 1 day, and 2d is not"),
    ],
)
def test_what_breaks_a_rule_names_line_key_and_fix(old: str, new: str, key: str, words: str) -> None:
    line, at, said = said_of(changed(old, new))
    assert at == key
    assert words in said
    assert line > 0
