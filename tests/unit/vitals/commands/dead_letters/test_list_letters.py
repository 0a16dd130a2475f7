"""The table of dead letters, in a terminal of the usual width."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.support.gateway.dead_letters import a_letter
from vitals.commands.dead_letters.list_letters import _table

AT_MS = 1_790_000_000_000


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_no_column_vanishes_in_a_narrow_terminal(columns: int) -> None:
    letter = a_letter(at="0:17", replayed_ms=AT_MS, reason="no_account", words="send account_id", source="sentry")
    out = io.StringIO()
    Console(file=out, width=columns).print(_table([letter], "1 dead letter"))
    rows = [line.split("│")[1:-1] for line in out.getvalue().splitlines() if line.startswith("│")]
    cells = ["".join(part.strip() for part in column) for column in zip(*rows, strict=True)]
    assert (cells[0], *(cell.replace(" ", "") for cell in cells[2:5])) == (
        "0:17",
        "sentry",
        "no_account",
        "sendaccount_id",
    )
    assert cells[6].replace(" ", "") == "2026-09-2114:13"
