"""The files under `deploy/` and the compose file agree with each other and with the program."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.deployment.settings import Settings
from tests.support.kafka.java import kafka_version

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
PROMETHEUS: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text())
COMMANDS = {
    "worker": ["worker"],
    "projector": ["project"],
    "notifier": ["notify"],
    "interactions": ["interactions"],
    "write-back": ["write-back"],
    "guard": ["guard"],
    "attribution": ["attribute"],
    "gateway": ["gateway"],
    "dashboard": ["dashboard"],
}
VITALS = sorted(COMMANDS)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_a_health_check_a_pinned_tag_and_a_restart_policy(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert re.fullmatch(r"[a-z/-]+:v?\d+\.\d+\.\d+(-[a-z]+)?", service["image"])
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_without_privileges_and_open_to_this_machine_only(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    # Kafka's image writes its configuration into itself when it starts.
    assert name == "kafka" or service["read_only"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_the_health_of_what_it_needs(name: str) -> None:
    needs = SERVICES[name].get("depends_on", {})
    assert set(needs) <= set(SERVICES)
    if name in COMMANDS:
        wanted = {"kafka"} if name in ("worker", "guard", "attribution", "gateway") else {"kafka", "redis"}
        assert {need: wait["condition"] for need, wait in needs.items()} == dict.fromkeys(wanted, "service_healthy")


@pytest.mark.parametrize("name", VITALS)
def test_each_process_runs_its_command_of_the_built_image(name: str) -> None:
    service = SERVICES[name]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert service["command"] == COMMANDS[name]
    assert service["image"] == f"{project['name']}:{project['version']}"
    assert (ROOT / service["build"]["dockerfile"]).is_file()
    assert f'ENTRYPOINT ["{next(iter(project["scripts"]))}"]' in DOCKERFILE


@pytest.mark.parametrize("name", VITALS)
def test_each_environment_is_one_that_the_settings_read(name: str) -> None:
    environment = SERVICES[name]["environment"]
    known = {f"VITALS_{field.upper()}" for field in Settings.__struct_fields__}
    assert {variable for variable in environment if not variable.startswith("VITALS_SECRET_")} <= known
    assert set(re.findall(r"VITALS_[A-Z_]+", DOCKERFILE)) <= known
    settings = Settings.from_environment({key: value for key, value in environment.items() if "$" not in value})
    assert settings.metrics_host == "0.0.0.0"
    assert settings.redis == "redis://redis:6379/0"
    assert settings.kafka in SERVICES["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]


@pytest.mark.parametrize("name", VITALS)
def test_prometheus_scrapes_each_process_where_it_serves(name: str) -> None:
    job = next(job for job in PROMETHEUS["scrape_configs"] if job["job_name"] == name)
    assert job["metrics_path"] == "/metrics"
    target = job["dns_sd_configs"][0]
    assert target["names"] == [name]
    assert str(target["port"]) == SERVICES[name]["environment"]["VITALS_METRICS_PORT"]
    assert f"VITALS_METRICS_PORT={target['port']}" in DOCKERFILE
    assert f"EXPOSE {target['port']}" in DOCKERFILE


def test_prometheus_reads_the_file_that_is_mounted() -> None:
    source, target, _ = SERVICES["prometheus"]["volumes"][0].split(":")
    assert (ROOT / source).is_file()
    assert f"--config.file={target}" in SERVICES["prometheus"]["command"]
    assert len(PROMETHEUS["scrape_configs"]) == len(COMMANDS)


def test_the_image_and_the_compose_file_check_health_alike() -> None:
    check = re.search(r"^HEALTHCHECK .*?CMD (\[.*?\])$", DOCKERFILE.replace("\\\n", ""), re.MULTILINE)
    assert check is not None
    for name in VITALS:
        assert SERVICES[name]["healthcheck"]["test"] == ["CMD", *json.loads(check.group(1))]


def test_the_image_is_built_in_stages_and_runs_without_root() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.12\.\d+-slim-[a-z]+", base) for base in bases)
    assert re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE) == ["vitals"]


def test_kafka_tells_each_side_an_address_that_it_can_reach() -> None:
    environment = SERVICES["kafka"]["environment"]
    advertised = dict(listener.split("://") for listener in environment["KAFKA_ADVERTISED_LISTENERS"].split(","))
    assert advertised == {"INTERNAL": "kafka:19092", "HOST": Settings().kafka}
    listening = dict(listener.split("://") for listener in environment["KAFKA_LISTENERS"].split(","))
    assert all(listening[name].rpartition(":")[2] == advertised[name].rpartition(":")[2] for name in advertised)
    assert SERVICES["kafka"]["ports"] == [f"{Settings().kafka}:9092"]


def test_the_kafka_that_is_deployed_is_the_one_that_is_tested() -> None:
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{kafka_version()}"


def test_redis_keeps_its_data_and_never_evicts() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--maxmemory-policy noeviction" in command
    assert "--appendonly yes" in command


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose (Debian's package) is not installed")
def test_docker_compose_takes_the_file() -> None:
    command = ["docker-compose", "--file", str(COMPOSE), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_image_is_built_from_every_package_that_is_shipped() -> None:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    packages = {name.rstrip("*") for name in found}
    assert set(re.findall(r"(?m)^COPY (\w+) \1$", DOCKERFILE)) == packages
    copied = {name for line in re.findall(r"(?m)^COPY (?!--)(.+) \S+$", DOCKERFILE) for name in line.split()}
    sent = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    assert copied >= packages | {"setup.py", "requirements-dev.lock"}
    assert {f"!{name}" for name in copied} <= set(sent)
