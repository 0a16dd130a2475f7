"""The secrets of sinks: from variables or files, never shown."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from streams.deployment.settings import Settings
from streams.deployment.sink_secrets import sink_secret
from streams.errors import UserError

NAME = "VITALS_SECRET_SLACK"


def test_a_secret_is_in_its_variable_or_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "slack"
    path.write_text("hunter2\n")
    for environment in ({NAME: "hunter2"}, {f"{NAME}_FILE": str(path)}):
        secret = sink_secret(environment, NAME)
        assert secret.reveal() == "hunter2"
        assert "hunter2" not in f"{secret} {secret!r}"


@pytest.mark.parametrize("environment", [{}, {NAME: ""}, {"VITALS_SECRET_OTHER": "hunter2"}])
def test_one_that_is_missing_names_its_variable(environment: dict[str, str]) -> None:
    with pytest.raises(UserError, match=f"^{NAME}, which is needed, is not set: set it, or {NAME}_FILE to the path"):
        sink_secret(environment, NAME)


def test_both_is_one_too_many_and_the_error_does_not_show_it() -> None:
    with pytest.raises(UserError) as raised:
        sink_secret({NAME: "hunter2", f"{NAME}_FILE": "/nowhere"}, NAME)
    assert str(raised.value) == f"{NAME} and {NAME}_FILE are both set: set one of them."


@pytest.mark.parametrize("name", ["VITALS_REDIS", "HOME", ""])
def test_no_other_variable_can_be_read_as_a_secret(name: str) -> None:
    with pytest.raises(UserError, match="is not the name of a secret: name a variable that begins with VITALS_SECRET_"):
        sink_secret({"VITALS_REDIS": "redis://:hunter2@x", "HOME": "/root"}, name)


def test_they_are_no_unknown_settings_and_in_no_settings(caplog: pytest.LogCaptureFixture) -> None:
    secrets = {NAME: "hunter2", "VITALS_SECRET_HOOK_FILE": "/nowhere"}
    with caplog.at_level(logging.DEBUG):
        settings = Settings.from_environment(secrets)
    assert (settings, caplog.text) == (Settings(), "")
    assert "hunter2" not in repr(settings) + str(settings.environment())
