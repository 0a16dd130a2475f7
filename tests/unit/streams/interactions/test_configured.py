"""Whether anything could come in."""

from __future__ import annotations

import pytest

from alerts.lifecycle.schema import AlertRules, Header, Sink, SlackAppSink, TerminalSink
from streams.deployment.settings import Settings
from streams.errors import UserError
from streams.interactions.configured import is_configured, signing_secrets
from streams.notifier.case_links import KEY


def app(signing_secret: str) -> SlackAppSink:
    return SlackAppSink(token_secret="VITALS_SECRET_BOT", channel="C1", signing_secret=signing_secret)


def test_the_signing_secrets_are_those_of_the_apps_each_once() -> None:
    sinks: dict[str, Sink] = {
        "a": app("VITALS_SECRET_ONE"),
        "b": app("VITALS_SECRET_TWO"),
        "c": app("VITALS_SECRET_ONE"),
        "d": app(""),
        "e": TerminalSink(),
    }
    rules = AlertRules(header=Header(name="x"), rules={}, routes={}, sinks=sinks)
    secrets = {"VITALS_SECRET_ONE": "one", "VITALS_SECRET_TWO": "two"}
    assert signing_secrets(rules, secrets) == ("one", "two")
    with pytest.raises(UserError, match="VITALS_SECRET_TWO"):
        signing_secrets(rules, {"VITALS_SECRET_ONE": "one"})


def test_the_shipped_rules_have_no_app_so_a_key_for_links_decides() -> None:
    assert not is_configured(Settings(), {})
    assert is_configured(Settings(), {KEY: "0123456789abcdef"})
