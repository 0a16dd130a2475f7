"""The bars of a command: for people who watch, and nobody else."""

from __future__ import annotations

import io

import pytest

from vitals.commands.output import bars


class Terminal(io.StringIO):
    """A screen."""

    def isatty(self) -> bool:
        return True


def test_where_nobody_watches_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with bars() as show:
        show("reading scores", 1, 2)
    assert capsys.readouterr() == ("", "")


def test_on_a_screen_each_step_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", screen)
    with bars() as show:
        show("reading history back", 4, 4)
        show("reading scores", 1, 2)
    assert "reading history back" in screen.getvalue()
    assert "50%" in screen.getvalue()
