"""The alert rules of a seed, what people do with its cases, and the fleet alarms that begin and end."""

from __future__ import annotations

import random

import msgspec

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
from scoring.event.topics import INPUT_TOPICS
from scoring.instants import DAY_MS, HOUR_MS, MINUTE_MS
from scoring.model.model import Model
from scoring.model.schema import Condition
from streams.control.messages import CaseCommand, FleetAlarm

DWELLS = ("", "", "10m", "3h")
ESCALATIONS = ("", "30m", "5h", "2d")
SNOOZES_MS = (MINUTE_MS, 2 * HOUR_MS, 9 * DAY_MS, 89 * DAY_MS)
ALARMS = 0.1
"""How often something is said of the fleet, for each event."""
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


class Fleet:
    """The fleet alarms of a seed; four in ten have some. Each may be said twice, late copies of its beginning too, and
    some are never ended. Mutable."""

    def __init__(self, drawn: random.Random) -> None:
        self.is_watched = drawn.random() < 0.4
        self._drawn = drawn
        self._begun: list[FleetAlarm] = []
        self._said: list[FleetAlarm] = []

    def alarm_at(self, instant: int) -> FleetAlarm | None:
        """What is said of the fleet at this instant, to every partition; mostly nothing."""
        drawn = self._drawn
        if not self.is_watched or drawn.random() >= ALARMS:
            return None
        which = drawn.random()
        if self._said and which < 0.15:
            alarm = msgspec.structs.replace(drawn.choice(self._said), instant_ms=instant)
        elif self._begun and which < 0.6:
            begun = self._begun.pop(drawn.randrange(len(self._begun)))
            alarm = msgspec.structs.replace(begun, instant_ms=instant, state="ended")
        else:
            topics = tuple(drawn.sample(INPUT_TOPICS, drawn.choice((0, 1, 1, 2))))
            since_ms = instant - drawn.choice((0, HOUR_MS))
            alarm_id, words = f"alarm {len(self._said)}", "Nothing comes."
            alarm = FleetAlarm(
                instant_ms=instant, id=alarm_id, state="begun", words=words, topics=topics, since_ms=since_ms
            )
            self._begun.append(alarm)
        self._said.append(alarm)
        return alarm


RULE_NAMES = ("tier", "drop", "flags", "known")
"""The rules that people speak of; some models do not have them all."""
