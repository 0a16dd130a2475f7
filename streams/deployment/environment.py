"""The environment variables that may have an effect: our own, and those of the machine and the terminal.

Libraries read variables that were not meant for us, some of them at import: `WEB_PORT`, which Kubernetes sets in every
pod beside a Service called `web`; `BROKER_URL`; `PROMETHEUS_MULTIPROC_DIR`. They see an environment without those.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

_VISIBLE = frozenset(
    (
        # the machine and the person
        *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP", "TZ", "LANG", "LANGUAGE", "SYSTEMROOT"),
        # the terminal
        *("TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"),
        # the CAs trusted for TLS to Kafka and Redis, see docs/settings.md
        *("SSL_CERT_FILE", "SSL_CERT_DIR"),
    )
)
_VISIBLE_PREFIXES = ("VITALS_", "LC_", "PYTHON", "LD_", "DYLD_")
_hidden: dict[str, str] = {}


def is_kept(name: str) -> bool:
    """Whether this variable may change what Vitals does.

    >>> [name for name in ("VITALS_KAFKA", "LC_ALL", "BROKER_URL", "F_DATADIR") if is_kept(name)]
    ['VITALS_KAFKA', 'LC_ALL']
    """
    return name in _VISIBLE or name.startswith(_VISIBLE_PREFIXES)


@contextmanager
def restricted_environment(environment: MutableMapping[str, str] | None = None) -> Iterator[None]:
    """Remove all other variables from `environment`, by default the one of the process, and restore them at the end.

    Not safe once the process has other threads that read the environment.
    """
    variables = os.environ if environment is None else environment
    others = {name: variables.pop(name) for name in list(variables) if not is_kept(name)}
    _hidden.update(others)
    try:
        yield
    finally:
        variables.update(others)
        for name in others:
            _hidden.pop(name, None)


def wants_kernel() -> bool:
    """Whether the kernel may be used where it is built: unless `VITALS_KERNEL` is 0."""
    return os.environ.get("VITALS_KERNEL", "").strip() != "0"


def full_environment() -> Mapping[str, str]:
    """The full environment that the process was started with: for a program that the operator configures."""
    return {**_hidden, **os.environ}
