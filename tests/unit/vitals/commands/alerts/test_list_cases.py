"""The order of open cases, and what a row of them says."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from scoring.result import OpenCase, ScoreSnapshot
from tests.builders import a_snapshot
from vitals.commands.alerts.list_cases import cases_table, listed


def a_case(**given: Any) -> OpenCase:
    fields = {
        "id": "c1",
        "rule": "tier",
        "severity": "critical",
        "status": "open",
        "opened_at": "2026-11-21T10:00:00Z",
        "since": "2026-11-21T10:00:00Z",
        "words": "acme fell from green to red",
    }
    return OpenCase(**{**fields, **given})


def order(*answers: ScoreSnapshot) -> list[str]:
    return [each.account_id for each in listed(answers)]


def test_the_most_severe_come_first_and_of_those_the_most_revenue() -> None:
    assert order(
        a_snapshot("good", mrr=90_000.0, cases=(a_case(severity="good"),)),
        a_snapshot("small", mrr=100.0, cases=(a_case(),)),
        a_snapshot("unknown", mrr=None, cases=(a_case(),)),
        a_snapshot("large", mrr=9_000.0, cases=(a_case(),)),
        a_snapshot("warned", mrr=50_000.0, cases=(a_case(severity="warning"),)),
    ) == ["large", "small", "unknown", "warned", "good"]


def test_an_account_without_a_case_is_not_listed() -> None:
    assert order(a_snapshot()) == []


def test_the_assignee_has_the_case_and_else_the_owner_of_the_account() -> None:
    answers = [
        a_snapshot("given", cases=(a_case(assignee="ann"),), facts={"owner": "bo"}),
        a_snapshot("own", cases=(a_case(),), facts={"owner": "bo"}),
        a_snapshot("nobody", cases=(a_case(),), facts={}),
    ]
    found = {each.account_id: each.owner for each in listed(answers)}
    assert found == {"given": "ann", "own": "bo", "nobody": ""}


def test_names_from_outside_are_made_harmless() -> None:
    out = io.StringIO()
    evil = a_snapshot("acme\x1b[2J", cases=(a_case(words="\x1b]0;x\x07 fell"),))
    Console(file=out, width=200).print(cases_table(listed([evil]), "Open cases of a[/]b"))
    assert "Open cases of a[/]b" in out.getvalue()
    assert "\x1b" not in out.getvalue()
