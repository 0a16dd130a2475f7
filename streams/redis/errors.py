"""What Redis refuses and how it fails, in one line each that ends with the mend. No text holds a password."""

from __future__ import annotations

import ssl

from redis.exceptions import (
    AuthenticationError,
    MaxConnectionsError,
    NoPermissionError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

_READ_ONLY = "is a replica, which takes no writes: point VITALS_REDIS at the primary"
# By the word with which Redis begins an error; what redis-py takes off is found by its sentence.
_BY_BEGINNING = (
    (("READONLY", "You can't write against a read only replica"), _READ_ONLY),
    (
        ("LOADING", "Redis is loading", "Valkey is loading"),
        "is loading its data and takes no commands yet: wait until it has",
    ),
    (("BUSY", "Redis is busy", "Valkey is busy"), "is busy with somebody's script: wait, or end it with SCRIPT KILL"),
    (
        ("OOM", "command not allowed when used memory"),
        "is full (maxmemory): give it more memory, or a Redis of its own",
    ),
    (
        ("MISCONF", "Errors writing to the AOF", "Redis is configured to save", "Valkey is configured to save"),
        "cannot save to its disk and so takes no writes: make room on it, or see the log of Redis",
    ),
    (
        ("NOAUTH", "Authentication required", "HELLO must be called"),
        "asks for a password: set VITALS_REDIS_PASSWORD, and VITALS_REDIS_USERNAME where it has users",
    ),
    (
        ("WRONGPASS", "invalid username-password", "invalid password", "ERR AUTH", "AUTH "),
        "does not take our user or password: see VITALS_REDIS_USERNAME and VITALS_REDIS_PASSWORD",
    ),
    (
        ("DENIED", "Redis is running in protected mode", "Valkey is running in protected mode"),
        "is in protected mode and takes only connections from its own machine: give it a password, or a bind address",
    ),
    (("CLUSTERDOWN", "The cluster is down", "Hash slot not served"), "is a cluster that is down: see CLUSTER INFO"),
    (("MASTERDOWN", "Link with MASTER"), "is a replica that has lost its primary: point VITALS_REDIS at the primary"),
    (("NOREPLICAS", "Not enough good replicas"), "has too few replicas to take writes: see that they run"),
    (
        ("SELECT is not allowed in cluster", "Argument 'db' must be 0"),
        "is a cluster, which has database 0 alone: let VITALS_REDIS end with /0",
    ),
    (("DB index is out of range", "invalid DB index"), "has no database of that number: see the end of VITALS_REDIS"),
    (
        ("unknown command 'SENTINEL'", "unknown command `SENTINEL`"),
        "is no sentinel: let VITALS_REDIS begin with redis://, or name the sentinels in it",
    ),
    (
        ("No master found",),
        "is asked for a primary that no sentinel knows: see its name in VITALS_REDIS (redis+sentinel://host:26379/NAME/0)",
    ),
    (("max number of clients", "ERR max number of clients"), "takes no more connections (maxclients): raise it"),
    (
        ("CROSSSLOT", "Keys in request don't hash"),
        "is a cluster behind something that hides it: name a node of it in VITALS_REDIS",
    ),
    (
        ("WRONGTYPE", "Operation against a key holding the wrong kind"),
        "holds a key of ours with something else in it: `vitals project` clears it, and fills it again",
    ),
)


def in_words(error: Exception, address: str) -> str:
    """What `error` means, for a person: one sentence with the mend. `address` is Redis's, without a secret.

    >>> in_words(RedisError("READONLY You can't write against a read only replica."), "cache:6379")
    'Redis at cache:6379 is a replica, which takes no writes: point VITALS_REDIS at the primary.'
    """
    return f"Redis at {address} {_words(error)}."


def words_and_mend(error: Exception) -> tuple[str, str]:
    """The same in two parts, without the address.

    >>> words_and_mend(RedisError("OOM command not allowed when used memory > 'maxmemory'."))
    ('is full (maxmemory)', 'give it more memory, or a Redis of its own')
    """
    words, _, mend = _words(error).rpartition(": ")
    return words, mend


def _words(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, NoPermissionError) or text.startswith("NOPERM"):
        return f"does not let our user do that ({_cut(text)}): give it the rights of docs/security.md"
    for beginnings, words in _BY_BEGINNING:
        if text.startswith(beginnings) or any(f" {word} " in text for word in beginnings if word.isupper()):
            return words
    if isinstance(error, AuthenticationError):
        return "does not take our user or password: see VITALS_REDIS_USERNAME and VITALS_REDIS_PASSWORD"
    if (trouble := _tls(error)) is not None:
        return f"cannot be reached by TLS ({_cut(trouble)}): see rediss:// in VITALS_REDIS, and VITALS_REDIS_SSL_*"
    if isinstance(error, RedisTimeoutError | TimeoutError | MaxConnectionsError):
        mend = "see that it runs, and that VITALS_REDIS is right (rediss:// where it speaks TLS, and only there)"
        return f"does not serve (no answer in time): {mend}"
    if "closed by server" in text or "reset by peer" in text:
        mend = "see that it runs, and let VITALS_REDIS begin with rediss:// where it speaks TLS"
        return f"does not serve ({_cut(text)}): {mend}"
    return f"does not serve ({_cut(text)}): see that it runs and that VITALS_REDIS is right"


def _tls(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return str(error)
        error = error.__cause__ or error.__context__
    return None


def _cut(text: str) -> str:
    return text.rstrip(".")[:200]
