"""Notifications on the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from alerts.sinks.terminal import TerminalSink
from alerts.text import in_words
from tests.builders import a_notification


async def test_a_notification_is_one_line_however_narrow_the_terminal() -> None:
    out = io.StringIO()
    await TerminalSink(Console(file=out, width=20)).deliver(a_notification())
    assert out.getvalue() == f"2026-11-21T10:00:00Z  ▼ {in_words(a_notification())}\n"


async def test_markup_and_escapes_in_a_name_stay_text() -> None:
    out = io.StringIO()
    sink = TerminalSink(Console(file=out, force_terminal=True, color_system="standard", width=200))
    await sink.deliver(a_notification(account_id="[red]acme[/nothing]\x1b[2J"))
    assert "▼ [red]acme[/nothing] [2J fell" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()


async def test_without_a_console_it_prints_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    await TerminalSink().deliver(a_notification(worse=False))
    assert "▲ acme rose" in capsys.readouterr().out
