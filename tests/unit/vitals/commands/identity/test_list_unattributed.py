"""The table of what waits, in a terminal of the usual width."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from streams.identity.alias import ForeignId
from streams.identity.waiting_list import WhatWaits
from streams.identity.waiting_store import WaitingGroup
from vitals.commands.identity.list_unattributed import _table


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_no_column_vanishes_in_a_narrow_terminal(columns: int) -> None:
    group = WaitingGroup(
        ids=(ForeignId("segment.anonymous", "23adfd82-aa0f-45a7-a756-24f2a7a4c895"), ForeignId("segment.user", "u1")),
        events=12,
        first_ms=1_790_000_000_000,
        last_ms=1_790_000_600_000,
        received_ms=1_790_000_700_000,
        names=["Report Exported", "Course Clicked"],
        sources=["segment"],
        account="",
    )
    out = io.StringIO()
    Console(file=out, width=columns).print(_table(WhatWaits(groups=[group], events=12, ids=1)))
    rows = [line.split("│")[1:-1] for line in out.getvalue().splitlines() if line.startswith("│")]
    cells = ["".join(part.strip() for part in column) for column in zip(*rows, strict=True)]
    assert [cell.replace(" ", "") for cell in cells] == [
        "segment.anonymous23adfd82-aa0f-45a7-a756-24f2a7a4c895segment.useru1",
        "12",
        "2026-09-2114:132026-09-2114:23",
        "ReportExported,CourseClicked",
        "segment",
        "notknown",
    ]
