"""A rule file with every kind of table, for the default model, and what is said of a changed one."""

from __future__ import annotations

import re
from functools import cache

import pytest

from alerts.lifecycle.lint import Finding
from alerts.lifecycle.loader import RulesError, examine, load_rules
from scoring.model.loader import load_preset
from scoring.model.model import Model

TEXT = """\
[alerts]
name = "ours"
version = 3
page = "https://vitals.example/accounts/{account_id}"
playbook = "https://wiki.example/{rule}"
zone = "Europe/Berlin"

[traits]
owner = "owner"
segment = "segment"

[calendars.office]
zone = "America/New_York"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "09:00"
to = "17:30"
holidays = ["2026-12-25", "2027-01-01"]

[rules.tier]
kind = "tier"
label = "Health fell"
severities = { red = "critical", yellow = "warning" }
escalations = { red = "2d", yellow = "7d" }
calendar = "office"
margin = 3
dwell = "12h"
exit_dwell = "1d"
ticket = "desk"
action = "Call"

[rules.drop]
kind = "drop"
points = 15
within = "24h"
only = { min_mrr = 500, traits = { segment = ["enterprise"] } }

[rules.silent]
kind = "flag"
flags = ["silent"]

[rules.renewal]
kind = "condition"
severity = "critical"
when = [{ signal = "renewal_days", at_least = 0, at_most = 30 }, { signal = "nps", known = true }]
only = { tiers = ["red", "yellow"] }

[rules.pays_less]
kind = "mrr"
share = 0.1
within = "30d"

[rules.soon]
kind = "forecast"
tiers = ["red"]
lead = "3d"
near = 10

[routes.page]
to = ["pager"]
continue = true
match = { severities = ["critical"], rules = ["tier", "renewal"], steps = ["opened", "escalated"], min_mrr = 1000 }

[routes.team]
to = ["team", "mail"]
match = { tiers = ["red"], traits = { owner = ["Ann"] } }
quiet = { from = "20:00", to = "08:00", days = ["mon", "tue"] }
rate = { messages = 10, within = "1h" }

[routes.rest]
to = ["hook", "default"]
digest = { at = "09:30", days = ["mon"], zone = "UTC" }
storm = false

[sinks.pager]
kind = "pagerduty"
routing_secret = "VITALS_SECRET_PAGER"

[sinks.team]
kind = "slack_app"
token_secret = "VITALS_SECRET_TOKEN"
channel = "C0123456789"
people = { Ann = "U0123456789" }

[sinks.mail]
kind = "mail"
host = "mail.example"
from = "vitals@example.com"
to = ["team@example.com", "{owner}"]
user = "vitals"
password_secret = "VITALS_SECRET_MAIL"
people = { Ann = "ann@example.com" }

[sinks.hook]
kind = "webhook"
url_secret = "VITALS_SECRET_HOOK"

[sinks.desk]
kind = "ticket"
system = "linear"
url_secret = "VITALS_SECRET_DESK"

[sinks.crm]
kind = "scores"
template = "generic"
url_secret = "VITALS_SECRET_CRM"
body = '{"id": "{account_id}", "score": {score}}'

[guard]
share = 0.1
"""


@cache
def the_model() -> Model:
    """The model that the rules are for."""
    return load_preset("default")


def changed(old: str, new: str) -> str:
    """The text with a part replaced, which it must have."""
    assert old in TEXT, old
    return TEXT.replace(old, new, 1)


def said_of(text: str) -> tuple[int, str, str]:
    """The line, the key and the words of the error of a file that cannot be used."""
    with pytest.raises(RulesError) as raised:
        load_rules(text, the_model())
    found = re.fullmatch(r"(?s)line (\d+): ([^:]+): (.*)", str(raised.value))
    assert found, raised.value
    return int(found[1]), found[2], found[3]


def line_with(text: str, part: str) -> int:
    """The number of the first line that has this part."""
    return 1 + text[: text.index(part)].count("\n")


def found_in(old: str, new: str) -> list[Finding]:
    """What the linter finds in the changed text."""
    return list(examine(changed(old, new), the_model()).findings)
