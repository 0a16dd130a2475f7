"""Alerts on the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from alerts.gathered import gathered_of
from alerts.message_text import step_text
from alerts.sinks.terminal import TerminalSink
from tests.builders import an_alert_step


async def test_a_step_is_one_line_however_narrow_the_terminal() -> None:
    out = io.StringIO()
    await TerminalSink(Console(file=out, width=20)).deliver(an_alert_step())
    assert out.getvalue() == f"2026-11-21T10:00:00Z  {step_text(an_alert_step()).one_line}\n"


async def test_markup_and_escapes_in_a_name_stay_text() -> None:
    out = io.StringIO()
    sink = TerminalSink(Console(file=out, force_terminal=True, color_system="standard", width=200))
    await sink.deliver(an_alert_step(account_id="[red]acme[/nothing]\x1b[2J"))
    assert "[red]acme[/nothing] [2J fell from green to red" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()


async def test_without_a_console_it_prints_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    await TerminalSink().deliver(
        gathered_of([an_alert_step(), an_alert_step(account_id="globex")], "day/terminal", "digest")
    )
    first, *rows = capsys.readouterr().out.splitlines()
    assert "Digest: 2 alerts about 2 accounts. 2 critical" in first
    assert len(rows) == 2
