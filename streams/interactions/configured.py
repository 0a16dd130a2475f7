"""What can come in: Slack's clicks, with a signing secret, and signed links, with a key."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.lifecycle.schema import AlertRules, SlackAppSink
from streams.alert_files import read_rules
from streams.deployment.settings import Settings
from streams.deployment.sink_secrets import sink_secret
from streams.model_files import read_model
from streams.notifier.case_links import case_tokens


def is_configured(settings: Settings, environment: Mapping[str, str]) -> bool:
    """Whether anything could come in: a Slack app with a signing secret, or a key for links. Blocks.

    Raises:
        UserError: when the rules or a secret cannot be read.
    """
    rules = read_rules(settings.alerts, read_model(settings.model))
    return bool(signing_secrets(rules, environment)) or case_tokens(environment) is not None


def signing_secrets(rules: AlertRules, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The signing secrets of the Slack apps in `rules`, each once.

    Raises:
        UserError: when one that is named cannot be read.
    """
    names = [sink.signing_secret for sink in rules.sinks.values() if isinstance(sink, SlackAppSink)]
    return tuple(dict.fromkeys(sink_secret(environment, name).reveal() for name in names if name))
