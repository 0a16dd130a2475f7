"""The tables of `vitals alerts why` and `show`: what was decided is not what became of it."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from streams.alerting.why import Decision, Sent
from tests.builders import an_alert_step
from vitals.commands.alerts.ask import _decisions_table, _steps_table

NOT_SHOWN = "not of a kind that terminal of the route default shows on 2026-11-21T10:00:01Z"


def shown(table: Table) -> str:
    console = Console(width=200, no_color=True)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def a_decision(outcome: str, reason: str, *routes: Sent) -> Decision:
    return Decision(
        at="2026-11-21T10:00:00Z",
        rule="tier",
        step="opened",
        outcome=outcome,
        reason=reason,
        words="acme is red",
        because="its case opened",
        routes=routes,
    )


def test_a_decision_to_tell_does_not_say_that_somebody_was_told() -> None:
    sent = Sent(route="default", sink="terminal", outcome="not_shown", at="", held_by="", why="", words=NOT_SHOWN)
    table = shown(_decisions_table([a_decision("sent", "first", sent), a_decision("suppressed", "covered")]))
    header, *_ = [line for line in table.splitlines() if "because" in line]
    assert "decided" in header
    assert "told" not in header
    first, second = [line for line in table.splitlines() if "acme is red" in line]
    assert " tell " in first
    assert NOT_SHOWN in first
    assert "tell nobody" in second


def test_the_latest_steps_say_what_was_decided_and_why() -> None:
    table = shown(_steps_table([an_alert_step(), an_alert_step(outcome="suppressed", reason="dwell")]))
    assert "tell: first" in table
    assert "tell nobody: dwell" in table
