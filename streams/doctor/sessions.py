"""Whether a worker can keep its partitions while it writes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from streams.deployment.settings import Settings
from streams.doctor.finding import Finding, fault, ok, unknown, warning

FLUSHES_A_SESSION = 4
"""A worker that is stuck for half a session timeout ends itself, so a flush must take well below that."""
_CHECK = "kafka.session"
_SETTING = "VITALS_SESSION_TIMEOUT_MS"


def judge_sessions(settings: Settings, broker: Mapping[str, str | None], round_trip_ms: float) -> Iterator[Finding]:
    """Compare session timeout, flush interval and the brokers' limits.

    `broker` holds a broker's settings by Kafka's names, empty if they cannot be read; `round_trip_ms` is the time of
    one request and its answer.
    """
    session_ms = settings.session_timeout_ms
    least, most = _number(broker, "group.min.session.timeout.ms"), _number(broker, "group.max.session.timeout.ms")
    if least is not None and session_ms < least:
        yield fault(
            _CHECK, _SETTING, f"is {session_ms:,} ms, below the broker minimum {least:,}", f"set it to {least} or more"
        )
    elif most is not None and session_ms > most:
        yield fault(
            _CHECK, _SETTING, f"is {session_ms:,} ms, above the broker maximum {most:,}", f"set it to {most} or less"
        )
    elif least is None:
        words = "the brokers do not show group.min.session.timeout.ms and group.max.session.timeout.ms"
        yield unknown(_CHECK, _SETTING, words, "allow this user DescribeConfigs on the cluster to have it checked")
    # A flush waits for the changelog, then the outputs, then the commit: three round trips.
    flush_ms = settings.flush_ms + 3 * round_trip_ms
    if flush_ms * FLUSHES_A_SESSION > session_ms:
        words = (
            f"is {session_ms:,} ms, but a flush every {settings.flush_ms:,} ms with brokers that answer in "
            f"{round_trip_ms:,.0f} ms leaves no room: a slow flush would cost the worker its partitions"
        )
        yield warning(_CHECK, _SETTING, words, f"set it to {int(flush_ms * FLUSHES_A_SESSION) + 1} or more")
    else:
        yield ok(_CHECK, _SETTING, f"is {session_ms:,} ms, for a flush every {settings.flush_ms:,} ms")


def _number(configs: Mapping[str, str | None], name: str) -> int | None:
    try:
        return int(configs.get(name) or "")
    except ValueError:
        return None
