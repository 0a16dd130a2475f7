"""Writes the tables of a model as TOML: what a file that extends another means, in one file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from scoring.model.extension import ModelText, chain_of, merged

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SECTIONS_FIRST = ("model", "tiers", "events", "properties")
LINE_MAX = 120


def whole_text(source: ModelText) -> str:
    """A model file as it is, or, when it extends another, merged with that, without comments.

    Raises:
        ModelError: as `chain_of`.
    """
    chain = chain_of(source)
    if len(chain) == 1:
        return chain[0].source.text
    names = ", which extends ".join(each.source.name for each in chain[1:])
    return f"# Merged with {names}.\n\n{toml_text(merged(chain))}"


def toml_text(tables: Mapping[str, Any]) -> str:
    """Tables as TOML: a heading for each named table of a section, all else below it in lines.

    >>> print(toml_text({"model": {"name": "x"}, "signals": {"a b": {"topics": ["tickets"]}}}), end="")
    [model]
    name = "x"
    <BLANKLINE>
    [signals."a b"]
    topics = ["tickets"]
    """
    order = [*_SECTIONS_FIRST, *(section for section in tables if section not in _SECTIONS_FIRST)]
    blocks = [block for section in order if section in tables for block in _blocks(section, tables[section])]
    return "\n".join(blocks)


def _blocks(section: str, table: Mapping[str, Any]) -> Iterator[str]:
    """A section: its own lines under its name, then each table in it under its own."""
    named = {name: each for name, each in table.items() if isinstance(each, Mapping)}
    lines = [_line(name, each) for name, each in table.items() if name not in named]
    if lines:
        yield "".join([f"[{section}]\n", *lines])
    for name, each in named.items():
        yield "".join([f"[{section}.{toml_key(name)}]\n", *(_line(key, value) for key, value in each.items())])


def _line(key: str, value: object) -> str:
    line = f"{toml_key(key)} = {toml_value(value)}\n"
    if len(line) <= LINE_MAX or not isinstance(value, list):
        return line
    return f"{toml_key(key)} = [\n" + "".join(f"  {toml_value(each)},\n" for each in value) + "]\n"


def toml_key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else toml_value(name)


def toml_value(value: object) -> str:
    """A value in one line. JSON's texts are TOML's too, but for one character."""
    match value:
        case bool():
            return "true" if value else "false"
        case Mapping():
            return "{ " + ", ".join(f"{toml_key(key)} = {toml_value(each)}" for key, each in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(toml_value, value)) + "]"
        case str():
            return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")
        case _:
            return str(value)
