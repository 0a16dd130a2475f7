"""`vitals up`, as a command on the embedded broker and Redis: scores move, a fall is told, and nothing stays behind."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import redis

from streams.deployment.settings import Settings
from streams.read_model.store import RedisReadModel
from tests.support.traps import lay_traps
from vitals.local.embedded import free_port, start_redis
from vitals.local.pid_file import stop_running

ROOT = Path(__file__).parents[3]
TOUR = ROOT / "docs" / "tour.md"
PATIENCE_SECONDS = 150.0
SERVERS = ("open", "Kafka", "Redis", "worker", "projector", "notifier", "guard")
Found = re.Match[str]


class Running:
    """The command while it runs, with the lines that it has printed so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self._news = asyncio.Condition()
        self._reader = asyncio.ensure_future(self._read())

    async def line(self, pattern: str, seconds: float = PATIENCE_SECONDS) -> Found:
        """The first line in which `pattern` is found, as soon as it is printed; fails when it is not."""

        def found() -> Found | None:
            return next((match for line in self.lines if (match := re.search(pattern, line))), None)

        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: found() or self._reader.done())
        except TimeoutError:
            pass
        match = found()
        assert match, f"no line with {pattern!r} in:\n" + "\n".join(self.lines)
        return match

    async def addresses(self) -> dict[str, str]:
        """Where each server listens, by its name."""
        return {name: (await self.line(rf"{name}: (\S+)"))[1] for name in SERVERS}

    async def end(self) -> int:
        """The exit code, once it has ended by itself."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._reader
            return await self.process.wait()

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            async with self._news:
                self.lines.append(line.decode().rstrip())
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def vitals_up(*arguments: str, cwd: Path | None = None, **variables: str) -> AsyncIterator[Running]:
    """`vitals up` on servers of its own, whatever the session's are; killed at the end, should it still run."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VITALS_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *(["-P"] if cwd else []), "-m", "vitals", "up", *arguments),
        cwd=cwd,
        env=environment
        | {"VITALS_GATEWAY_PORT": str(free_port()), "VITALS_DASHBOARD_PORT": str(free_port())}
        | variables,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Running(process)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await running.end()


def is_open(address: str) -> bool:
    host, port = re.findall(r"([0-9.]+):([0-9]+)", address)[0]
    with socket.socket() as connection:
        return connection.connect_ex((host, int(port))) == 0


async def scores(redis_url: str) -> dict[str, float | None]:
    model = RedisReadModel.open(Settings(redis=redis_url))
    try:
        return {answer.account_id: answer.score for answer in await model.worst_first()}
    finally:
        await model.close()


async def until_one_moved(redis_url: str, before: dict[str, float | None], *, besides: str) -> None:
    """Wait until the score of some other account than `besides` is not what it was `before`."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while all(score == before[name] for name, score in (await scores(redis_url)).items() if name != besides):  # noqa: ASYNC110 - Redis tells nobody
            await asyncio.sleep(0.2)


def process_list() -> str:
    return subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10.0
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


async def test_scores_move_and_the_fall_of_the_silent_account_is_told_and_nothing_stays_behind(tmp_path: Path) -> None:
    pid_file = tmp_path / "up.pid"
    async with vitals_up("--accounts", "8", "--seconds", "55", VITALS_PID_FILE=str(pid_file)) as up:
        addresses = await up.addresses()
        await up.line(r"live: 8 accounts")
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            page = await client.get(addresses["open"], headers={"accept": "text/html"})
        assert (page.status_code, "Local mode" in page.text) == (200, True)
        before = await scores(addresses["Redis"])
        assert pid_file.read_text() == f"{up.process.pid}\n"
        fall = await up.line(r"▼ (\S+) fell from yellow to red: .* left the 14-day window")
        await up.line(rf"moved: (?!{fall[1]} )(\S+) \S+ ▸ \S+ \(")
        await until_one_moved(addresses["Redis"], before, besides=fall[1])
        up.process.send_signal(signal.SIGTERM)
        code = await up.end()
    assert code == 0
    assert up.lines[-1] == "Stopped."
    assert len(before) == 8
    assert not pid_file.exists()
    assert not [name for name, address in addresses.items() if is_open(address)]


async def test_what_the_tour_sends_can_be_pasted_as_it_stands_and_brings_the_account_down() -> None:
    [block] = [block for block in re.findall(r"```\n(.*?)```", TOUR.read_text(), re.DOTALL) if " publish " in block]
    account = re.findall(r'"account_id": "(.+?)"', block)[0]
    command = shlex.join((sys.executable, "-m", "vitals"))
    async with vitals_up() as up:
        addresses = await up.addresses()
        await up.line(r"live: 40 accounts")
        script = re.sub(r"(?<=VITALS_KAFKA=)\S+", addresses["Kafka"], block).replace(".venv/bin/vitals", command)
        pasted = await asyncio.create_subprocess_exec("bash", "-c", script, cwd=ROOT)
        assert await pasted.wait() == 0
        await up.line(rf"▼ {account} fell from green to yellow: ")


async def test_when_a_process_ends_by_itself_it_is_named_and_the_others_are_stopped() -> None:
    async with vitals_up("--accounts", "1", "--seconds", "40") as up:
        addresses = await up.addresses()
        with redis.Redis.from_url(addresses["Redis"]) as client:
            client.shutdown(nosave=True)
        code = await up.end()
    assert code == 1
    assert any("error: The embedded Redis" in line and "has ended unexpectedly" in line for line in up.lines)
    assert up.lines[-1].endswith("then start again.")
    assert not [name for name, address in addresses.items() if is_open(address)]


async def test_killed_it_takes_its_children_with_it() -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux ties children to their parent")
    async with vitals_up("--accounts", "1", "--seconds", "40") as up:
        addresses = await up.addresses()
        up.process.kill()
        await up.end()
    assert eventually(lambda: not any(is_open(address) for address in addresses.values()))


async def test_it_ends_when_its_seconds_are_over_even_in_the_midst_of_the_start() -> None:
    async with vitals_up("--seconds", "1") as up:
        assert await up.end() == 0
    assert up.lines[-1] == "Stopped."


async def test_the_password_of_redis_is_used_and_shown_nowhere() -> None:
    password = "hunter2-Pa55w0rd"
    with start_redis() as server:
        with redis.Redis.from_url(server.address) as client:
            client.config_set("requirepass", password)
        url = server.address.replace("redis://", f"redis://:{password}@")
        async with vitals_up("--accounts", "4", VITALS_REDIS=url) as up:
            await up.line(r"live: 4 accounts")
            await up.line(r"try: .* explain ")
            arguments = process_list()
            up.process.send_signal(signal.SIGTERM)
            assert await up.end() == 0
    said = "\n".join(up.lines)
    assert server.address in said
    assert password not in said + arguments


async def test_a_file_of_events_takes_the_place_of_the_sample(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    event = '{"topic": "analytics", "account_id": "acme", "event": "login", "timestamp": "2020-01-%02dT10:00:00Z"}\n'
    file.write_text("".join(event % day for day in range(1, 32)) + "no event\n")
    async with vitals_up("--data", str(file), "--seconds", "55") as up:
        await up.line(r"live: 1 account ·")
        held = await scores((await up.addresses())["Redis"])
        up.process.send_signal(signal.SIGINT)
        assert await up.end() == 0
    assert list(held) == ["acme"]
    assert any("1 line rejected" in line and "malformed" in line for line in up.lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--data", "/nowhere/at/all"), "cannot be read"),
        (("--model", "nonesuch"), "There is no model 'nonesuch'"),
        (("--accounts", "100000"), "use 1 to"),
    ],
)
async def test_a_mistake_is_told_before_anything_starts(arguments: tuple[str, ...], words: str) -> None:
    async with vitals_up(*arguments) as up:
        assert await up.end() == 1
    assert len(up.lines) == 1
    assert words in up.lines[0]


async def test_what_lies_in_the_working_directory_is_not_imported_in_place_of_ours(tmp_path: Path) -> None:
    here = tmp_path / "it's my (folder), $HOME"
    lay_traps(here)
    async with vitals_up("--accounts", "1", "--seconds", "40", cwd=here) as up:
        await up.line(r"live: 1 account\b")
        command = await up.line(r"try: (.* scores)$")
        shown = await asyncio.to_thread(
            subprocess.run, ["/bin/sh", "-c", command[1]], cwd=here, capture_output=True, text=True, check=True
        )
        assert "1 of 1 accounts" in shown.stdout
        up.process.send_signal(signal.SIGTERM)
        assert await up.end() == 0
    assert not [line for line in up.lines if "trap" in line]


async def test_a_second_one_under_the_same_pid_file_is_told_where_the_first_runs(tmp_path: Path) -> None:
    file = tmp_path / "my up.pid"
    async with vitals_up("--accounts", "1", "--seconds", "40", VITALS_PID_FILE=str(file)) as up:
        kafka = (await up.addresses())["Kafka"]
        async with vitals_up(VITALS_PID_FILE=str(file)) as second:
            assert await second.end() == 1
        assert len(second.lines) == 1
        assert f"already as process {up.process.pid} (Kafka {kafka}" in second.lines[0]
        async with vitals_up("--accounts", "1", VITALS_PID_FILE=str(tmp_path / "another.pid")) as elsewhere:
            await elsewhere.addresses()
            stopped = await asyncio.to_thread(stop_running, str(file))
            assert (stopped, await up.end()) == ("Stopped.", 0)
            assert elsewhere.process.returncode is None


async def test_killed_it_leaves_a_pid_file_that_hinders_nobody(tmp_path: Path) -> None:
    file = tmp_path / "up.pid"
    async with vitals_up("--accounts", "1", "--seconds", "40", VITALS_PID_FILE=str(file)) as up:
        await up.addresses()
        up.process.kill()
        await up.end()
    assert file.exists()
    async with vitals_up("--accounts", "1", "--seconds", "40", VITALS_PID_FILE=str(file)) as up:
        await up.addresses()
        assert file.read_text() == f"{up.process.pid}\n"
        up.process.send_signal(signal.SIGINT)
        assert await up.end() == 0
