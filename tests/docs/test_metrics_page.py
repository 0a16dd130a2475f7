"""The page on metrics: it has every metric of the catalogue, with its type and text, under the process that has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from streams.operations.attribution_metrics import AttributionMetrics
from streams.operations.dashboard_metrics import DashboardMetrics
from streams.operations.gateway_metrics import GatewayMetrics
from streams.operations.guard_metrics import GuardMetrics
from streams.operations.interactions_metrics import InteractionsMetrics
from streams.operations.metrics import NotifierMetrics, ProcessMetrics, ProjectorMetrics, VerifierMetrics, WorkerMetrics
from streams.operations.write_back_metrics import WriteBackMetrics

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text("utf-8")
ROLES = {
    "Worker": WorkerMetrics,
    "Projector": ProjectorMetrics,
    "Notifier": NotifierMetrics,
    "Attribution": AttributionMetrics,
    "Guard": GuardMetrics,
    "Verifier": VerifierMetrics,
    "Interactions": InteractionsMetrics,
    "Gateway": GatewayMetrics,
    "Dashboard": DashboardMetrics,
    "Write-back": WriteBackMetrics,
}
PARTS = ("process", "projector", "dashboard", "interactions", "gateway", "guard", "write_back", "attribution")
SUFFIXES = {"counter": "_total", "info": "_info"}

Row = tuple[str, str, str]
"""Name, type and text of a metric."""


def written(heading: str) -> set[Row]:
    section = PAGE.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    return set(re.findall(r"(?m)^\| `(\w+)(?:\{[\w,]+\})?` \| (\w+) \| (.+) \|$", section))


def served(metrics: ProcessMetrics) -> set[Row]:
    return {
        (family.name + SUFFIXES.get(family.type, ""), family.type, family.documentation)
        for family in metrics.registry.collect()
        if family.name.startswith("vitals")
    }


@pytest.mark.parametrize("role", ROLES)
def test_the_page_has_what_a_process_serves(role: str) -> None:
    common = written("Every process")
    assert len(common) > 5
    assert common | written(role) == served(ROLES[role]())


def test_labels_are_those_of_the_catalogue() -> None:
    folder = Path(__file__).parents[2] / "streams" / "operations"
    source = "".join(
        (folder / f"{name}.py").read_text("utf-8") for name in ("metrics", *(f"{part}_metrics" for part in PARTS))
    )
    labels = {label for found in re.findall(r"^\| `\w+\{([\w,]+)\}`", PAGE, re.MULTILINE) for label in found.split(",")}
    assert {label for label in labels if f'"{label}"' not in source} == set()
