"""What only a process of its own shows: full and closed outputs, no room for files, signals, what was acknowledged."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.deployment.settings import Settings
from streams.kafka.topic_admin import ensure_topics
from tests.support.commands import environment_of

VITALS = [sys.executable, "-P", "-m", "vitals"]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("VITALS_")}
EVENT = {"topic": "analytics", "account_id": "acme", "event": "login", "timestamp": "2026-01-01T10:00:00Z"}
REPLAY = ("--model", "default", "--as-of", "2026-02-01T00:00:00Z", "--quiet")
INTERRUPTED = "Interrupted: nothing more was done; run the command again when you like.\n"
TRIES = 3
END_SECONDS = 30.0


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.ndjson"
    path.write_text("".join(json.dumps({**EVENT, "account_id": f"account-{number}"}) + "\n" for number in range(300)))
    return path


def by_shell(line: str, events: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which $VITALS is the command and $REPLAY a whole replay of the events."""
    replay = [*VITALS, "replay", str(events), *REPLAY]
    named = {"VITALS": shlex.join(VITALS), "REPLAY": shlex.join(replay)}
    return subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", re.sub(r"\$(VITALS|REPLAY)", lambda found: named[found[1]], line)],
        env=CLEAN | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        *((f"$REPLAY {form} > /dev/full", 1, "free some space, or send it elsewhere.") for form in ("--json", "")),
        ("$VITALS --version > /dev/full", 1, ""),
        ("$VITALS model check default > /dev/full", 1, ""),
        ("$REPLAY --json | head -c 10", 1, ""),  # the others fit into the pipe
        ("$REPLAY --json | true", 1, ""),
        ("$REPLAY --csv >&- ", 0, ""),
        ("$REPLAY --csv 2>&- | tail -n 1 | cut -c 1-4", 0, ""),
        ("$REPLAY --json 2> /dev/full | tail -n 1", 1, ""),
        (
            "ulimit -f 64; $REPLAY --json > OUTPUT",
            1,
            "(File too large): free some space",
        ),
        ("$VITALS scroes 2> /dev/full", 2, ""),
        ("$VITALS replay - --model default --as-of 2026-02-01 <&-", 1, "Standard input is closed: give the path"),
        ("$VITALS replay - --model default --as-of 2026-02-01 < /dev/null", 1, "Standard input is empty: give"),
        ("ulimit -f 0; $REPLAY --csv --output OUTPUT", 1, "give the path of a file."),
        ('gone=$(mktemp -d) && cd "$gone" && rmdir "$gone" && $REPLAY', 0, ""),
    ],
)
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_outputs_and_inputs_that_fail_are_one_line_or_fine(
    line: str, code: int, words: str, unbuffered: str, events: Path
) -> None:
    output = shlex.quote(str(events.with_name("output")))
    ended = by_shell(line.replace("OUTPUT", output), events, PYTHONUNBUFFERED=unbuffered)
    said = [line for line in ended.stderr.splitlines() if "events replayed" not in line]
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    assert ended.returncode == code, ended.stderr
    assert len(said) <= 1
    if words:
        assert words in said[-1]


def test_a_pipe_is_compared_under_two_models_without_a_copy(events: Path) -> None:
    diff = f"cat {shlex.quote(str(events))} | $VITALS replay - --model default --model four-inputs --diff"
    assert by_shell(f"ulimit -f 8; {diff}", events).returncode == 0


def test_no_progress_bar_is_written_where_nobody_watches(events: Path) -> None:
    ended = by_shell("$REPLAY --json", events)
    assert ended.stderr == "300 events replayed, 0 lines refused.\n"
    assert len(json.loads(ended.stdout)) == 300


def running(*arguments: str, **variables: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE

    def with_ctrl_c() -> None:  # a runner in the background may have us ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return subprocess.Popen(
        [*VITALS, *arguments],
        env=CLEAN | variables,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        preexec_fn=with_ctrl_c,
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize(
    "arguments",
    [
        ("replay", "-", *REPLAY),
        ("replay", "-", "--model", "default", "--model", "four-inputs", "--diff"),
        ("scores",),
        ("explain", "acme"),
        ("model", "retune", "default"),
        ("verify",),
        ("publish", "-"),
    ],
)
def test_a_signal_ends_a_command_with_one_line(number: signal.Signals, code: int, arguments: tuple[str, ...]) -> None:
    for _ in range(TRIES):
        returncode, out, err = signalled(number, arguments)
        if "in time" not in err:  # on a machine that stood still, the command gave up before the signal came
            break
    assert (returncode, out) == (code, ""), err
    assert err == INTERRUPTED


def signalled(number: signal.Signals, arguments: tuple[str, ...]) -> tuple[int, str, str]:
    """Exit code, output and errors of a command that gets the signal while it waits for a server that never answers."""
    with DeafServer() as deaf:
        where = {"VITALS_REDIS": f"redis://127.0.0.1:{deaf.port}/0", "VITALS_KAFKA": f"127.0.0.1:{deaf.port}"}
        with running(*arguments, **where) as command:
            wait_until(lambda: waits_for_stdin(command.pid) if arguments[0] == "replay" else deaf.was_called, command)
            command.send_signal(number)
            out, err = command.communicate(timeout=END_SECONDS)
    return command.returncode, out, err


def test_ctrl_c_in_publish_says_how_many_events_were_acknowledged(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text((json.dumps(EVENT) + "\n") * 5_000)
    ours = {name: value for name, value in environment_of(settings).items() if name.startswith("VITALS_")}
    asyncio.run(ensure_topics(settings))
    with running("publish", str(file), "--rate", "200", **ours) as command:
        wait_until(lambda: asyncio.run(messages_in(settings)) > 0, command)
        command.send_signal(signal.SIGINT)
        out, err = command.communicate(timeout=END_SECONDS)
    assert (command.returncode, out) == (130, "")
    found = re.fullmatch(
        r"Interrupted: ([\d,]+) events were published and acknowledged\. Events without an id will count again .*\n",
        err,
    )
    assert found, err
    assert int(found[1].replace(",", "")) == asyncio.run(messages_in(settings))
    assert 0 < int(found[1].replace(",", "")) < 5_000


async def messages_in(settings: Settings) -> int:
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka)
    await consumer.start()
    try:
        topic = settings.topic("analytics")
        ends = await consumer.end_offsets([TopicPartition(topic, number) for number in range(settings.partitions)])
        return int(sum(ends.values()))
    finally:
        await consumer.stop()


class DeafServer:
    """A port that is listened on, and on which nobody answers."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self._calls: list[socket.socket] = []
        self.port = self._socket.getsockname()[1]

    def __enter__(self) -> DeafServer:
        return self

    def __exit__(self, *_: object) -> None:
        for each in (*self._calls, self._socket):
            each.close()

    @property
    def was_called(self) -> bool:
        with suppress(BlockingIOError):
            self._calls.append(self._socket.accept()[0])
        return bool(self._calls)


def waits_for_stdin(pid: int) -> bool:
    """The process waits in the kernel for its pipe or, where the kernel does not tell, has slept for 2 seconds."""
    where = Path(f"/proc/{pid}/wchan").read_text()
    if where not in ("", "0"):
        return "pipe_read" in where
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "S" and time.monotonic() > _STARTS.setdefault(pid, time.monotonic()) + 2.0


_STARTS: dict[int, float] = {}


def wait_until(condition: Callable[[], bool], command: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + END_SECONDS
    while not condition():
        assert command.poll() is None, command.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
