"""What of the environment may change anything: our own variables, and those of the machine and the terminal.

Libraries read variables that nobody meant for us (`WEB_PORT`, which Kubernetes sets in every pod beside a Service
called `web`; `BROKER_URL`; `PROMETHEUS_MULTIPROC_DIR`), some of them when they are imported. They are shown an
environment without them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

_KEPT = frozenset(
    (
        # the machine and the person
        *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP", "TZ", "LANG", "LANGUAGE", "SYSTEMROOT"),
        # the terminal
        *("TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"),
        # whom TLS to Kafka and Redis trusts, see docs/settings.md
        *("SSL_CERT_FILE", "SSL_CERT_DIR"),
    )
)
_KEPT_PREFIXES = ("VITALS_", "LC_", "PYTHON", "LD_", "DYLD_")
_taken_away: dict[str, str] = {}


def is_kept(name: str) -> bool:
    """Whether this variable may change what Vitals does.

    >>> [name for name in ("VITALS_KAFKA", "LC_ALL", "BROKER_URL", "F_DATADIR") if is_kept(name)]
    ['VITALS_KAFKA', 'LC_ALL']
    """
    return name in _KEPT or name.startswith(_KEPT_PREFIXES)


@contextmanager
def only_what_is_ours(environment: MutableMapping[str, str] | None = None) -> Iterator[None]:
    """Take everything else out of `environment`, the process's own by default, and put it back at the end.

    Not for a process that already runs other threads which read it.
    """
    variables = os.environ if environment is None else environment
    others = {name: variables.pop(name) for name in list(variables) if not is_kept(name)}
    _taken_away.update(others)
    try:
        yield
    finally:
        variables.update(others)
        for name in others:
            _taken_away.pop(name, None)


def whole_environment() -> Mapping[str, str]:
    """The environment as the process was given it: for a program of the operator's, which is not ours to narrow."""
    return {**_taken_away, **os.environ}
