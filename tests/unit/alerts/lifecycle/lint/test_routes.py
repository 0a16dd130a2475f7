"""Routes that take nothing or send twice, and steps that no route takes."""

from __future__ import annotations

import pytest

from alerts.lifecycle.lint import Finding
from alerts.lifecycle.loader import examine
from tests.support.alerting.rule_file import said_of, the_model

HEADER = """\
[alerts]
name = "x"
[sinks.hook]
kind = "webhook"
url_secret = "VITALS_SECRET_HOOK"
[rules.tier]
kind = "tier"
severities = { red = "critical", yellow = "warning" }
[rules.good]
kind = "condition"
severity = "good"
when = [{ signal = "nps", at_least = 9 }]
"""
REST = "[routes.rest]\nto = ['hook']\n"


def found(routes: str) -> list[Finding]:
    return list(examine(HEADER + routes, the_model()).findings)


@pytest.mark.parametrize(
    ("routes", "key", "words"),
    [
        (
            "[routes.a]\nmatch = { rules = ['good'], severities = ['critical'] }\n" + REST,
            "routes.a.match",
            "no step is of these rules, severities, tiers and steps at once, so it never sends anything; change one of",
        ),
        (
            "".join(
                f"[routes.{one}]\nmatch = {{ severities = ['{one}'] }}\n" for one in ("critical", "warning", "good")
            )
            + "[routes.info]\nmatch = { rules = [], severities = ['info'] }\n"
            + REST,
            "routes.rest",
            "it can never be reached: the routes before it take all that it would; move it up, or write",
        ),
        (
            "[routes.a]\nto = ['hook']\nmatch = { steps = ['resolved'] }\n",
            "routes",
            "no route takes any of the cases that these rules open, so nobody is ever told; add [routes.default]",
        ),
    ],
)
def test_what_never_sends_anything_is_an_error_and_cannot_be_used(routes: str, key: str, words: str) -> None:
    errors = [each for each in found(routes) if each.severity == "error"]
    assert [each.key for each in errors] == [key]
    assert errors[0].words.startswith(words)
    assert said_of(HEADER + routes)[1:] == (key, errors[0].words)


def test_routes_that_leave_something_do_not_hide_the_next() -> None:
    for leaves in (
        "min_mrr = 1",
        "severities = ['critical', 'warning', 'good']",
        "steps = ['opened']",
        "tiers = ['red']",
    ):
        assert [
            each for each in found(f"[routes.a]\nmatch = {{ {leaves} }}\n" + REST) if each.severity == "error"
        ] == []
    assert found("[routes.a]\ncontinue = true\n" + REST) == []


def test_a_route_may_be_for_the_alerts_of_the_guard() -> None:
    assert found("[routes.ops]\nto = ['hook']\nmatch = { rules = ['guard'] }\n" + REST) == []
    assert found("[routes.ops]\nmatch = { rules = ['guard'], steps = ['resolved'] }\n" + REST) == []
    (never,) = found("[routes.ops]\nmatch = { rules = ['guard'], steps = ['escalated'] }\n" + REST)
    assert (never.severity, never.key) == ("error", "routes.ops.match")
    (late,) = found(
        "[routes.a]\nmatch = { severities = ['critical'] }\n[routes.ops]\nmatch = { rules = ['guard'] }\n" + REST
    )
    assert (late.severity, late.key) == ("error", "routes.ops")


@pytest.mark.parametrize(
    ("routes", "key", "words"),
    [
        (
            "[routes.a]\nto = ['hook']\nmatch = { rules = ['tier', 'guard'] }\n",
            "rules.good",
            "no route takes its cases of severity 'good'; add a route, such as one to ['none'], or leave it out",
        ),
        (
            "[routes.a]\nto = ['hook']\nmatch = { severities = ['critical', 'good'] }\n",
            "rules.tier",
            "no route takes its cases of severity 'warning'; add a route, such as one to ['none'], or leave it out",
        ),
        (
            "[routes.a]\nto = ['hook']\nmatch = { tiers = ['red', 'yellow'] }\n"
            "[routes.ops]\nto = ['hook']\nmatch = { rules = ['guard'] }\n",
            "rules.good",
            "no route takes its cases of severity 'good' in 'green'; add a route, such as one to ['none'], or leave it "
            "out",
        ),
        (
            "[routes.a]\nto = ['hook']\ncontinue = true\nmatch = { severities = ['critical'] }\n" + REST,
            "routes.rest.to",
            "a step that routes.a takes, too, reaches 'hook' twice; leave it out of one of them",
        ),
        (
            "[routes.a]\nto = ['hook']\nquiet = { from = '09:00', to = '08:30' }\n",
            "routes.a.quiet",
            "only 30 minutes of a day are left to send in; write fewer hours, or take a digest",
        ),
        (
            "[routes.a]\nto = ['hook']\nquiet = { from = '18:00', to = '10:00', days = ['sun'] }\n"
            "digest = { at = '09:00', days = ['mon', 'tue'] }\n",
            "routes.a.digest.at",
            "at 09:00 on mon its quiet hours forbid to send; move one of them",
        ),
    ],
)
def test_what_is_sent_twice_or_to_nobody_is_a_warning(routes: str, key: str, words: str) -> None:
    assert found(routes) == [Finding("warning", key, words)]


def test_a_guard_that_nobody_hears_is_a_warning() -> None:
    (finding,) = found("[routes.a]\nto = ['hook']\nmatch = { rules = ['tier', 'good'] }\n")
    assert (finding.severity, finding.key) == ("warning", "routes")
    assert finding.words.startswith("no route takes the alerts of the guard, so nobody hears that a feed has stopped;")


def test_all_to_none_tells_nobody() -> None:
    text = HEADER.replace('[sinks.hook]\nkind = "webhook"\nurl_secret = "VITALS_SECRET_HOOK"\n', "")
    (finding,) = examine(text + "[routes.all]\nto = ['none']\n", the_model()).findings
    assert finding == Finding(
        "warning", "routes", "all routes lead to 'none', so nobody is ever told; name a sink in one of them"
    )


def test_a_digest_beside_quiet_hours_of_other_times_is_fine() -> None:
    quiet = "quiet = { from = '12:00', to = '13:00', days = ['mon'] }\n"
    for digest in ("{ at = '11:59' }", "{ at = '13:00' }", "{ at = '12:30', days = ['tue'] }"):
        assert found(f"[routes.a]\nto = ['hook']\n{quiet}digest = {digest}\n") == []
