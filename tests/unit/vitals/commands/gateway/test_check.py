"""`vitals gateway check`: what each source is, what verifies it, and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vitals.app import main

FILE = """
[sources.own]
kind = "vitals"
keys = ["VITALS_SECRET_OWN"]

[sources.open]
kind = "vitals"
insecure = true
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "gateway.toml").write_text(FILE)
    return str(tmp_path / "gateway.toml")


def check(*arguments: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main(["gateway", "check", *arguments])
    return ended.value.code


def test_a_secret_that_is_not_set_is_named_and_the_exit_code_is_1(
    file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VITALS_SECRET_OWN", raising=False)
    assert check(file) == 1
    printed = capsys.readouterr().out
    assert "own: VITALS_SECRET_OWN, which is needed, is not set: set it" in printed
    assert "NOTHING: anybody may send" in printed
    assert "http://127.0.0.1:8480/in/own" in printed


def test_what_is_in_order_is_told_without_the_secret(
    file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VITALS_SECRET_OWN", "hunter2")
    assert check(file, "--json") == 0
    printed = capsys.readouterr().out
    assert "hunter2" not in printed
    own, insecure = json.loads(printed)
    assert (own["verified_by"], own["problems"]) == ("a key: VITALS_SECRET_OWN", [])
    assert own["paths"][:2] == ["/in/own", "/v1/events"]
    assert insecure["verified_by"] == "NOTHING: anybody may send"


def test_a_mistake_is_told_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gateway.toml").write_text('[sources.own]\nkind = "vitls"\n')
    assert check(str(tmp_path / "gateway.toml")) == 1
    assert "line 2: sources.own.kind: no kind is called 'vitls'; did you mean 'vitals'?" in capsys.readouterr().err
