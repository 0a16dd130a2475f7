"""Why Redis rejects a command or fails: one sentence each, which ends with what to do. No text contains a password."""

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

_READ_ONLY = "is a replica and rejects writes: point VITALS_REDIS at the primary"
# By the word with which Redis begins an error; where redis-py removes that word, by the sentence after it.
_BY_BEGINNING = (
    (("READONLY", "You can't write against a read only replica"), _READ_ONLY),
    (
        ("LOADING", "Redis is loading", "Valkey is loading"),
        "is loading its data and rejects commands until then: wait until it has finished",
    ),
    (("BUSY", "Redis is busy", "Valkey is busy"), "is busy with a script: wait, or end it with SCRIPT KILL"),
    (
        ("OOM", "command not allowed when used memory"),
        "is full (maxmemory): give it more memory, or use another Redis for Vitals",
    ),
    (
        ("MISCONF", "Errors writing to the AOF", "Redis is configured to save", "Valkey is configured to save"),
        "cannot write to its disk and so rejects writes: free some space, or check the log of Redis",
    ),
    (
        ("NOAUTH", "Authentication required", "HELLO must be called"),
        "requires a password: set VITALS_REDIS_PASSWORD, and VITALS_REDIS_USERNAME if it has users",
    ),
    (
        ("WRONGPASS", "invalid username-password", "invalid password", "ERR AUTH", "AUTH "),
        "rejects our user or password: check VITALS_REDIS_USERNAME and VITALS_REDIS_PASSWORD",
    ),
    (
        ("DENIED", "Redis is running in protected mode", "Valkey is running in protected mode"),
        "is in protected mode and accepts local connections only: give it a password, or a bind address",
    ),
    (("CLUSTERDOWN", "The cluster is down", "Hash slot not served"), "is a cluster that is down: check CLUSTER INFO"),
    (("MASTERDOWN", "Link with MASTER"), "is a replica that has lost its primary: point VITALS_REDIS at the primary"),
    (("NOREPLICAS", "Not enough good replicas"), "has too few replicas to accept writes: check that they run"),
    (
        ("SELECT is not allowed in cluster", "Argument 'db' must be 0"),
        "is a cluster, which has only database 0: end VITALS_REDIS with /0",
    ),
    (("DB index is out of range", "invalid DB index"), "has no database of that number: check the end of VITALS_REDIS"),
    (
        ("unknown command 'SENTINEL'", "unknown command `SENTINEL`"),
        "is not a sentinel: start VITALS_REDIS with redis://, or name the sentinels in it",
    ),
    (
        ("No master found",),
        "has no sentinel that knows this primary: check its name in VITALS_REDIS (redis+sentinel://host:26379/NAME/0)",
    ),
    (("max number of clients", "ERR max number of clients"), "accepts no more connections: raise its maxclients"),
    (
        ("CROSSSLOT", "Keys in request don't hash"),
        "is a cluster behind a proxy that hides it: name a node of the cluster in VITALS_REDIS",
    ),
    (
        ("WRONGTYPE", "Operation against a key holding the wrong kind"),
        "has a value of another type under one of our keys: `vitals project` deletes it and fills it again",
    ),
)


def error_text(error: Exception, address: str) -> str:
    """What `error` means and what to do, in one sentence. `address` is that of Redis, without secrets.

    >>> error_text(RedisError("READONLY You can't write against a read only replica."), "cache:6379")
    'Redis at cache:6379 is a replica and rejects writes: point VITALS_REDIS at the primary.'
    """
    return f"Redis at {address} {_text(error)}."


def problem_and_advice(error: Exception) -> tuple[str, str]:
    """(what `error` means, what to do), without the address.

    >>> problem_and_advice(RedisError("OOM command not allowed when used memory > 'maxmemory'."))
    ('is full (maxmemory)', 'give it more memory, or use another Redis for Vitals')
    """
    words, _, advice = _text(error).rpartition(": ")
    return words, advice


def _text(error: Exception) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, NoPermissionError) or text.startswith("NOPERM"):
        return f"denies our user a command ({_cut(text)}): give it the rights listed in docs/security.md"
    for beginnings, words in _BY_BEGINNING:
        if text.startswith(beginnings) or any(f" {word} " in text for word in beginnings if word.isupper()):
            return words
    if isinstance(error, AuthenticationError):
        return "rejects our user or password: check VITALS_REDIS_USERNAME and VITALS_REDIS_PASSWORD"
    if (trouble := _tls(error)) is not None:
        return f"cannot be reached over TLS ({_cut(trouble)}): check rediss:// in VITALS_REDIS, and VITALS_REDIS_SSL_*"
    if isinstance(error, RedisTimeoutError | TimeoutError | MaxConnectionsError):
        advice = "check that it runs, and that VITALS_REDIS is right (rediss:// if, and only if, it uses TLS)"
        return f"does not answer in time: {advice}"
    if "closed by server" in text or "reset by peer" in text:
        advice = "check that it runs, and start VITALS_REDIS with rediss:// if it uses TLS"
        return f"does not answer ({_cut(text)}): {advice}"
    return f"does not answer ({_cut(text)}): check that it runs and that VITALS_REDIS is right"


def _tls(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return str(error)
        error = error.__cause__ or error.__context__
    return None


def _cut(text: str) -> str:
    return text.rstrip(".")[:200]
