"""The alert rules of a seed, and what people do with its cases."""

from __future__ import annotations

import random

from alerts.lifecycle.command import CommandKind
from alerts.lifecycle.policy import Policy
from alerts.lifecycle.schema import (
    AlertRules,
    ConditionRule,
    DropRule,
    FlagRule,
    ForecastRule,
    Header,
    MrrRule,
    Route,
    Rule,
    TierRule,
)
from alerts.step import Severity
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS
from scoring.model.model import Model
from scoring.model.schema import Condition
from streams.control.messages import CaseCommand

DWELLS = ("", "", "10m", "3h")
ESCALATIONS = ("", "30m", "5h", "2d")
SNOOZES_MS = (MINUTE_MS, 2 * HOUR_MS, 9 * DAY_MS, 89 * DAY_MS)
KINDS: tuple[CommandKind, ...] = (
    "acknowledge",
    "acknowledge",
    "snooze",
    "snooze",
    "snooze",
    "wake",
    "assign",
    "resolve",
    "note",
)


def policy_of(model: Model, number: int) -> Policy:
    """The rules of a seed: of every kind that the model has something for."""
    drawn = random.Random(f"rules {number}")
    names = [tier.name for tier in model.tiers]
    dwell, exit_dwell = drawn.choice(DWELLS), drawn.choice(DWELLS)
    severities: dict[str, Severity] = {name: "critical" if name == names[0] else "warning" for name in names[:-1]}
    rules: dict[str, Rule] = {
        "tier": TierRule(
            severities=severities,
            margin=drawn.choice((0.0, 3.0)),
            escalate_after=drawn.choice(ESCALATIONS),
            dwell=dwell,
            exit_dwell=exit_dwell,
        ),
        "drop": DropRule(points=drawn.choice((5.0, 15.0)), within=drawn.choice(("1h", "24h"))),
    }
    if flags := (*model.floors, *model.flags):
        rules["flags"] = FlagRule(
            flags=tuple(flags), escalate_after=drawn.choice(ESCALATIONS), dwell=dwell, exit_dwell=exit_dwell
        )
    if "mrr" in model.signals:
        rules["mrr"] = MrrRule(share=0.1)
    if numeric := sorted(model.signals):
        signal = drawn.choice(numeric)
        when = (Condition(signal=signal, at_least=drawn.choice((0.5, 2.0))),)
        rules["known"] = ConditionRule(when=when, dwell=dwell, exit_dwell=exit_dwell)
    if drawn.random() < 0.15:
        rules["soon"] = ForecastRule(tiers=(names[0],), lead="3d", near=30.0)
    return Policy(AlertRules(header=Header(name="sim"), rules=rules, routes={"all": Route()}), model.tiers)


def command_at(drawn: random.Random, account: str, instant: int) -> tuple[CaseCommand, bool]:
    """What somebody does with a case that may not be there; True when it must be refused, whatever there is."""
    is_poison = drawn.random() < 0.1
    command = CaseCommand(
        instant_ms=instant,
        account_id=account,
        command=drawn.choice(KINDS),
        author="" if is_poison else drawn.choice(("ann", "bob")),
        rule=drawn.choice(("", *RULE_NAMES)),
        until_ms=instant + drawn.choice(SNOOZES_MS),
        assignee="cat",
        reason="known",
    )
    return command, is_poison


RULE_NAMES = ("tier", "drop", "flags", "known")
"""The rules that people speak of; some models do not have them all."""
