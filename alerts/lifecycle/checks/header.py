"""Checks of the tables `[alerts]` and `[guard]`."""

from __future__ import annotations

from alerts.lifecycle.checks.values import DAY, MINUTE, check_link, check_span, check_text, check_zone
from alerts.lifecycle.schema import Guard, Header
from scoring.model.rule_checks import ModelRuleError, check_not_empty, check_within

VERSION_MAX = 2**31 - 1


def check_header(header: Header) -> None:
    """Check `[alerts]`.

    Raises:
        ModelRuleError: when it breaks a rule.
    """
    check_not_empty("alerts.name", header.name, "the rules have no name; write one, such as name = 'ours'")
    check_text("alerts.name", header.name)
    if not 1 <= header.version <= VERSION_MAX:
        raise ModelRuleError("alerts.version", f"{header.version} is no version; count versions from 1")
    check_link("alerts.page", header.page)
    check_link("alerts.playbook", header.playbook)
    check_not_empty("alerts.zone", header.zone, "the time zone is empty; write 'UTC', or leave it out")
    check_zone("alerts.zone", header.zone)


def check_guard(guard: Guard) -> None:
    """Check `[guard]`.

    Raises:
        ModelRuleError: when it breaks a rule.
    """
    check_within("guard.expected", guard.expected, 1, 1_000_000, "the number of events")
    check_span("guard.least", guard.least, MINUTE, DAY)
    if not 0 < guard.share <= 1:
        raise ModelRuleError("guard.share", f"{guard.share:g} must be above 0 and at most 1; 0.05 is usual")
    check_within("guard.accounts", guard.accounts, 2, 1_000_000_000, "the number of accounts")
    check_span("guard.within", guard.within, MINUTE, DAY)
