"""Sinks that break a rule: the line, the key, and the fix. What may be a secret is in no error."""

from __future__ import annotations

import pytest

from alerts.lifecycle.loader import load_rules
from tests.support.alerting.rule_file import changed, said_of, the_model

SLACK_URL = "https://hooks.slack.com/services/T0/B0/x"


@pytest.mark.parametrize(
    ("old", "new", "key", "words"),
    [
        (
            "VITALS_SECRET_PAGER",
            "PAGER",
            "sinks.pager.routing_secret",
            "PAGER is not the name of a secret's variable; put",
        ),
        (
            "VITALS_SECRET_PAGER",
            "VITALS_SECRET_A_FILE",
            "sinks.pager.routing_secret",
            "VITALS_SECRET_A_FILE is not the",
        ),
        ("VITALS_SECRET_PAGER", "VITALS_SECRET_", "sinks.pager.routing_secret", "into one such as VITALS_SECRET_SLACK"),
        ("VITALS_SECRET_PAGER", "", "sinks.pager.routing_secret", "is not the name of a secret's variable"),
        ('kind = "pagerduty"', 'kind = "pagerdutty"', "sinks.pager.kind", "did you mean 'pagerduty'?"),
        ('channel = "C0123456789"', 'channel = ""', "sinks.team.channel", "name the channel, by its id"),
        (
            '"U0123456789"',
            '"@ann"',
            "sinks.team.people.Ann",
            "'@ann' is not the id of a Slack user; write one like 'U0",
        ),
        (
            '"C0123456789"\n',
            '"C0"\napi = "slack"\n',
            "sinks.team.api",
            "'slack' is not a link; write one that begins with",
        ),
        ('"C0123456789"\n', '"C0"\napi = ""\n', "sinks.team.api", "it is empty; leave it out, for the usual one"),
        ('host = "mail.example"', 'host = "a b"', "sinks.mail.host", "'a b' is not a host; write the name of the mail"),
        (
            'from = "vitals@example.com"',
            'from = "me"',
            "sinks.mail.from",
            "'me' is not an address; write one like 'team@",
        ),
        (
            '["team@example.com", "{owner}"]',
            "[]",
            "sinks.mail.to",
            "nobody would get it; write an address, or '{owner}'",
        ),
        ('["team@example.com", "{', '["x@y", "x@y", "{', "sinks.mail.to", "'x@y' is named twice; remove one of them"),
        ('"team@example.com", "{', '"team", "{', "sinks.mail.to[0]", "'team' is not an address; write one like"),
        ('{ Ann = "ann@example.com" }', "{}", "sinks.mail.to[1]", "nothing says who an owner is; add people = {"),
        ('"ann@example.com"', '"ann"', "sinks.mail.people.Ann", "'ann' is not an address"),
        ('password_secret = "VITALS_SECRET_MAIL"\n', "", "sinks.mail.password_secret", "is not the name of a secret's"),
        ('user = "vitals"\n', "", "sinks.mail.user", "there is a password but no user; write the user"),
        (
            'user = "vitals"',
            'user = "vitals"\ntls = "none"',
            "sinks.mail.tls",
            "would cross the network in plain text; write",
        ),
        (
            'user = "vitals"',
            'user = "vitals"\nport = 0',
            "sinks.mail.port",
            "a port must be from 1 to 65535, and 0 is not",
        ),
        (
            'user = "vitals"',
            'user = "v"\nunsubscribe = "x"',
            "sinks.mail.unsubscribe",
            "'x' is not a link; write one that",
        ),
        ('"generic"\n', '"hubspot"\n', "sinks.crm.body", "the template 'hubspot' has a body of its own; leave it out"),
        ('"score": {score}}', '"score": {score}', "sinks.crm.body", "it is not JSON ("),
        ('body = \'{"id": "{account_id}", "score": {score}}\'', 'every = "1h"', "sinks.crm.body", "needs one; write"),
        ('"generic"\n', '"generic"\npoints = 0\n', "sinks.crm.points", "0 must be above 0 and at most 100; 5 is usual"),
        (
            '"generic"\n',
            '"generic"\nevery = "1s"\n',
            "sinks.crm.every",
            "it must be from 1 minute to 31 days, and 1s is",
        ),
        (
            "[sinks.hook]",
            "[sinks.default]",
            "sinks.default",
            "'default' has a meaning of its own in a route; rename the",
        ),
        ("[sinks.hook]", "[sinks.my-hook]", "sinks.my-hook", "a name is 1 to 40 letters (a-z), digits and underscores"),
    ],
)
def test_a_sink_that_breaks_a_rule_names_line_key_and_fix(old: str, new: str, key: str, words: str) -> None:
    line, at, said = said_of(changed(old, new))
    assert at == key
    assert words in said
    assert line > 0


@pytest.mark.parametrize("secret", [SLACK_URL, "xoxb-1-a", "hunter2"])
def test_a_secret_in_the_file_is_refused_and_not_shown(secret: str) -> None:
    said = said_of(changed("VITALS_SECRET_HOOK", secret))
    assert said[1] == "sinks.hook.url_secret"
    assert secret not in said[2]
    assert "what is given is not the name of a secret's variable" in said[2]


def test_mail_may_be_sent_without_a_user() -> None:
    text = changed(
        'user = "vitals"\npassword_secret = "VITALS_SECRET_MAIL"', 'tls = "none"\nunsubscribe = "mailto:a@b"'
    )
    assert load_rules(text, the_model())
