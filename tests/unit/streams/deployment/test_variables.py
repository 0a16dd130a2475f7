"""A variable with our prefix that is none of ours: refused with the name that was meant, or told."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from streams.deployment.settings import Settings, known_variables
from streams.errors import UserError

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("VITALS_KAFKAS", "VITALS_KAFKA"),
        ("VITALS_KAFKA_BROKER", "VITALS_KAFKA"),
        ("VITALS_BROKER", "VITALS_KAFKA"),
        ("VITALS_TOPICS_PREFIX", "VITALS_TOPIC_PREFIX"),
        ("VITALS_PREFIX", "VITALS_TOPIC_PREFIX"),
        ("VITALS_PARTITION", "VITALS_PARTITIONS"),
        ("VITALS_MODELS", "VITALS_MODEL"),
        ("VITALS_FLUSHMS", "VITALS_FLUSH_MS"),
        ("VITALS_LOGLEVEL", "VITALS_LOG_LEVEL"),
        ("VITALS_SLACK_URLS", "VITALS_SLACK_URL"),
    ],
)
def test_a_slip_is_refused_with_the_name_that_was_meant(name: str, meant: str) -> None:
    with pytest.raises(UserError, match=rf"^{name} is not a setting of Vitals: .*\b{meant}\b(?!_)"):
        Settings.from_environment({name: "x"})


def test_what_resembles_nothing_is_told_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert Settings.from_environment({"VITALS_COLOUR_OF_THE_SKY": "x"}) == Settings()
    assert "VITALS_COLOUR_OF_THE_SKY is not a setting of Vitals and has no effect: unset it" in caplog.text


@pytest.mark.parametrize("service", ["", "WORKER_", "METRICS_", "KAFKA_", "REDIS_"])
def test_what_kubernetes_sets_beside_a_service_of_our_name_is_passed_over(
    service: str, caplog: pytest.LogCaptureFixture
) -> None:
    links = {
        f"VITALS_{service}SERVICE_HOST": "10.0.0.1",
        f"VITALS_{service}SERVICE_PORT": "9100",
        f"VITALS_{service}SERVICE_PORT_HTTP": "9100",
        f"VITALS_{service}PORT": "tcp://10.0.0.1:9100",
        f"VITALS_{service}PORT_9100_TCP": "tcp://10.0.0.1:9100",
        f"VITALS_{service}PORT_9100_TCP_ADDR": "10.0.0.1",
        f"VITALS_{service}PORT_9100_TCP_PROTO": "tcp",
    }
    assert Settings.from_environment(links) == Settings()
    assert caplog.text == ""


def test_every_variable_of_the_pages_and_the_compose_file_is_one_that_is_read(caplog: pytest.LogCaptureFixture) -> None:
    """But for beginnings of names, as `VITALS_KAFKA_…`, and those of tests and build."""
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "docker-compose.yml"]
    named = {name for page in pages for name in re.findall(r"\bVITALS_[A-Z_]*[A-Z]\b", page.read_text("utf-8"))}
    assert len(named) > 20
    for name in sorted(named - set(known_variables())):
        Settings.from_environment({name: "x"})
    assert caplog.text == ""
