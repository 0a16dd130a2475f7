"""Tokens from a command: when it is run, what is taken for a token, and what is told where there is none."""

from __future__ import annotations

import asyncio
import shlex
import time
from pathlib import Path

import pytest

from streams.errors import UserError
from streams.kafka import oauth
from streams.kafka.oauth import CommandTokens, TokenCommandFailed
from tests.support.kafka.secured import unsecured_token


class Script:
    """A command that prints a text, and counts its runs."""

    def __init__(self, folder: Path, does: str) -> None:
        self._runs = folder / "runs"
        path = folder / "my token.sh"
        path.write_text(f"#!/bin/sh\necho run >> {shlex.quote(str(self._runs))}\n{does}\n")
        path.chmod(0o755)
        self.command = f"'{path}' --audience kafka"

    @property
    def runs(self) -> int:
        return len(self._runs.read_text().splitlines()) if self._runs.exists() else 0


async def test_a_token_that_says_nothing_of_its_end_is_used_for_a_minute(tmp_path: Path) -> None:
    script, now = Script(tmp_path, "echo opaque-token"), [1_000.0]
    tokens = CommandTokens(script.command, now=lambda: now[0])
    assert [await tokens.token() for _ in range(3)] == ["opaque-token"] * 3
    assert script.runs == 1
    now[0] += oauth.UNKNOWN_LIFE_SECONDS
    await tokens.token()
    assert script.runs == 2


@pytest.mark.parametrize("life_seconds", [3_600, 100])
async def test_json_and_a_jwt_say_when_it_ends_and_it_is_asked_for_anew_before(
    tmp_path: Path, life_seconds: int
) -> None:
    jwt = unsecured_token("ops", life_seconds)
    for name, printed in (
        ("json", f'{{"access_token": "{jwt[:20]}", "expires_in": {life_seconds}}}'),
        ("jwt", jwt),
    ):
        folder = tmp_path / name
        folder.mkdir()
        script, passed = Script(folder, f"echo '{printed}'"), [0.0]
        started = time.time()
        tokens = CommandTokens(script.command, now=lambda passed=passed, at=started: at + passed[0])  # type: ignore[misc]
        await tokens.token()
        early = min(60.0, life_seconds / 10)
        passed[0] = life_seconds - early - 5
        await tokens.token()
        assert script.runs == 1
        passed[0] = life_seconds - early + 5
        await tokens.token()
        assert script.runs == 2


async def test_connections_that_ask_at_once_wait_for_one_run(tmp_path: Path) -> None:
    script = Script(tmp_path, "sleep 0.2; echo opaque-token")
    tokens = CommandTokens(script.command)
    assert set(await asyncio.gather(*(tokens.token() for _ in range(10)))) == {"opaque-token"}
    assert script.runs == 1


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("echo a-s3cret; echo 'no such audience' >&2; exit 3", r"ended with exit code 3 \(no such audience\)"),
        ("exit 1", r"ended with exit code 1 \(nothing on standard error\)"),
        ("true", "printed no token"),
        ("echo a-s3cret b", "printed more than a token"),
        ("echo a-s3cret; echo b", "printed more than a token"),
        ('echo \'{"token": "a-s3cret"}\'', "printed JSON without a string `access_token`"),
        ("echo '{a-s3cret'", "printed JSON without"),
        ('echo \'{"access_token": ""}\'', "printed no token"),
        (f"echo {unsecured_token('a-s3cret', -5)}", "printed an expired token"),
        ("exec sleep 9", "did not end within 0.5 s"),
    ],
)
async def test_a_command_that_gives_no_token_is_one_line_without_what_it_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, words: str
) -> None:
    monkeypatch.setattr(oauth, "COMMAND_SECONDS", 0.5)
    with pytest.raises(TokenCommandFailed, match=words) as failed:
        await CommandTokens(Script(tmp_path, does).command).token()
    text = str(failed.value)
    assert "\n" not in text
    assert text.endswith("run it yourself and fix it.")
    assert "a-s3cret" not in text


async def test_a_command_that_is_not_there_is_told() -> None:
    with pytest.raises(TokenCommandFailed, match="cannot be started"):
        await CommandTokens("/no/such/command").token()


def test_a_command_whose_quotation_is_open_is_told_at_once() -> None:
    with pytest.raises(UserError, match="TOKEN_COMMAND cannot be parsed"):
        CommandTokens("token 'x")
