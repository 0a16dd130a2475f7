"""The page on alerts: it has every key of every table with its default, and what it says to write can be used."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from alerts.lifecycle import schema
from alerts.lifecycle.loader import examine, load_shipped
from alerts.lifecycle.schema import TierRule
from scoring.model.loader import load_preset

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text("utf-8")
Row = dict[str, str]
ROUTE_PARTS = {"digest": schema.Digest, "quiet": schema.Quiet, "storm": schema.Volume, "rate": schema.Volume}
IN_WORDS = ("only", "match", "storm", "digest", "quiet", "rate")
"""Keys whose default is a table, or none: the page says it in words."""
FRAME = {
    "[alerts]": '[alerts]\nname = "example"\n',
    "[rules.": '[rules.drop]\nkind = "drop"\n',
    "[routes.": "[routes.all]\n",
}


def tables(heading: str) -> list[list[Row]]:
    """The tables below a heading, down to the next one."""
    text = re.split(rf"(?m)^#+ {re.escape(heading)}$", PAGE)[1]
    text = re.split(r"(?m)^#+ ", text)[0]
    found = []
    for block in re.findall(r"(?m)(?:^\|.*\n)+", text):
        head, _, *rows = [[cell.strip() for cell in line.strip("|\n").split(" | ")] for line in block.splitlines()]
        names = [name.strip("| ") for name in head]
        found.append([dict(zip(names, (cell.strip("| ") for cell in row), strict=False)) for row in rows])
    return found


def keys(kind: Any) -> dict[str, str]:
    """The keys of a table, with their defaults as the page prints them."""
    return {field.encode_name: printed(field) for field in msgspec.structs.fields(kind)}


def printed(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "needed"
    default = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float | int):
        return f"{default:g}"
    if isinstance(default, tuple):
        return "[" + ", ".join(f'"{each}"' for each in default) + "]"
    return f'"{default}"' if isinstance(default, str) else str(default)


def compare(rows: list[Row], wanted: dict[str, str]) -> None:
    said = {name: row.get("default", "") for row in rows for name in re.findall(r"`([^`]+)`", row["key"])}
    assert set(said) == set(wanted)
    assert {name: text for name, text in said.items() if name not in IN_WORDS} == {
        name: text for name, text in wanted.items() if name not in IN_WORDS
    }


def by_kind(rows: list[Row], column: str) -> dict[str, list[Row]]:
    kinds: dict[str, list[Row]] = {}
    for row in rows:
        for kind in re.findall(r"`([^`]+)`", row[column]):
            kinds.setdefault(kind, []).append(row)
    return kinds


@pytest.mark.parametrize(
    ("heading", "number", "kind"),
    [
        ("`[alerts]`", 0, schema.Header),
        ("`[calendars.NAME]`", 0, schema.Calendar),
        ("`[rules.NAME]`", 1, schema.Only),
        ("`[routes.NAME]`", 0, schema.Route),
        ("`[routes.NAME]`", 1, schema.Match),
        ("`[guard]`", 0, schema.Guard),
    ],
)
def test_the_page_has_every_key_and_default_of(heading: str, number: int, kind: Any) -> None:
    compare(tables(heading)[number], keys(kind))


def test_the_page_has_what_all_rules_have_and_each_kind_of_its_own() -> None:
    common, _, own = tables("`[rules.NAME]`")
    compare(common, {"kind": "needed", **keys(schema.RuleBase)})
    kinds = by_kind(own, "kind")
    assert set(kinds) == {str(kind.__struct_config__.tag) for kind in get_args(schema.Rule)}
    for kind in get_args(schema.Rule):
        of_it = {name: default for name, default in keys(kind).items() if name not in keys(schema.RuleBase)}
        compare(kinds[str(kind.__struct_config__.tag)], of_it)


def test_the_page_has_every_sink_with_its_keys() -> None:
    (rows,) = tables("`[sinks.NAME]`")
    kinds = by_kind(rows, "kind")
    assert set(kinds) == {str(kind.__struct_config__.tag) for kind in get_args(schema.Sink)}
    for kind in get_args(schema.Sink):
        compare(kinds[str(kind.__struct_config__.tag)], keys(kind))


def test_the_page_has_the_parts_of_a_route() -> None:
    parts = by_kind(tables("`[routes.NAME]`")[2], "of")
    assert set(parts) == set(ROUTE_PARTS)
    for name, kind in ROUTE_PARTS.items():
        compare(parts[name], keys(kind))


def test_the_page_has_every_rule_that_ships_with_its_severity() -> None:
    (rows,) = tables("Rules that ship")
    shipped = load_shipped("default", load_preset("default")).rules.rules
    assert [row["rule"].strip("`") for row in rows] == list(shipped)
    for row, rule in zip(rows, shipped.values(), strict=True):
        severities = rule.severities if isinstance(rule, TierRule) else {"": rule.severity}
        assert all(severity in row["severity"] for severity in severities.values())


@pytest.mark.parametrize("example", re.findall(r"(?s)```toml\n(.*?)```", PAGE), ids=lambda text: text.split("\n")[0])
def test_what_the_page_says_to_write_can_be_used(example: str) -> None:
    assert tomllib.loads(example)
    text = example + "".join(frame for begin, frame in FRAME.items() if begin not in example)
    assert [each for each in examine(text, load_preset("default")).findings if each.severity == "error"] == []
