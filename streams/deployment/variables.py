"""Rejects variables with our prefix that are not ours: a misspelt setting must not be silently ignored."""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Collection, Mapping

from streams.deployment.sink_secrets import SECRET_PREFIX
from streams.errors import UserError

_LOG = logging.getLogger(__name__)
PREFIX = "VITALS_"
_BESIDE_SETTINGS = ("VITALS_KERNEL", "VITALS_LOG_LEVEL", "VITALS_PID_FILE")
_OF_THE_BUILD = ("VITALS_SHARED", "VITALS_TEST_", "VITALS_REQUIRE_", "VITALS_PROPERTY_TIMES")
"""Read by setup.py, the Makefile and the tests. Each stands for all names that begin with it."""
_SERVICE_LINK = re.compile(r"VITALS_(.+_)?(SERVICE_(HOST|PORT(_.*)?)|PORT(_\d+_(TCP|UDP|SCTP).*)?)")
"""The variables that Kubernetes sets in every container beside a service called `vitals` or `vitals-…`."""
_LIKENESS = 0.85
_OTHER_NAMES = {
    "VITALS_BROKER": "VITALS_KAFKA",
    "VITALS_BROKERS": "VITALS_KAFKA",
    "VITALS_BOOTSTRAP_SERVERS": "VITALS_KAFKA",
    "VITALS_PREFIX": "VITALS_TOPIC_PREFIX",
    "VITALS_GROUP_ID": "VITALS_GROUP",
    "VITALS_CONSUMER_GROUP": "VITALS_GROUP",
    "VITALS_SLACK_WEBHOOK_URL": "VITALS_SLACK_URL",
    "VITALS_LOGLEVEL": "VITALS_LOG_LEVEL",
}
"""The names that other products use."""


def is_service_link(name: str, text: str) -> bool:
    """Whether Kubernetes set this variable, and its name is that of a setting only by chance.

    >>> is_service_link("VITALS_METRICS_PORT", "tcp://10.0.0.1:9100"), is_service_link("VITALS_METRICS_PORT", "9100")
    (True, False)
    """
    return bool(_SERVICE_LINK.fullmatch(name)) and text.startswith(("tcp://", "udp://", "sctp://"))


def check_own_variables(environment: Mapping[str, str], settings: Collection[str]) -> None:
    """Check that every variable that begins with `VITALS_` is one of `settings`, a secret or read elsewhere.

    One that resembles no setting is logged only: another release may know it.

    Raises:
        UserError: on a variable that looks like a misspelt setting; the text names that setting.
    """
    known = [*settings, *_BESIDE_SETTINGS]
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in known or name.startswith((SECRET_PREFIX, *_OF_THE_BUILD)):
            continue
        if _SERVICE_LINK.fullmatch(name):
            continue
        close = difflib.get_close_matches(name, known, n=1, cutoff=_LIKENESS)
        if suggestion := _OTHER_NAMES.get(name, close[0] if close else ""):
            raise UserError(f"{name} is not a setting of Vitals: did you mean {suggestion}? Set that, or unset {name}.")
        _LOG.warning("%s is not a setting of Vitals and has no effect: unset it; docs/settings.md lists all", name)
