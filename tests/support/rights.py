"""The table of rights in `docs/security.md`, as the rights themselves, so that page and tests cannot part."""

from __future__ import annotations

import re
from pathlib import Path

from streams.deployment.settings import Settings
from tests.support.kafka.acls import Operation, Pattern, Resource, Right

_PAGE = Path(__file__).parents[2] / "docs" / "security.md"
_HEADER = "| process | resource | names | pattern | operations |"


def documented_rights(settings: Settings) -> list[Right]:
    """Every right of the table, for this deployment; the user of a process is called as the process is."""
    lines = _PAGE.read_text().splitlines()
    first = lines.index(_HEADER) + 2
    rights = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        process, resource, names, pattern, operations = (cell.strip() for cell in line.strip("|").split("|"))
        for name in re.findall("`([^`]+)`", names):
            rights += [
                Right(
                    user=process,
                    resource=Resource[resource],
                    name=name.format(prefix=settings.topic_prefix, deployment=settings.deployment),
                    pattern=Pattern[pattern],
                    operation=Operation[operation],
                )
                for operation in operations.split(", ")
            ]
    return rights
