"""The alerts about Vitals itself: Prometheus can read them, every metric exists, and each says what to do."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "alert_rules.yml"
GROUPS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text("utf-8"))["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
NAMES = [rule["alert"] for rule in RULES]
METRIC = re.compile(r"\b(vitals_[a-z_]+|up)\b")
OF_HISTOGRAMS = ("_bucket", "_sum", "_count")


def documented() -> set[str]:
    """The metrics of docs/metrics.md, and those that Prometheus makes itself."""
    page = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    return {"up", *re.findall(r"^\| `(vitals_[a-z_]+)", page, re.MULTILINE)}


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_every_metric_of_a_rule_is_one_that_vitals_has(rule: dict[str, Any]) -> None:
    names = set(METRIC.findall(rule["expr"]))
    assert names
    bare = {next((name.removesuffix(end) for end in OF_HISTOGRAMS if name.endswith(end)), name) for name in names}
    assert bare <= documented()


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_a_rule_says_how_bad_it_is_what_happened_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["action"].endswith(".")
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
    assert rule["expr"].count("(") == rule["expr"].count(")")


def test_labels_in_texts_are_those_that_the_expression_keeps() -> None:
    """A label that an aggregation drops would be empty in the message."""
    for rule in RULES:
        used = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
        kept = re.findall(r"by \(([^)]*)\)", rule["expr"])
        if kept:
            assert used <= {name.strip() for name in kept[0].split(",")}, rule["alert"]


def test_names_are_unique_and_prometheus_loads_the_file() -> None:
    assert len(NAMES) == len(set(NAMES))
    settings = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text("utf-8"))
    assert settings["rule_files"] == [FILE.name]
    assert f"./deploy/{FILE.name}:/etc/prometheus/{FILE.name}:ro" in (ROOT / "docker-compose.yml").read_text("utf-8")


def test_promtool_accepts_them() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool, of Prometheus, is not installed")
    done = subprocess.run([promtool, "check", "rules", str(FILE)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
