"""What a person may do to a case."""

from __future__ import annotations

from typing import get_args

from alerts.case_action import ACTIONS, FLEET_KIND, ActionId, CaseCommandKind, fitting_actions, offered_actions
from alerts.step import CaseStatus
from streams.control.messages import CaseCommand
from tests.builders import an_alert_step


def test_every_action_is_a_command_that_the_engine_takes() -> None:
    assert set(ACTIONS) == set(get_args(ActionId))
    for action in ACTIONS.values():
        command = CaseCommand(instant_ms=0, account_id="a", command=action.command, author="ann")
        assert (command.command == "snooze") == bool(action.snooze_ms)
    assert {action.command for action in ACTIONS.values()} == set(get_args(CaseCommandKind))


def test_nobody_can_act_on_the_fleet() -> None:
    assert offered_actions(an_alert_step()) == fitting_actions("open")
    assert offered_actions(an_alert_step(rule_kind=FLEET_KIND)) == ()
    assert offered_actions(an_alert_step(case_id="")) == ()


def test_a_case_that_is_over_or_none_offers_nothing() -> None:
    offers = {status: fitting_actions(status) for status in (*get_args(CaseStatus), None)}
    assert {status for status, actions in offers.items() if not actions} == {"resolved", "retracted", None}
