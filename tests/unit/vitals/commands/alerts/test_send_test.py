"""`vitals alerts test`: what is sent says that it is a test."""

from __future__ import annotations

import pytest

from alerts.message_text import step_text
from vitals import main
from vitals.commands.alerts.send_test import a_test


def test_the_message_says_that_it_is_a_test_and_by_whom() -> None:
    opened, ended = a_test("ann", "red", 0)
    text = step_text(opened)
    assert text.headline == "vitals-test: test of red by ann: nothing has happened"
    long = step_text(a_test("a" * 40, "r" * 20, 0)[0])
    assert "nothing has happened" in f"{long.headline} {long.cause}"
    assert (ended.case_id, ended.status) == (opened.case_id, "resolved")


def test_no_two_tests_have_an_id_in_common() -> None:
    assert not {step.id for step in a_test("ann", "red", 0)} & {step.id for step in a_test("ann", "red", 0)}


def test_a_target_that_there_is_not_is_named_with_those_that_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["alerts", "test", "nowhere", "--author", "ann"])
    assert ended.value.code == 1
    assert "There is no route or sink nowhere: give one of the routes default" in capsys.readouterr().err


def test_the_terminal_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["alerts", "test", "default", "--author", "ann"])
    assert ended.value.code == 0
    assert "test of default by ann" in capsys.readouterr().out
