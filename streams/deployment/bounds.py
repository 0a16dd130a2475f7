"""The values that settings may have: whole numbers within bounds, and broker addresses."""

from __future__ import annotations

import re

from streams.errors import UserError

_INT16 = 32_767
_HOUR_MS = 3_600_000
BOUNDS = {
    "partitions": (1, 10_000),
    "replication": (1, _INT16),
    "min_insync": (1, _INT16),
    "metrics_port": (0, 65_535),
    "interactions_port": (0, 65_535),
    "gateway_port": (0, 65_535),
    "dashboard_port": (0, 65_535),
    "unattributed_max_ms": (1_000, 10**14),
    "flush_ms": (1, _HOUR_MS),
    "catch_up_flush_ms": (0, _HOUR_MS),
    "settle_ms": (0, 10**14),
    "merge_wait_ms": (0, _HOUR_MS),
    "session_timeout_ms": (100, 24 * _HOUR_MS),
    "idempotent": (0, 1),
    "notify_max_age_ms": (0, 10**14),
    "canary_seconds": (0, 86_400),
}
"""The minimum and the maximum of each numeric setting, both inclusive."""
_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)
_HOST = re.compile(r"[^\s:/@\[\],]+|\[[0-9A-Fa-f:.]+(%[^\s\]]+)?\]")
_SHOWN = 60


def whole_number(field: str, text: str) -> int:
    """The value of the numeric setting `field`.

    >>> whole_number("metrics_port", " 9100 ")
    9100

    Raises:
        UserError: when it is not a whole number within the setting's bounds; the text names both.
    """
    least, most = BOUNDS[field]
    stripped = text.strip()
    number = int(stripped) if _DIGITS.fullmatch(stripped) else -1
    if not least <= number <= most:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise UserError(f"VITALS_{field.upper()} is {shown!r}: set it to a whole number from {least} to {most}.")
    return number


def broker_addresses(text: str) -> str:
    """`VITALS_KAFKA` as clients take it: host:port, separated by commas, and nothing else.

    >>> broker_addresses(" a:9092, [::1]:9093,")
    'a:9092,[::1]:9093'

    Raises:
        UserError: when an address is not valid; the text says why.
    """
    found = [part.strip() for part in text.split(",") if part.strip()]
    for address in found:
        if why := _wrong_with(address):
            raise UserError(f"VITALS_KAFKA is {text!r}, but {why}: set it to host:port, separated by commas.")
    if not found:
        raise UserError(f"VITALS_KAFKA is {text!r}, which names no broker: set it to host:port.")
    return ",".join(found)


def _wrong_with(address: str) -> str:
    host, colon, port = address.rpartition(":")
    if not colon:
        return f"{address!r} has no port"
    if ":" in host and not host.startswith("["):
        return f"{address!r} is an IPv6 address without brackets: write [{host}]:{port}"
    if not _HOST.fullmatch(host):
        return f"{host!r} is not a host name"
    if not _DIGITS.fullmatch(port) or not 1 <= int(port) <= 65_535:
        return f"{port!r} is not a port from 1 to 65535"
    return ""
