"""Derives the names of topics, consumer groups and Redis keys from the prefix and the group of a deployment. Pure.

Two deployments whose prefix or group differs never share a name, except the input topics, which depend on the prefix
only: two groups that read the same inputs are two deployments.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qs, urlsplit

from streams.errors import UserError

TOPIC_NAME_MAX = 249
"""The longest topic name, in characters, that Kafka allows."""
LONGEST_TOPIC = "guard-windows-changelog"
_ROLE_ENDINGS = re.compile(r"-(?:projector-[0-9a-f]{8}|notifier-[A-Za-z0-9_-]*|guard)$")


def deployment_name(prefix: str, group: str) -> str:
    """The name of the deployment with this prefix and group: the prefix, then the group.

    A dot at the end of the prefix marks where the group begins. If the prefix ends otherwise, or the group contains a
    dot, is a number, or ends like the group of a projector, notifier or guard, a dot and the length of the prefix
    follow. So no two pairs share a name.

    >>> deployment_name("", "vitals"), deployment_name("prod.", "vitals")
    ('vitals', 'prod.vitals')
    >>> deployment_name("", "prod.vitals"), deployment_name("prod-", "vitals"), deployment_name("", "prod-vitals")
    ('prod.vitals.0', 'prod-vitals.5', 'prod-vitals')
    """
    is_marked = not prefix or prefix.endswith(".")
    if is_marked and "." not in group and not group.isdigit() and not _ROLE_ENDINGS.search(group):
        return prefix + group
    return f"{prefix}{group}.{len(prefix)}"


def check_names(prefix: str, group: str) -> None:
    """Check that Kafka allows all names that are made from these two.

    Raises:
        UserError: with the variable and what is allowed in it.
    """
    for variable, text in (("VITALS_TOPIC_PREFIX", prefix), ("VITALS_GROUP", group)):
        if not re.fullmatch(r"[A-Za-z0-9._-]*", text):
            raise UserError(f"{variable} is {text!r}: use only letters a to z, digits, '.', '_' and '-'.")
    if not group:
        raise UserError("VITALS_GROUP is empty: set it to a name.")
    longest = len(f"{deployment_name(prefix, group)}-{LONGEST_TOPIC}")
    if longest > TOPIC_NAME_MAX:
        raise UserError(
            f"VITALS_TOPIC_PREFIX and VITALS_GROUP make a topic name of {longest} characters, but Kafka allows "
            f"{TOPIC_NAME_MAX}: shorten them by {longest - TOPIC_NAME_MAX}."
        )


def fingerprint_of_redis(url: str) -> str:
    """Eight hexadecimal digits that identify a Redis database by host, port and number. They contain no secret.

    >>> fingerprint_of_redis("redis://:secret@Cache/0") == fingerprint_of_redis("redis://cache:6379")
    True
    >>> fingerprint_of_redis("redis://cache/1") == fingerprint_of_redis("redis://cache/2")
    False
    """
    scheme, _, rest = url.partition("://")
    if scheme == "unix":
        parts = urlsplit(url)
        place = f"{parts.path}?{parse_qs(parts.query).get('db', ['0'])[0]}"
    else:
        hosts, _, path = rest.partition("?")[0].rpartition("@")[2].partition("/")
        named = [host if ":" in host else f"{host}:6379" for host in hosts.lower().split(",")]
        place = f"{','.join(named)}/{path.strip('/') or '0'}"
    return hashlib.sha256(place.encode()).hexdigest()[:8]
