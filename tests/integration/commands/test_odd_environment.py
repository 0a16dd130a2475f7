"""The long-running commands where hardly anything is set, and what is set is odd: they work, and end when told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import msgspec
import pytest

from streams.deployment.settings import Settings
from vitals.local.embedded import free_port

DEADLINE_SECONDS = 60.0
ODD = {
    "TMPDIR": "/nonexistent/folder",
    "TZ": "Mars/Phobos:;,",
    "LANG": "C",
    "LC_ALL": "C",
    "PYTHONIOENCODING": "ascii",
    "PYTHONUTF8": "0",
    "TERM": "\x01odd",
    "COLUMNS": "-5",
    "APP_VERSION": "1.4.2",
    "WEB_PORT": "tcp://10.0.0.1:80",
    "F_WEB_PORT": "tcp://10.0.0.1:80",
    "BROKER_URL": "amqp://guest@127.0.0.1:1",
    "BROKER_CREDENTIALS": "user:pw",
    "PROCESSING_GUARANTEE": "exactly_once",
    "CONSUMER_AUTO_OFFSET_RESET": "latest",
    "DJANGO_SETTINGS_MODULE": "nowhere.settings",
    "PROMETHEUS_MULTIPROC_DIR": "/nonexistent/folder",
    "VITALS_DATA_DIR": "/proc/nowhere",
    "VITALS_WORKER_PORT": "tcp://10.0.0.1:9100",
}


@pytest.mark.parametrize("command", ["worker", "project", "notify"])
def test_a_process_works_in_odd_surroundings(settings: Settings, tmp_path: Path, command: str) -> None:
    settings = msgspec.structs.replace(settings, metrics_port=free_port())
    environment = {"PATH": os.environ["PATH"], **settings.environment(), **ODD}
    log = tmp_path / "log"
    with log.open("wb") as output:
        # Standard input is closed; there is neither HOME nor USER.
        line = f'exec "{sys.executable}" -m vitals {command} <&-'
        process = subprocess.Popen(["/bin/sh", "-c", line], env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while state(settings) != "ready":
            assert time.monotonic() < deadline, log.read_text("utf-8")
            assert process.poll() is None, log.read_text("utf-8")
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in log.read_text("utf-8")


def state(settings: Settings) -> str:
    try:
        return str(httpx.get(f"http://127.0.0.1:{settings.metrics_port}/healthz").json()["state"])
    except httpx.HTTPError:
        return ""
