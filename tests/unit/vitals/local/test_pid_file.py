"""The pid file of `vitals up`: a lock says who runs, whatever the file says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.errors import UserError
from vitals.local.pid_file import PidFile, stop_running

HOLD = """
import signal, sys
from vitals.local.pid_file import PidFile
with PidFile(sys.argv[1]) as file:
    file.write_addresses({"Kafka": "127.0.0.1:19092"})
    print("held", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.pause()
"""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that runs under the file, and ends with SIGTERM."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "up.pid"


def test_it_holds_our_pid_while_we_run_and_is_gone_afterwards(path: Path) -> None:
    with PidFile(str(path)) as file:
        file.write_addresses({"Kafka": "127.0.0.1:1"})
        assert path.read_text() == f"{os.getpid()}\n"
    assert not list(path.parent.iterdir())


def test_no_name_is_no_file() -> None:
    with PidFile("") as file:
        file.write_addresses({"Kafka": "127.0.0.1:1"})


def test_a_second_one_is_told_which_process_runs_here_and_where(path: Path) -> None:
    with holder(path) as first:
        said = rf"runs here already as process {first.pid} \(Kafka 127.0.0.1:19092\): stop it with `make down`"
        with pytest.raises(UserError, match=said), PidFile(str(path)):
            pass
        assert path.read_text() == f"{first.pid}\n"


def test_down_ends_the_one_that_runs_and_no_other(path: Path) -> None:
    with holder(path) as mine, holder(path.with_name("other.pid")) as other:
        assert stop_running(str(path)) == "Stopped."
        assert mine.wait(10) == 0
        assert other.poll() is None
    assert stop_running(str(path)) == "Vitals is not running here."


@pytest.mark.parametrize(
    "content", [pytest.param(f"{os.getpid()}\n", id="ours"), "", "no number\n", "-1\n", "1\n", "9" * 400, "\0\xff"]
)
def test_what_a_killed_one_left_behind_is_no_process_and_does_not_hinder_the_next(path: Path, content: str) -> None:
    path.write_text(content)
    assert stop_running(str(path)) == "Vitals is not running here."
    with PidFile(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"


def test_after_kill_9_the_next_one_starts(path: Path) -> None:
    with holder(path) as first:
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        with PidFile(str(path)):
            assert path.read_text() == f"{os.getpid()}\n"


def test_a_held_file_that_names_another_process_ends_nobody(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vitals.local.pid_file._WRITTEN_SECONDS", 0.1)
    bystander = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    try:
        with holder(path) as first:
            for content in (f"{bystander.pid}\n", "", "rubbish"):
                path.write_text(content)
                with pytest.raises(UserError, match="does not name its process"):
                    stop_running(str(path))
            assert first.poll() is None
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_file_that_cannot_be_is_told_in_words(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path in (tmp_path, tmp_path / "none" / "up.pid", loop, Path("/proc/version/up.pid"), Path("/dev/full")):
        with pytest.raises(UserError, match=r"^VITALS_PID_FILE .* cannot be used \(.*: name another file\.$"):
            PidFile(str(path)).__enter__()
