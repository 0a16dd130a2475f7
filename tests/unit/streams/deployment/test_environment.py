"""Somebody else's variables change nothing: not Faust's configuration, not the metrics, not a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.deployment.environment import full_environment, is_kept, restricted_environment

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[4]

ALL_OF_FAUSTS_VARIABLES = """
import json
from faust.types.settings import Settings
names = {param.env_name for param in Settings.SETTINGS.values() if param.env_name}
names |= {name for param in Settings.SETTINGS.values() for name in getattr(param, "env_aliases", None) or ()}
print(json.dumps(sorted(names)))
"""

CONFIGURATION = """
import asyncio, json, re
from streams.worker.faust_app import new_app
from streams.worker.flush_writer import FlushWriter
from streams.alert_files import read_plan_and_policy
from streams.operations.metrics import WorkerMetrics
from streams.deployment.settings import Settings
from prometheus_client import generate_latest

async def main():
    settings, metrics = Settings(), WorkerMetrics()
    writer = FlushWriter(settings)
    app = new_app(settings, *read_plan_and_policy("default", "", "default"), writer, metrics, writer.write_arrivals)
    found = {name: repr(getattr(app.conf, name)) for name in sorted(app.conf.SETTINGS)}
    found["fixups"] = repr(app.fixups)
    found["consumer"] = type(app.consumer).__name__
    metrics.lag({("analytics", 0): 3})
    found["metrics"] = sorted(line for line in generate_latest(metrics.registry).decode().splitlines() if "lag" in line)
    print(re.sub(" at 0x[0-9a-f]+|f-reply-[0-9a-f-]+", "", json.dumps(found)))

asyncio.run(main())
"""

# What is read when a module is imported, with either of Faust's prefixes, and what other libraries read.
OTHERS = (
    *(
        f"{prefix}{name}"
        for prefix in ("FAUST_", "F_", "")
        for name in (
            *("DATADIR", "DEBUG", "STRICT", "WEB_PORT", "WEB_BIND", "WEB_TRANSPORT", "WORKDIR", "LOOP"),
            *("CONSOLE_PORT", "BLOCKING_TIMEOUT", "FORCE_BLOCKING_TIMEOUT", "F_WEB_BIND"),
        )
    ),
    *("DJANGO_SETTINGS_MODULE", "NO_CYTHON", "DEVLOG", "TYPEXPR_DEBUG", "ENV_PREFIX", "FAUST_ENV_PREFIX"),
    *("PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir", "PROMETHEUS_DISABLE_CREATED_SERIES"),
    *("PROMETHEUS_LEGACY_NAME_VALIDATION", "AIOKAFKA_NO_EXTENSIONS", "OTEL_EXPORTER_OTLP_ENDPOINT", "SSLKEYLOGFILE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("TERMINAL_WIDTH", "TYPER_USE_RICH", "UNICODE_VERSION", "TTY_COMPATIBLE", "JUPYTER_COLUMNS", "GITHUB_ACTIONS"),
)


def run(program: str, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    command = [sys.executable, *(("-c", program) if program else ("-m", "vitals")), *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**plain, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def rubbish() -> dict[str, str]:
    known = json.loads(run(ALL_OF_FAUSTS_VARIABLES, {}).stdout)
    assert len(known) > 70
    assert {"APP_VERSION", "BROKER_URL", "WEB_PORT", "PROCESSING_GUARANTEE"} <= set(known)
    return dict.fromkeys((*known, *OTHERS), "rubbish://%zz:1.4.2/nowhere")


def test_all_variables_of_faust_set_to_rubbish_leave_its_configuration_as_it_is(rubbish: dict[str, str]) -> None:
    plain, odd = run(CONFIGURATION, {}), run(CONFIGURATION, rubbish)
    assert odd.returncode == 0, odd.stderr
    found = json.loads(plain.stdout)
    assert len(found) > 100
    assert json.loads(odd.stdout) == found
    assert found["processing_guarantee"].endswith("AT_LEAST_ONCE: 'at_least_once'>")
    assert found["metrics"]


@pytest.mark.parametrize("arguments", [("--help",), ("model", "list"), ("model", "check", "default"), ("scores",)])
def test_a_command_says_the_same_in_somebody_elses_environment(
    rubbish: dict[str, str], arguments: tuple[str, ...]
) -> None:
    ours = {"VITALS_REDIS": "redis://127.0.0.1:1/0"}
    plain, odd = run("", ours, *arguments), run("", {**rubbish, **ours}, *arguments)
    assert (odd.returncode, odd.stdout, odd.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    assert "Traceback" not in plain.stderr


def test_what_was_taken_away_is_put_back_and_can_be_given_to_a_program_of_the_operators() -> None:
    environment = {"VITALS_GROUP": "a", "BROKER_URL": "b", "PATH": "c", "LC_ALL": "d"}
    with restricted_environment(environment):
        assert environment == {"VITALS_GROUP": "a", "PATH": "c", "LC_ALL": "d"}
        assert full_environment()["BROKER_URL"] == "b"
    assert environment["BROKER_URL"] == "b"
    assert "BROKER_URL" not in full_environment() or "BROKER_URL" in os.environ


def test_no_variable_of_faust_is_among_those_that_are_kept(rubbish: dict[str, str]) -> None:
    assert [name for name in rubbish if is_kept(name)] == []


def test_in_ascii_json_is_json_and_text_is_escaped(tmp_path: Path) -> None:
    event = {"topic": "analytics", "account_id": "Ünï 😀", "event": "login", "timestamp": "2024-05-01T00:00:00Z"}
    path = tmp_path / "events.ndjson"
    path.write_text(json.dumps(event), "utf-8")
    arguments = ("replay", str(path), "--model", "default", "--as-of", "2024-06-01T00:00:00Z")
    in_ascii = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = run("", in_ascii, *arguments, "--json")
    assert [answer["account_id"] for answer in json.loads(done.stdout)] == ["Ünï 😀"]
    done = run("", in_ascii, *arguments)
    assert done.returncode == 0
    assert "\\u00dcn\\u00ef" in done.stdout
