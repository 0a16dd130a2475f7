"""Changes a model's file as text, so that its comments and its order stay: weights, bounds of tiers, calibrations."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

import msgspec

from scoring.model import schema
from scoring.model.extension import ModelText
from scoring.model.loader import load_model
from scoring.model.model import Model, ModelError, Tier
from streams.errors import UserError

_ENTRY = re.compile(r"""(?P<key>\s*(?P<name>[\w-]+|"[^"]*"|'[^']*')\s*=\s*)[-+\w.]+(?P<rest>\s*(?:#.*)?)""")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NAME = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_HEADER = re.compile(r"""\s*\[\[?(?P<names>(?:[^\]\[,=#"']|"[^"]*"|'[^']*')+)\]\]?\s*(?:#.*)?""")


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What shall differ: weights by component, bounds by tier, calibrations by outcome. Empty is no change."""

    weights: Mapping[str, float] = {}
    bounds: Mapping[str, float] = {}
    calibrations: Mapping[str, schema.Calibration] = {}

    def __bool__(self) -> bool:
        return bool(self.weights or self.bounds or self.calibrations)

    def applied(self, model: Model) -> Model:
        """The changed model, one version later."""
        components = {
            name: msgspec.structs.replace(each, weight=self.weights.get(name, each.weight))
            for name, each in model.components.items()
        }
        return msgspec.structs.replace(
            model,
            header=msgspec.structs.replace(model.header, version=model.version + 1),
            tiers=tuple(Tier(tier.name, self.bounds.get(tier.name, tier.lower)) for tier in model.tiers),
            components=components,
            calibrations={**model.calibrations, **self.calibrations},
        )


def edited(source: ModelText, model: Model, changes: Changes) -> str:
    """The text of a model's file with the changes, and the next version. What it extends stays as it is.

    Raises:
        UserError: when the file is written in a way that this cannot change, such as inline tables. It names the key.
    """
    text = _with_number(source.text.removeprefix("\ufeff"), ("model",), "version", model.version + 1)
    for name, weight in changes.weights.items():
        text = _with_number(text, ("components", name), "weight", weight)
    for name, bound in changes.bounds.items():
        text = _with_number(text, ("tiers",), name, bound)
    for name, calibration in changes.calibrations.items():
        text = _with_calibration(text, name, calibration)
    try:
        found = load_model(source._replace(text=text))
    except ModelError as error:
        raise UserError(
            f"The model's file cannot be changed ({error}): change it by hand; --json has the numbers."
        ) from None
    if found != changes.applied(model):
        raise UserError(
            "The model's file is written in a way that cannot be changed: write each table as [components.NAME], or "
            "change it by hand; --json has the numbers."
        )
    return text


def unified_diff(before: str, after: str, old_name: str, new_name: str) -> str:
    """The difference as `diff -u` shows it; "" for none."""
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), old_name, new_name)
    return "".join(lines)


def _with_number(text: str, table: tuple[str, ...], name: str, number: float) -> str:
    """The text with this number in this table, which is appended when the file has none of its own."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if _table_of(line) == table), None)
    if first is None:
        return "\n".join(
            [*text.rstrip("\n").split("\n"), "", f"[{'.'.join(map(_key, table))}]", f"{_key(name)} = {number:g}", ""]
        )
    for at in range(first + 1, len(lines)):
        if _table_of(lines[at]):
            break
        if (found := _ENTRY.fullmatch(lines[at])) and found["name"].strip("\"'") == name:
            lines[at] = f"{found['key']}{number:g}{found['rest']}"
            return "\n".join(lines)
    lines.insert(first + 1, f"{_key(name)} = {number:g}")
    return "\n".join(lines)


def _table_of(line: str) -> tuple[str, ...]:
    """The path of the table that begins at this line; empty for any other line."""
    found = _HEADER.fullmatch(line)
    return tuple(name.strip("\"'") for name in _NAME.findall(found["names"])) if found else ()


def _key(name: str) -> str:
    """A name as TOML writes it."""
    return name if _BARE.fullmatch(name) else f'"{name}"'


def _with_calibration(text: str, name: str, calibration: schema.Calibration) -> str:
    """The text with the table at its end, and without an older one, as `vitals calibrate` wrote it."""
    lines = text.rstrip("\n").split("\n")
    first = next((at for at, line in enumerate(lines) if _table_of(line) == ("calibrations", name)), None)
    if first is not None:
        last = next((at for at in range(first + 1, len(lines)) if _table_of(lines[at])), len(lines))
        del lines[first:last]
    while lines and not lines[-1].strip():
        del lines[-1]
    points = [f"  [{', '.join(f'{number:g}' for number in point)}]," for point in calibration.points]
    lines += [
        "",
        f"[calibrations.{_key(name)}]",
        f'within = "{calibration.within}"',
        f'until = "{calibration.until}"',
        f"accounts = {calibration.accounts}",
        f"outcomes = {calibration.outcomes}",
        "points = [",
        *points,
        "]",
        "",
    ]
    return "\n".join(lines)
