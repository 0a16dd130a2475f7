"""Variables with our prefix that are none of ours: a wrong name must not be a setting that is silently not there."""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Collection, Mapping

from streams.errors import UserError

_LOG = logging.getLogger(__name__)
PREFIX = "VITALS_"
_BESIDE_SETTINGS = ("VITALS_LOG_LEVEL", "VITALS_PID_FILE")
_OF_THE_BUILD = ("VITALS_COMPILE", "VITALS_SHARED", "VITALS_TEST_", "VITALS_REQUIRE_", "VITALS_PROPERTY_TIMES")
"""Read by setup.py, the Makefile and the tests; each stands for all that begin like it."""
_SERVICE_LINK = re.compile(r"VITALS_(.+_)?(SERVICE_(HOST|PORT(_.*)?)|PORT(_\d+_(TCP|UDP|SCTP).*)?)")
"""What Kubernetes sets in every container beside a service called `vitals`, or `vitals-` and something."""
_LIKENESS = 0.85
_MEANT = {
    "VITALS_BROKER": "VITALS_KAFKA",
    "VITALS_BROKERS": "VITALS_KAFKA",
    "VITALS_BOOTSTRAP_SERVERS": "VITALS_KAFKA",
    "VITALS_PREFIX": "VITALS_TOPIC_PREFIX",
    "VITALS_GROUP_ID": "VITALS_GROUP",
    "VITALS_CONSUMER_GROUP": "VITALS_GROUP",
    "VITALS_SLACK_WEBHOOK_URL": "VITALS_SLACK_URL",
    "VITALS_LOGLEVEL": "VITALS_LOG_LEVEL",
}
"""What other products call it."""


def is_service_link(name: str, text: str) -> bool:
    """Whether Kubernetes set this, and nobody meant the setting that has its name by chance.

    >>> is_service_link("VITALS_METRICS_PORT", "tcp://10.0.0.1:9100"), is_service_link("VITALS_METRICS_PORT", "9100")
    (True, False)
    """
    return bool(_SERVICE_LINK.fullmatch(name)) and text.startswith(("tcp://", "udp://", "sctp://"))


def check_own_variables(environment: Mapping[str, str], settings: Collection[str]) -> None:
    """See that what begins with `VITALS_` is one of `settings`, or of the few that are read beside them.

    One that resembles none of them is told in the log: another release may know it.

    Raises:
        UserError: on one that seems to mean another, which it names.
    """
    known = [*settings, *_BESIDE_SETTINGS]
    for name in sorted(environment):
        if not name.startswith(PREFIX) or name in known or name.startswith(_OF_THE_BUILD):
            continue
        if _SERVICE_LINK.fullmatch(name):
            continue
        close = difflib.get_close_matches(name, known, n=1, cutoff=_LIKENESS)
        if meant := _MEANT.get(name, close[0] if close else ""):
            raise UserError(f"{name} is no setting of Vitals: did you mean {meant}? Set that, or unset {name}.")
        _LOG.warning("%s is no setting of Vitals, and changes nothing: unset it; docs/settings.md has them all", name)
