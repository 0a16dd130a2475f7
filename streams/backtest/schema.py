"""The JSON schema of a report, as `docs/backtest.schema.json` has it."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson

from streams.backtest.report import Report


def schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    found = msgspec.json.schema(Report)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "vitals backtest --json", **found}


def schema_text() -> str:
    """The schema as the file has it."""
    return orjson.dumps(schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()
