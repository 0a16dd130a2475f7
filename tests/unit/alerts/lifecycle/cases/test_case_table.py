"""Which steps a case allows."""

from __future__ import annotations

from typing import get_args

import pytest

from alerts.lifecycle.cases.case_table import ALLOWED, ENDED, STEP_OF, Edge, IllegalStep, allows, checked
from alerts.step import CaseStatus, StepKind

STATUSES: tuple[CaseStatus, ...] = get_args(CaseStatus)
EDGES: tuple[Edge, ...] = get_args(Edge)


def test_the_table_has_every_status_and_every_edge_has_its_step() -> None:
    assert set(ALLOWED) == {"", *STATUSES}
    assert set(STEP_OF) == set(EDGES)
    assert set(STEP_OF.values()) <= set(get_args(StepKind))


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("status", ENDED)
def test_a_case_that_is_over_allows_nothing(status: CaseStatus, edge: Edge) -> None:
    assert not allows(status, edge)
    with pytest.raises(IllegalStep, match=f"a case that is {status} cannot be {edge}"):
        checked(status, edge, "open")


def test_a_case_is_opened_once_and_only_an_open_one_escalates() -> None:
    assert [status for status in ALLOWED if allows(status, "opened")] == [""]
    assert [status for status in ALLOWED if allows(status, "escalated")] == ["open"]
    assert [status for status in ALLOWED if allows(status, "snooze_ended")] == ["snoozed"]


def test_every_status_is_reached_and_every_case_can_end() -> None:
    reached: set[str] = set()
    waiting: list[CaseStatus] = ["open", "snoozed"]
    while waiting:
        if (status := waiting.pop()) not in reached:
            reached.add(status)
            waiting += [after for targets in ALLOWED[status].values() for after in targets]
    assert reached == set(STATUSES)
    assert all(allows(status, "resolved") for status in STATUSES if status not in ENDED)


def test_a_step_that_leads_elsewhere_is_illegal() -> None:
    assert checked("acknowledged", "worse", "open") == "open"
    with pytest.raises(IllegalStep):
        checked("acknowledged", "worse", "acknowledged")
